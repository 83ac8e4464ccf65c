"""What tracing is measured on: each a text that makes `model` and `inputs`.

The same text is run plainly, under the tracer, and given to other tools, so it is an `nn.Module`
even where that is a loop over a few numbers.
"""

from __future__ import annotations

from typing import NamedTuple

RESNET = """
class Block(nn.Module):
    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.shortcut = None
        if stride != 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return torch.relu(out + (x if self.shortcut is None else self.shortcut(x)))


def stage(before, after, stride):
    return nn.Sequential(Block(before, after, stride), Block(after, after, 1))


model = nn.Sequential(
    nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
    stage(64, 64, 1), stage(64, 128, 2), stage(128, 256, 2), stage(256, 512, 2),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))
inputs = (torch.randn(2, 3, 112, 112),)
"""

TRANSFORMER = """
layer = nn.TransformerEncoderLayer(256, 8, 1024, batch_first=True)
model = nn.TransformerEncoder(layer, 6)
inputs = (torch.randn(4, 64, 256),)
"""

TINY = """
class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        for _ in range(75):
            x = torch.relu(self.fc(x)) * 0.5 + 0.1
        return x


model = Tiny()
inputs = (torch.randn(8, 8),)
"""

SCALAR = """
class Scalar(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.999))

    def forward(self, x):
        for _ in range(1000):
            x = x * self.w
        return x


model = Scalar()
inputs = (torch.tensor(1.0),)
"""

_BEGIN = "import torch\nfrom torch import nn\n"

WORK = """
def work():
    model.zero_grad()
    model(*inputs).sum().backward()
"""


class Model(NamedTuple):
    """`aim` is what a pass under the recorder may take, in passes of a plain run."""

    text: str
    aim: float


MODELS = {
    "TransformerEncoder, 6 layers, d=256": Model(_BEGIN + TRANSFORMER, 1.2),
    "75 x linear, relu, mul, add on 8x8": Model(_BEGIN + TINY, 4.5),
    "ResNet-18-like, 2x3x112x112": Model(_BEGIN + RESNET, 1.15),
    "1,000 operations on one number": Model(_BEGIN + SCALAR, 5),
}

MANY_OPERATIONS = """
import torch

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

def run(times):
    for _ in range(times // 100):
        y = x
        for _ in range(100):
            y = y * 1.0

x = torch.ones(4, requires_grad=True)
run(1000)
before = resident()
run({operations})
print(resident() - before)
"""
"""Prints by how many bytes the process grew."""
