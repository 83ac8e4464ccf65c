import torch
from torch import nn

x = torch.randn(2, 2)
x.requires_grad = True
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))

x1 = lin0(x)
with torch.no_grad():
    x2 = lin1(x1)
x3 = lin2(x2)
loss = x3.sum()
loss.backward()
