"""As in nanoGPT: an inner loop over micro-batches, zero_grad at the end of each step."""
import torch
from torch import nn

model = nn.Sequential(nn.Embedding(9, 6), nn.Flatten(), nn.Linear(24, 9))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95))
gradient_accumulation_steps = 3


def get_batch():
    return torch.randint(0, 9, (2, 4)), torch.randint(0, 9, (2,))


@torch.no_grad()
def estimate_loss():
    model.eval()
    losses = torch.zeros(2)
    for k in range(2):
        X, Y = get_batch()
        losses[k] = nn.functional.cross_entropy(model(X), Y).item()
    model.train()
    return losses.mean()


X, Y = get_batch()
for iter_num in range(2):
    print(estimate_loss())
    for micro_step in range(gradient_accumulation_steps):
        loss = nn.functional.cross_entropy(model(X), Y) / gradient_accumulation_steps
        X, Y = get_batch()
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    lossf = loss.item() * gradient_accumulation_steps
