"""Snapshots of weights, gradient norms in a log, a learning-rate finder that restores the model."""

import copy
import math

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
saved = copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict())
logs = []
for i in range(3):
    for group in optimizer.param_groups:
        group["lr"] *= 3
    loss = F.huber_loss(model(torch.randn(5, 4)), torch.randn(5, 1))
    optimizer.zero_grad()
    loss.backward()
    norm = math.sqrt(sum(p.grad.pow(2).sum().item() for p in model.parameters()))
    optimizer.step()
    logs.append((loss.item(), norm))
model.load_state_dict(saved[0])
optimizer.load_state_dict(saved[1])
optimizer.zero_grad()
running = None
for i in range(3):
    loss = F.huber_loss(model(torch.randn(5, 4)), torch.randn(5, 1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    running = loss.detach() if running is None else 0.9 * running + 0.1 * loss.detach()
print(running.item())
