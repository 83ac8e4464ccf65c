"""A recurrent network by hand: 1,000 steps that share their weights, and one backward pass."""

import torch

torch.manual_seed(0)
steps, width = 1000, 16
w = (torch.randn(8, width) * 0.1).requires_grad_()
u = (torch.randn(width, width) * 0.1).requires_grad_()
b = torch.zeros(width, requires_grad=True)
xs = torch.randn(steps, 4, 8)
y = torch.randn(4, width)

h = torch.zeros(4, width)
for t in range(steps):
    x = xs[t]
    h = torch.tanh(x @ w + h @ u + b)

loss = ((h - y) ** 2).mean()
loss.backward()
