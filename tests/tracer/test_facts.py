"""What happens to a tensor outside any operation."""

from __future__ import annotations

import pytest

from app.contract.records import Fact
from tests.tracer.support import record

HEAD = "import torch\nx = torch.ones(2, requires_grad=True)\n"


@pytest.mark.parametrize(
    ("statements", "facts"),
    [
        ("y = torch.ones(1)\ny.requires_grad = True", [("requires_grad", "y")]),
        ("y = torch.ones(1)\ny.requires_grad_()", [("requires_grad", "y")]),
        ("x.requires_grad_(False)", [("requires_grad", "x")]),
        ("x.grad = torch.ones(2)", [("grad_assigned", "x")]),
        ("x.sum().backward()\nx.grad = None", [("grad_cleared", "x")]),
        ("x.sum().backward()\ndel x.grad", [("grad_cleared", "x")]),
        ("x.grad = None", []),
        ("g = x.grad", [("grad_read", "x")]),
        ("y = x * 2\ny.retain_grad()", [("retain_grad", "y")]),
    ],
)
def test_facts(statements: str, facts: list[tuple[str, str]]) -> None:
    assert record(f"{HEAD}{statements}\n").facts() == facts


def test_a_fact_has_its_line_and_value() -> None:
    rows = record(HEAD + "\nx.requires_grad_(False)\n").all(Fact)
    assert [(row.line, row.value) for row in rows] == [(4, False)]


def test_reading_a_gradient_that_is_there() -> None:
    rows = record(HEAD + "x.sum().backward()\ng = x.grad\n").all(Fact)
    assert [(row.kind, row.value) for row in rows] == [("grad_read", True)]


@pytest.mark.parametrize("to_none", [True, False])
def test_zero_grad(to_none: bool) -> None:
    text = "opt = torch.optim.SGD([x], lr=0.1)\nx.sum().backward()\n"
    recording = record(f"{HEAD}{text}opt.zero_grad(set_to_none={to_none})\n")
    if to_none:
        assert recording.facts() == [("grad_cleared", "x")]
    else:
        assert any("zero" in op.name for op in recording.ops)
    grad = recording.final_grads()["x"]
    assert (grad.shape is None) == to_none


def test_frozen_parameters() -> None:
    text = "net = torch.nn.Linear(2, 2)\nfor p in net.parameters():\n    p.requires_grad = False\n"
    recording = record("import torch\n" + text)
    assert [fact for fact, _ in recording.facts()] == ["requires_grad"] * 2
    grads = recording.final_grads()
    assert {name: row.requires_grad for name, row in grads.items()} == {
        "net.weight": False,
        "net.bias": False,
    }


def test_setting_what_cannot_require_grad_raises_as_in_a_plain_run() -> None:
    text = "import torch\nx = torch.ones(2).long()\nx.requires_grad = True\n"
    recording = record(text, raises=RuntimeError)
    assert "floating point" in str(recording.error)
    assert recording.facts() == []


def test_asking_whether_a_grad_is_there_does_not_warn() -> None:
    """torch warns when `.grad` of a non-leaf is read; setting it must not read it."""
    record(HEAD + "y = x * 2\ny.grad = None\n")
