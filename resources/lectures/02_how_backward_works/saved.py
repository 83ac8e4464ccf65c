import torch

x = torch.ones(4, requires_grad=True)

total = x + 1
scaled = total * 3
squared = scaled * scaled
bounded = torch.exp(squared * 0.01)
loss = bounded.sum()
loss.backward()
