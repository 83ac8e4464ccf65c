"""Mixed precision whose first scale is too large: the scaler skips a step and goes on."""
import torch
from torch import nn

net = nn.Linear(8, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
for _ in range(6):
    optimizer.zero_grad()
    scaler.scale((net(torch.randn(16, 8)) - 1).pow(2).mean()).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
