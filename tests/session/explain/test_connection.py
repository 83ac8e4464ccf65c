"""What connects a tensor to the loss, on real traces."""

from __future__ import annotations

from collections.abc import Callable

from app.contract.records import Trace
from app.session.explain.connection import Connection, connection
from app.session.run import Run

CUT = """\
import torch
from torch import nn

x = torch.randn(2, 2)
first, second, third = (nn.Linear(2, 2) for _ in range(3))
a = first(x)
with torch.no_grad():
    b = second(a)
side = b.exp()
c = third(b)
loss = c.sum()
loss.backward()
"""
SPLIT = """\
import torch

w = torch.randn(3, requires_grad=True)
idle = torch.randn(3, requires_grad=True)
a = w * 2
b = a.exp() + a.sin()
off = a.cos()
spare = idle * 3
for _ in range(2):
    loss = b.sum()
    loss.backward(retain_graph=True)
"""


def connected(trace: Trace, name: str) -> tuple[Connection, list[str]]:
    index = Run(trace)
    tensor = next(t.id for t in trace.tensors if t.name == name)
    found = connection(Run(trace), tensor)
    return found, [index.operations[id_].name for id_ in sorted(found.operations)]


def test_the_way_of_the_gradient(trace: Callable[[str], Trace]) -> None:
    found, names = connected(trace(CUT), "third.weight")
    assert names == ["linear", "sum"]
    assert not found.cuts
    assert found.words == "The gradient comes from loss to third.weight through 2 operations."


def test_every_way_counts_and_nothing_beside_them(trace: Callable[[str], Trace]) -> None:
    run = trace(SPLIT)
    found, names = connected(run, "w")
    assert names == ["mul", "exp", "sin", "add", "sum"]  # not cos; of the last pass only
    index = Run(run)
    assert {index.name(value) for value in found.values} >= {"w", "a", "b", "loss"}


def test_where_the_way_is_cut(trace: Callable[[str], Trace]) -> None:
    run = trace(CUT)
    found, names = connected(run, "first.weight")
    assert names == ["linear", "linear", "linear", "sum"]  # exp leads nowhere
    assert [Run(run).operations[cut].line for cut in found.cuts] == [8]
    assert found.words == "The path from first.weight to loss is cut: no_grad, line 7."


def test_what_nothing_connects(trace: Callable[[str], Trace]) -> None:
    found, names = connected(trace(SPLIT), "idle")
    assert names == ["mul"]
    assert found.words.startswith("Nothing connects idle to a loss. ")
    assert "idle" in found.words.removeprefix("Nothing connects idle to a loss. ")


def test_without_a_backward_pass_nothing_is_a_loss(trace: Callable[[str], Trace]) -> None:
    found, _ = connected(trace("import torch\nw = torch.ones(1, requires_grad=True)\n"), "w")
    assert not found.operations
    assert found.words.startswith("Nothing connects w to a loss.")
