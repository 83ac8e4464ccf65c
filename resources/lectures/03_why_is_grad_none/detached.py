import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Linear(2, 2)
decoder = nn.Linear(2, 2)
x = torch.ones(1, 2)

code = encoder(x).detach()
out = decoder(code)
loss = out.sum()
loss.backward()
