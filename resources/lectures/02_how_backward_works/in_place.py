import torch

x = torch.ones(3, requires_grad=True)

a = x + 1
a += 1
b = torch.exp(a)
c = b.sum()
c.backward()
print(x.grad)

d = torch.exp(x)
d += 1
try:
    d.sum().backward()
except RuntimeError as error:
    print(error)
