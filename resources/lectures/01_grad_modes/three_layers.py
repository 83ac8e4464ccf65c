import torch
from torch import nn

torch.manual_seed(0)
lin0 = nn.Linear(2, 2)
lin1 = nn.Linear(2, 2)
lin2 = nn.Linear(2, 2)
x = torch.ones(2, 2)

x1 = lin0(x)
x2 = lin1(x1)
x3 = lin2(x2)
x3.sum().backward()
