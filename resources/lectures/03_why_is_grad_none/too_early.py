import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(2, 1)
x = torch.ones(4, 2)

loss = model(x).sum()
loss.backward()
model.zero_grad()
norm = model.weight.grad
