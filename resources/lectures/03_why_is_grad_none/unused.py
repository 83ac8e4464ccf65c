import torch
from torch import nn

torch.manual_seed(0)
used = nn.Linear(2, 2)
spare = nn.Linear(2, 2)
x = torch.ones(1, 2)

answer = used(x)
other = spare(x)
loss = answer.sum()
loss.backward()
