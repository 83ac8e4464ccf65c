"""Fine-tuning in two stages: the head first, then everything with a smaller rate."""
import torch
from torch import nn

body = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU())
head = nn.Linear(8, 3)
model = nn.Sequential(body, head)


def train(optimizer, epochs):
    for _ in range(epochs):
        loss = nn.functional.cross_entropy(model(torch.randn(4, 6)), torch.randint(0, 3, (4,)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


body.requires_grad_(False)
train(torch.optim.Adam(head.parameters(), lr=1e-2), 2)
body.requires_grad_(True)
train(torch.optim.Adam([{"params": body.parameters(), "lr": 1e-4}, {"params": head.parameters()}], lr=1e-3), 2)
