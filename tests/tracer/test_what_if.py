"""What-if runs: one mode in the whole snippet, whatever its own regions say."""

from __future__ import annotations

import pytest
import torch

from app.contract.records import Mode
from tests.tracer.support import Op, Recording, record

X = "import torch\nx = torch.ones(2, requires_grad=True)\n"

OFF = {
    "block": "with torch.no_grad():\n    y = x * 2\n",
    "inference block": "with torch.inference_mode():\n    y = x * 2\n",
    "statement": "torch.set_grad_enabled(False)\ny = x * 2\n",
    "switch as a block": "with torch.set_grad_enabled(False):\n    y = x * 2\n",
    "switch made before": "off = torch.set_grad_enabled(False)\nwith off:\n    y = x * 2\n",
    "decorator": "@torch.no_grad()\ndef f(t):\n    return t * 2\ny = f(x)\n",
    "bare decorator": "@torch.inference_mode\ndef f(t):\n    return t * 2\ny = f(x)\n",
    "switch as a decorator": "@torch.set_grad_enabled(False)\ndef f(t):\n    return t * 2\n"
    "y = f(x)\n",
    "generator": "@torch.no_grad()\ndef f(t):\n    yield t * 2\n(y,) = f(x)\n",
    "exit stack": "from contextlib import ExitStack\nwith ExitStack() as stack:\n"
    "    stack.enter_context(torch.no_grad())\n    y = x * 2\n",
    "own context manager": "from contextlib import contextmanager\n@contextmanager\ndef off():\n"
    "    with torch.no_grad():\n        yield\nwith off():\n    y = x * 2\n",
    "thread": "import threading\ndef f():\n    global y\n    with torch.no_grad():\n"
    "        y = x * 2\nt = threading.Thread(target=f)\nt.start()\nt.join()\n",
}
"""Forms in which a snippet switches recording off."""


def _cause(op: Op) -> tuple[str, str, int | None] | tuple[str]:
    if op.cause is None:
        return (op.reason,)
    return op.reason, op.cause.kind, op.cause.line


def _effects(recording: Recording) -> list[tuple[str, bool]]:
    return [(span.row.span_kind, span.row.effective) for span in recording.spans]


@pytest.mark.parametrize("way", OFF)
def test_grad_records_what_the_snippet_switches_off(way: str) -> None:
    recording = record(X + OFF[way] + "z = y + 1\non = torch.is_grad_enabled()\n", mode="grad")
    assert [op.reason for op in recording.named("mul")] == ["recorded"]
    assert recording.op("add").reason == "recorded"
    assert recording.variables["on"] is True
    assert recording.variables["y"].requires_grad
    assert {effective for _, effective in _effects(recording)} == {False}


@pytest.mark.parametrize("way", OFF)
def test_as_written_they_do_switch_it_off(way: str) -> None:
    recording = record(X + OFF[way])
    (mul,) = recording.named("mul")
    assert mul.reason in ("no_grad", "inference_mode")
    assert {effective for _, effective in _effects(recording)} == {True}


@pytest.mark.parametrize(
    ("mode", "reason"), [("no-grad", "no_grad"), ("inference", "inference_mode")]
)
@pytest.mark.parametrize(
    "on",
    [
        "y = x * 2\n",
        "with torch.enable_grad():\n    y = x * 2\n",
        "torch.set_grad_enabled(True)\ny = x * 2\n",
        "with torch.set_grad_enabled(True):\n    y = x * 2\n",
        "with torch.inference_mode(False):\n    y = x * 2\n",
        "@torch.enable_grad()\ndef f(t):\n    return t * 2\ny = f(x)\n",
        "import threading\ndef f():\n    global y\n    y = x * 2\n"
        "t = threading.Thread(target=f)\nt.start()\nt.join()\n",
    ],
)
def test_nothing_is_recorded_where_it_is_off(mode: Mode, reason: str, on: str) -> None:
    text = X + on + "modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled()\n"
    recording = record(text, mode=mode)
    (mul,) = recording.named("mul")
    assert _cause(mul) == (reason, "what_if", None)
    assert mul.row.would_record
    assert recording.variables["modes"] == (False, mode == "inference")
    assert not recording.variables["y"].requires_grad
    assert recording.variables["x"].requires_grad


def test_a_region_that_agrees_is_the_cause_and_has_its_effect() -> None:
    """What the snippet itself skips is distinguished from what is skipped for the what-if."""
    text = X + "a = x + 1\nwith torch.no_grad():\n    y = x * 2\n"
    recording = record(text, mode="no-grad")
    assert _cause(recording.op("add")) == ("no_grad", "what_if", None)
    assert _cause(recording.op("mul")) == ("no_grad", "with", 4)
    assert _effects(recording) == [("no_grad", True)]


def test_modes_are_afterwards_what_they_were() -> None:
    for mode in ("grad", "no-grad", "inference"):
        record(X + "torch.set_grad_enabled(False)\ny = x * 2\n", mode=mode)
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()


TRAINING = """
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(3, 2)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
before = net.weight.detach().clone()
for _ in range(2):
    optimizer.zero_grad()
    net(torch.ones(4, 3)).sum().backward()
    with torch.no_grad():
        watched = net.weight.norm()
    optimizer.step()
moved = not torch.equal(before, net.weight)
"""


def test_an_optimizer_keeps_its_own_no_grad() -> None:
    recording = record(TRAINING, mode="grad")
    assert recording.variables["moved"]
    assert {op.reason for op in recording.named("norm")} == {"recorded"}
    steps = [op for op in recording.ops if op.phase == "optimizer" and op.cause is not None]
    assert steps
    assert {op.cause.kind for op in steps if op.cause is not None} == {"optimizer"}


def test_a_librarys_no_grad_stays() -> None:
    """nn.init writes into leaves in place."""
    text = "import torch\nw = torch.empty(2, 2, requires_grad=True)\ntorch.nn.init.ones_(w)\n"
    recording = record(text, mode="grad")
    assert [op.cause.kind for op in recording.ops if op.cause is not None] == ["library"]
    assert recording.variables["w"].grad_fn is None


FUNCTION = """
import torch
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        ctx.save_for_backward(t)
        with torch.no_grad():
            inner = t * t
        outer = t + 0
        return inner
    @staticmethod
    def backward(ctx, g):
        (t,) = ctx.saved_tensors
        return 2 * g * t
x = torch.tensor([3.0], requires_grad=True)
y = Square.apply(x)
y.backward()
"""


def test_a_custom_functions_forward_stays_off() -> None:
    recording = record(FUNCTION, mode="grad")
    assert recording.variables["x"].grad.item() == 6
    for name in ("mul", "add"):
        assert {op.cause and op.cause.kind for op in recording.named(name)} == {"custom_function"}


def test_backward_fails_and_the_hint_is_about_the_mode() -> None:
    from app.tracer.snippet.hints import hint_for

    of_modes: list[tuple[Mode, str]] = [
        ("no-grad", "grad mode off"), ("inference", "inference mode on"),
    ]  # fmt: skip
    for mode, word in of_modes:
        recording = record(X + "(x * 2).sum().backward()\n", mode=mode, raises=RuntimeError)
        assert recording.error is not None
        hint = hint_for(recording.error, str(recording.error), [mode])
        assert hint is not None
        assert word in hint
        assert "Reset the what-if" in hint


UPDATE = X + "(x * 2).sum().backward()\nwith torch.no_grad():\n    x -= 0.1 * x.grad\n"


def test_an_update_in_place_fails_with_grad_and_the_hint_says_why() -> None:
    from app.tracer.snippet.hints import hint_for

    recording = record(UPDATE, mode="grad", raises=RuntimeError)
    hint = hint_for(recording.error or RuntimeError(), str(recording.error), ["grad"])
    assert hint is not None
    assert "This is what the no_grad() is for." in hint
    assert "Reset the what-if" in hint
