"""Gradients are logged, noise is added, hooks scale them: all before the step."""
import torch
from torch import nn

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-4)
norms = []
model[2].weight.register_hook(lambda grad: grad * 0.5)
for step in range(3):
    optimizer.zero_grad()
    loss = model(torch.randn(6, 4)).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p.grad += 0.01 * torch.randn_like(p.grad)
    total_norm = torch.sqrt(sum(p.grad.detach().pow(2).sum() for p in model.parameters()))
    norms.append(total_norm.item())
    optimizer.step()
