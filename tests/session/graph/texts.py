"""Snippets that have something to fold."""

from __future__ import annotations

from tests.support import snippet

LOOPS = snippet("""
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.randn(4, 2)
    for step in range(4):
        h = net(x)
        for part in range(2):
            h = h * 2 + 1
        with torch.no_grad():
            seen = h.abs().sum()
        loss = nn.functional.cross_entropy(h, torch.tensor([0, 1, 0, 1]))
        opt.zero_grad()
        loss.backward()
        opt.step()
""")
BLOCKS = snippet("""
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)
            self.act = nn.ReLU()

        def forward(self, x):
            with torch.no_grad():
                self.peak = x.abs().max()
            return x + self.two(self.act(self.one(x)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(Block() for _ in range(8))
            self.head = nn.Linear(4, 2)

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return self.head(x)

    net = Net()
    for block in net.blocks[:3]:
        block.requires_grad_(False)
    x = torch.randn(3, 4)
    y = net(x)
    z = y.detach() * net(x)
    loss = z.sum()
    loss.backward()
""")
STEPS = snippet("""
    w = torch.randn(3, 3, requires_grad=True)
    h = torch.ones(3)
    for t in range(40):
        h = torch.tanh(h @ w)
    h.sum().backward()
""")
FUNCTION = snippet("""
    def attention(q, k):
        scores = q @ k.T
        return scores.softmax(-1)

    q, k = torch.randn(3, 2, requires_grad=True), torch.randn(3, 2)
    a = attention(q, k)
    a.sum().backward()
""")
CALLS = snippet("""
    def mix(one, other):
        both = one * other
        return both.exp()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lin = nn.Linear(2, 2)

        def scaled(self, x):
            return self.lin(x).tanh() * 2

        def forward(self, x):
            a = self.scaled(x)
            b = self.scaled(x)
            return mix(a, b)

    net = Net()

    def train(steps):
        for step in range(steps):
            net(torch.ones(3, 2)).sum().backward()
        return net(torch.ones(3, 2)).exp().sum()

    train(3)
""")
GATES = snippet("""
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.two(self.one(x).relu())

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(Block() for _ in range(12))
            self.gates = nn.ModuleList(nn.Linear(4, 1) for _ in range(12))

        def forward(self, x):
            pairs = iter(zip(self.blocks, self.gates))
            return functools.reduce(lambda x, both: (x := both[0](x)) * both[1](x).sigmoid(),
                                    pairs, x).relu()

    import functools
    net = Net()
    net(torch.ones(3, 4, requires_grad=True)).sum().backward()
""")

TRAINING_AND_EVALUATION = """\
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x, y = torch.randn(8, 2), torch.randn(8, 1)
for epoch in range(3):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
with torch.no_grad():
    final = net(x).mean()
"""
SKIPPING = snippet("""
    w = torch.randn(3, requires_grad=True)
    opt = torch.optim.SGD([w], lr=0.1)
    for step in range(10):
        if step % 3 == 2:
            opt.zero_grad()
            (w * step).sum().backward()
            opt.step()
""")
