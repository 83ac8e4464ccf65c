"""The graph at a moment: gradients that have come, will come, or are unknown yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.contract.records import Trace
from app.session.graph.payloads import EdgeItem, Pill, TensorItem
from app.session.run import Run
from app.session.timeline import History, Snapshot, picture

TEXT = """\
import torch
from torch import nn
torch.manual_seed(0)
lin = nn.Linear(2, 2)
a = torch.ones(2, requires_grad=True)
b = lin(a)
c = b.tanh()
loss = c.sum()
loss.backward()
"""


@pytest.fixture(scope="module")
def history(trace: Callable[[str], Trace]) -> History:
    return History(Run(trace(TEXT)), hide_setup=True)


def at(history: History, name: str) -> Snapshot:
    """The first moment of this autograd node or operation."""
    for position, moment in enumerate(history.moments, 1):
        record = moment.records[0]
        if name in (getattr(record, "grad_fn", None), getattr(record, "name", None)):
            return history.at(position)
    raise AssertionError(name)


def tensor(history: History, name: str) -> int:
    return next(found.id for found in history.run.trace.tensors if found.name == name)


def edge(history: History, name: str) -> EdgeItem:
    return EdgeItem(tensor(history, name), "gradient", name, "as at the end")


def test_a_gradient_on_an_edge(history: History) -> None:
    b = edge(history, "b")
    told = [
        (shown.kind, shown.detail)
        for then in (at(history, "sum"), at(history, "SumBackward0"), at(history, "TanhBackward0"))
        for shown in [picture.edge(then, b)]
    ]
    assert told == [("data", "[2]"), ("waiting", "[2]"), ("waiting", "next: grad [2]")]
    last = picture.edge(history.at(history.end), b)
    assert last == b


def test_data_says_nothing_of_gradients_before_backward(history: History) -> None:
    item = EdgeItem(tensor(history, "b"), "data", "b", "gradient never arrives")
    assert picture.edge(at(history, "tanh"), item).detail == "[2]"
    assert picture.edge(at(history, "SumBackward0"), item) == item


def test_a_pill_waits_and_is_filled(history: History) -> None:
    bias = Pill(tensor(history, "lin.bias"), "bias", "value", None)
    states = [picture.pill(history.at(p), bias).state for p in range(history.end + 1)]
    assert list(dict.fromkeys(states)) == ["none", "waiting", "value"]
    filled = picture.pill(history.at(history.end), bias)
    row = next(row for row in history.run.trace.gradients if row.name == "lin.bias")
    assert filled.summary == row.grad


def test_capsules(history: History) -> None:
    leaf = TensorItem(tensor(history, "a"), "a", "leaf   .grad norm 1", "leaf")
    assert picture.tensor(at(history, "tanh"), leaf).detail == "leaf   .grad None"
    assert picture.tensor(at(history, "TanhBackward0"), leaf).detail == "leaf   .grad waiting"
    result = TensorItem(tensor(history, "loss"), "loss", "1.23", "result")
    assert picture.tensor(at(history, "tanh"), result).detail == "scalar"
    assert picture.tensor(at(history, "sum"), result) == result
