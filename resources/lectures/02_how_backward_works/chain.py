import torch

x = torch.tensor(3.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)

a = x * w
b = a + 1
loss = b ** 2
loss.backward()
