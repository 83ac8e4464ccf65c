import torch

w = torch.ones(2, requires_grad=True)

first = (w * 3).sum()
first.backward()
w = w - 0.1 * w.grad
second = (w * 3).sum()
second.backward()
