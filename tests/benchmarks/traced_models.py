"""What tracing is measured on: each a text that makes `model` and `inputs`.

The same text is run plainly, under the tracer, and given to other tools, so it is an `nn.Module`
even where that is a loop over a few numbers.
"""

from __future__ import annotations

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
        self.w = nn.Parameter(torch.ones(4))

    def forward(self, x):
        for _ in range(100):
            x = x * self.w
            x = x + 0.5
            x = torch.tanh(x)
        return x


model = Tiny()
inputs = (torch.ones(4),)
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

MODELS = {
    "ResNet-18-like, 2x3x112x112": RESNET,
    "TransformerEncoder, 6 layers, d=256": TRANSFORMER,
    "300 operations on 4 elements": TINY,
    "1,000 operations on one number": SCALAR,
}

BEGIN = """
import sys, time
import torch
from torch import nn
torch.set_num_threads(1)
torch.manual_seed(0)
"""

FORWARD_AND_BACKWARD = """
def forward_and_backward():
    model(*inputs).sum().backward()
"""

REPEATED = """
taken = []
for _ in range({times}):
    model.zero_grad()
    began = time.thread_time()
    {work}
    taken.append(time.thread_time() - began)
print(*taken)
"""

EMPTY_MODE = """
from torch.overrides import TorchFunctionMode

class Empty(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))

def in_empty_mode():
    with Empty():
        forward_and_backward()
"""

HOOKED = """
def reachable(node):
    seen, stack = set(), [node]
    while stack:
        node = stack.pop()
        if node is not None and node not in seen:
            seen.add(node)
            stack += [after for after, _ in node.next_functions]
    return seen

def hooked():
    with Empty():
        loss = model(*inputs).sum()
        handles = [node.register_hook(lambda *_: None) for node in reachable(loss.grad_fn)]
        loss.backward()
    for handle in handles:
        handle.remove()
"""
"""Goes behind EMPTY_MODE: the least that a trace of forward and backward can cost in Python."""

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
