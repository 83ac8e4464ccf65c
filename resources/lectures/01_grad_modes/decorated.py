import torch

torch.manual_seed(0)
w = torch.ones(2, requires_grad=True)
x = torch.tensor([1.0, 2.0])

@torch.no_grad()
def update(rate):
    w.sub_(rate * w.grad)

loss = (w * x).sum()
loss.backward()
update(0.1)
again = (w * x).sum()
