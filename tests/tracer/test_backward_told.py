"""What the rows say of backward passes that begin at a leaf, that fail, and of custom Functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from tests.tools.tracing import trace_with

TraceText = Callable[[str], Trace]


@pytest.fixture(scope="module")
def trace() -> Iterator[TraceText]:
    tracer = Tracer()
    tracer.start()
    try:
        yield lambda text: trace_with(tracer, f"import torch\n{text}")
    finally:
        tracer.close()


def test_a_root_that_is_a_leaf_is_accumulated_into(trace: TraceText) -> None:
    found = trace("w = torch.tensor(2.0, requires_grad=True)\nw.backward()\n")

    assert [step.grad_fn for step in found.backward_passes[0].steps] == ["AccumulateGrad"]
    assert found.gradients[0].why.code == "accumulated"


def test_a_backward_that_does_not_start_is_told_also_where_it_is_caught(trace: TraceText) -> None:
    found = trace(
        "w = torch.ones(2, requires_grad=True)\n"
        "try:\n"
        "    (w * 2).backward()\n"
        "except RuntimeError:\n"
        "    pass\n"
    )

    [backward] = found.backward_passes
    assert (backward.ok, backward.line, backward.steps) == (False, 4, [])
    assert found.gradients[0].why.code == "backward_failed"


def test_what_a_custom_function_returns_has_the_history_that_apply_gave_it(
    trace: TraceText,
) -> None:
    found = trace(
        "class Twice(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, x, w):\n"
        "        return x * w\n"
        "    @staticmethod\n"
        "    def backward(ctx, g):\n"
        "        return g, None\n"
        "x = torch.ones(2, requires_grad=True)\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "y = Twice.apply(x, w)\n"
        "y.sum().backward()\n"
    )

    y = next(t for t in found.tensors if t.name == "y")
    assert (y.requires_grad, y.grad_fn) == (True, "TwiceBackward")
    assert {row.name: row.why.code for row in found.gradients} == {
        "x": "accumulated",
        "w": "none_returned",
    }


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("with torch.set_grad_enabled(False):", "torch.set_grad_enabled(False)"),
        ("with torch.inference_mode():", "torch.inference_mode()"),
        ("with torch.no_grad():", "torch.no_grad()"),
    ],
)
def test_a_cause_is_told_as_it_is_written(trace: TraceText, statement: str, text: str) -> None:
    found = trace(f"w = torch.ones(2, requires_grad=True)\n{statement}\n    y = w * 2\n")

    cause = found.operations[-1].cause
    assert cause is not None
    assert (cause.kind, cause.line, cause.text) == ("with", 3, text)
