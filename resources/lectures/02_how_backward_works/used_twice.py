import torch

x = torch.tensor(3.0, requires_grad=True)

square = x * x
double = x * 2
loss = square + double
loss.backward()
