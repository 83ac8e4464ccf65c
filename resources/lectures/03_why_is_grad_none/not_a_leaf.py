import torch

a = torch.ones(2, requires_grad=True)

scaled = a * 2
kept = scaled * 3
kept.retain_grad()
loss = kept.sum()
loss.backward()
