"""Reptile, first-order meta-learning: an inner optimizer on a copy, then a step towards it."""
import copy

import torch
import torch.nn as nn

model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
epsilon = 0.1
for iteration in range(2):
    weights_before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    for _ in range(2):
        x = torch.randn(6, 2)
        loss = (model(x) - x.prod(dim=1, keepdim=True)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    weights_after = model.state_dict()
    model.load_state_dict(
        {
            name: weights_before[name] + (weights_after[name] - weights_before[name]) * epsilon
            for name in weights_before
        }
    )
