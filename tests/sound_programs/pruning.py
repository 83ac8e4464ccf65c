"""Pruning with torch.nn.utils.prune, then fine-tuning what is left."""
import torch
from torch import nn
from torch.nn.utils import prune

model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
prune.l1_unstructured(model[0], name="weight", amount=0.3)
prune.ln_structured(model[2], name="weight", amount=0.5, n=2, dim=1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    loss = nn.functional.cross_entropy(model(torch.randn(8, 6)), torch.randint(0, 2, (8,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
prune.remove(model[0], "weight")
prune.remove(model[2], "weight")
with torch.no_grad():
    print((model[0].weight == 0).float().mean().item(), model(torch.randn(1, 6)).shape)
