"""A custom autograd Function with saved tensors, a straight-through sign and a reversal layer."""
import torch
import torch.nn as nn
from torch.autograd import Function


class LegendrePolynomial3(Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class GradientReversal(Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return -ctx.alpha * grad_output, None


class BinarySign(Function):
    @staticmethod
    def forward(ctx, x):
        return x.sign()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


features, label, domain = nn.Linear(4, 6), nn.Linear(6, 2), nn.Linear(6, 2)
params = [*features.parameters(), *label.parameters(), *domain.parameters()]
optimizer = torch.optim.SGD(params, lr=0.05)
for step in range(2):
    h = LegendrePolynomial3.apply(torch.tanh(features(torch.randn(8, 4))))
    class_loss = nn.functional.cross_entropy(label(BinarySign.apply(h)), torch.randint(0, 2, (8,)))
    domain_loss = nn.functional.cross_entropy(domain(GradientReversal.apply(h, 0.3)), torch.randint(0, 2, (8,)))
    optimizer.zero_grad()
    (class_loss + domain_loss).backward()
    optimizer.step()
