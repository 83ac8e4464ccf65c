"""LoRA as a wrapper, stopped before the optimizer clears the gradients."""
import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self, base, rank=2, alpha=8.0):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.down = nn.Linear(base.in_features, rank, bias=False)
        self.up = nn.Linear(rank, base.out_features, bias=False)
        nn.init.zeros_(self.up.weight)
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * self.up(self.down(x))


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.q, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim)

    def forward(self, x):
        h = self.norm(x)
        return x + torch.softmax(self.q(h), -1) * self.v(h)


model = nn.Sequential(Block(6), Block(6), nn.Linear(6, 2))
for p in model.parameters():
    p.requires_grad = False
for block in model[:2]:
    block.q, block.v = Adapter(block.q), Adapter(block.v)
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
optimizer.zero_grad()
loss = nn.functional.cross_entropy(model(torch.randn(5, 6)), torch.randint(0, 2, (5,)))
loss.backward()
optimizer.step()
