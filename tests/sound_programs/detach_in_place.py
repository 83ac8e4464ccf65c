"""A recurrent state that is detached in place, and a loss that is kept as a detached tensor."""
import torch
from torch import nn

cell, readout = nn.LSTMCell(3, 6), nn.Linear(6, 1)
optimizer = torch.optim.Adam([*cell.parameters(), *readout.parameters()], lr=1e-2)
hx, cx = torch.zeros(2, 6), torch.zeros(2, 6)
total_loss = torch.zeros(())
for step in range(3):
    hx.detach_()
    cx.detach_()
    loss = 0
    for t in range(3):
        hx, cx = cell(torch.randn(2, 3), (hx, cx))
        loss += readout(hx).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total_loss += loss.detach()
print(total_loss / 3)
