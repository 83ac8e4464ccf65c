"""Changes of a what-if as edits of the text."""

from __future__ import annotations

import pytest

from app.contract.records import Change
from app.session.findings.edits import apply
from app.session.what_if.switches import switches
from app.session.what_if.writing import plan

NET = "import torch\nnet = torch.nn.Linear(2, 2)\nnet(torch.ones(1, 2)).sum().backward()\n"


@pytest.mark.parametrize(
    ("line", "text", "after"),
    [
        (1, "with torch.no_grad():\n    y = 1\nz = 2\n", "y = 1\nz = 2\n"),
        (1, "@torch.no_grad()\ndef f():\n    pass\n", "def f():\n    pass\n"),
        (1, "torch.set_grad_enabled(False)\ny = x\n", "y = x\n"),
        (1, "y = f(x.detach(), z.detach())\n", "y = f(x, z)\n"),
        (1, "y = (x * 2).detach() + 1\n", "y = (x * 2) + 1\n"),
        (3, "y = (\n    x\n    .detach()\n)\n", "y = (\n    x\n)\n"),
        (1, "é, y = 1, x.detach()\n", "é, y = 1, x\n"),
    ],
)
def test_what_is_left_out_is_taken_out(line: int, text: str, after: str) -> None:
    found = plan(text, [Change("without", str(line))])
    assert found.problems == ()
    assert apply(text, found.edits) == after


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change("freeze", "net.weight"), "net.weight.requires_grad_(False)"),
        (Change("freeze", "net"), "net.requires_grad_(False)"),
        (Change("unfreeze", "net.*"), "net.requires_grad_(True)"),
        (Change("eval", "net"), "net.eval()"),
        (Change("train", "net.0"), "net[0].train()"),
    ],
)
def test_a_state_is_set_after_the_assignment(change: Change, line: str) -> None:
    found = plan(NET, [change])
    assert apply(NET, found.edits).split("\n")[2] == line


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        (NET, Change("grad"), "A mode for the whole program"),
        (NET, Change("freeze", "n*.weight"), "is a pattern"),
        (NET, Change("without", "a.py:3"), "in another file"),
        (NET, Change("without", "2"), "no simple edit that leaves out line 2"),
        (
            "with torch.no_grad(), open(a) as f:\n    pass\n",
            Change("without", "1"),
            "no simple edit",
        ),
        ("y = torch.detach(x)\n", Change("without", "1"), "no simple edit"),
        (NET + "net = 3\n", Change("freeze", "net"), "not assigned at exactly one place"),
        (
            "for i in a:\n    net = i\n",
            Change("freeze", "net"),
            "not assigned at exactly one place",
        ),
        (NET + "net.requires_grad_(True)\n", Change("freeze", "net"), "sets requires_grad"),
        (NET + "net.train()\n", Change("eval", "net"), "sets train"),
    ],
)
def test_what_is_not_certain_says_why(text: str, change: Change, why: str) -> None:
    found = plan(text, [change])
    assert found.changes == ()
    assert len(found.problems) == 1
    assert why in found.problems[0]


def test_all_that_can_be_written_is() -> None:
    changes = [Change("freeze", "net"), Change("no-grad"), Change("eval", "net")]
    found = plan(NET, changes)
    assert found.changes == (changes[0], changes[2])
    assert len(found.problems) == 1
    assert "net.requires_grad_(False)" in apply(NET, found.edits)


def test_switches_of_a_text() -> None:
    text = (
        "with torch.no_grad(), t.autocast('cpu'):\n    x.detach_()\n"
        "@no_grad\ndef f(): ...\nstack.enter_context(torch.inference_mode())\n"
        "torch.set_grad_enabled(a)\nwith open(f): pass\noff = torch.no_grad()\n"
    )
    found = [(one.line, one.name, one.form) for ones in switches(text).values() for one in ones]
    assert found == [
        (1, "no_grad", "with"), (1, "autocast", "with"), (2, "detach_", "call"),
        (3, "no_grad", "decorator"), (5, "inference_mode", "with"),
        (6, "set_grad_enabled", "call"),
    ]  # fmt: skip
    assert switches("def (") == {}
