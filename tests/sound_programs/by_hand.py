"""Linear regression with updates by hand, and the two-layer net of the tutorials."""
import torch

x = torch.linspace(-1, 1, 30)
y = 3 * x + 1 + 0.1 * torch.randn(30)
w = torch.randn(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(3):
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad = None
        b.grad = None
    print(epoch, loss.item())

w1 = torch.randn(4, 8, requires_grad=True)
w2 = torch.randn(8, 2, requires_grad=True)
inputs, targets = torch.randn(5, 4), torch.randn(5, 2)
for t in range(3):
    loss = (inputs.mm(w1).clamp(min=0).mm(w2) - targets).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        for param in (w1, w2):
            param -= 1e-3 * param.grad
            param.grad.zero_()
