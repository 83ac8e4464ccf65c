"""A hundred iterations of training, with a look at the accuracy every tenth."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
points = torch.randn(64, 2)
labels = (points[:, 0] * points[:, 1] > 0).long()

for step in range(100):
    logits = net(points)
    loss = F.cross_entropy(logits, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 9:
        with torch.no_grad():
            right = (net(points).argmax(1) == labels).float().mean()
            print(step + 1, f"{loss.item():.3f}", f"{right.item():.2f}")
