"""Mixup, a cosine schedule, stochastic depth and test-time averaging of augmentations."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, d, drop):
        super().__init__()
        self.net, self.drop = nn.Sequential(nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, d)), drop

    def forward(self, x):
        if self.training and torch.rand(()).item() < self.drop:
            return x
        return x + self.net(x)


model = nn.Sequential(nn.Linear(4, 6), Block(6, 0.9), Block(6, 0.1), nn.Linear(6, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 4)
for epoch in range(4):
    model.train()
    x, y = torch.randn(8, 4), torch.randint(3, (8,))
    lam, perm = 0.3, torch.randperm(8)
    out = model(lam * x + (1 - lam) * x[perm])
    loss = lam * F.cross_entropy(out, y) + (1 - lam) * F.cross_entropy(out, y[perm])
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    sched.step()
model.eval()
with torch.no_grad():
    x = torch.randn(4, 4)
    print(torch.stack([model(x + 0.1 * torch.randn_like(x)).softmax(1) for _ in range(3)]).mean(0))
