"""Quantisation-aware training with fake quantisation and straight-through gradients."""
import torch
from torch import nn


class FakeQuant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, bits):
        top = 2 ** (bits - 1) - 1
        q = torch.round(x / scale)
        ctx.save_for_backward((q >= -top - 1) & (q <= top))
        return torch.clamp(q, -top - 1, top) * scale

    @staticmethod
    def backward(ctx, grad):
        (inside,) = ctx.saved_tensors
        return grad * inside, None, None


class QLinear(nn.Linear):
    def __init__(self, *args, bits=4):
        super().__init__(*args)
        self.bits = bits
        self.register_buffer("running_max", torch.ones(()))

    def forward(self, x):
        if self.training:
            with torch.no_grad():
                self.running_max.mul_(0.9).add_(x.abs().max(), alpha=0.1)
        scale = self.running_max / (2 ** (self.bits - 1) - 1)
        wscale = self.weight.detach().abs().max() / (2 ** (self.bits - 1) - 1)
        x, w = FakeQuant.apply(x, scale, self.bits), FakeQuant.apply(self.weight, wscale, self.bits)
        return nn.functional.linear(x, w, self.bias)


model = nn.Sequential(QLinear(6, 12), nn.ReLU(), QLinear(12, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for _ in range(2):
    loss = nn.functional.cross_entropy(model(torch.randn(8, 6)), torch.randint(0, 2, (8,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(model(torch.randn(2, 6)).argmax(1))
