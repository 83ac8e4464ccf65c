import torch

w = torch.tensor(2.0, requires_grad=True)

first = w * 3
first.backward()
second = w * 5
second.backward()
print(w.grad)

w.grad = None
third = w * 5
third.backward()
print(w.grad)
