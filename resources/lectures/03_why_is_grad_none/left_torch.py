import torch

w = torch.ones(3, requires_grad=True)
v = torch.ones(3, requires_grad=True)

length = (w * w).sum().item()
loss = (v * length).sum()
loss.backward()
