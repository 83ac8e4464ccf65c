import torch

x = torch.ones(2)
w = torch.ones(2, requires_grad=True)

loss = (x * w).sum()
loss.backward()
