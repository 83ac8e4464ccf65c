"""What-ifs beside the run as written: real traces of both."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.contract.records import Mode, Trace
from app.session.comparing.what_if import AsWritten, Comparison, compare
from app.session.run import Run
from tests.support import TraceText

SNIPPET = """import torch
x = torch.ones(2, requires_grad=True)
w = torch.ones(2, requires_grad=True)
for _ in range(2):
    with torch.no_grad():
        h = x * 3
    y = h * w
(y + x).sum().backward()
"""
Compared = Callable[[str, Mode], tuple[Trace, Comparison]]


@pytest.fixture(scope="module")
def compared(trace: TraceText) -> Compared:
    def both(text: str, mode: Mode) -> tuple[Trace, Comparison]:
        traced = trace(text, mode)
        return traced, compare(Run(traced), Run(trace(text)))

    return both


def _names(trace: Trace, comparison: Comparison) -> list[tuple[str, int | None, bool]]:
    found = (trace.operations[id_] for id_ in comparison.operations)
    changes = comparison.operations
    return [(op.name, op.line, changes[op.id].is_recorded) for op in found]


def test_grad_records_what_is_skipped_in_every_pass(compared: Compared) -> None:
    trace, comparison = compared(SNIPPET, "grad")
    assert _names(trace, comparison) == [("mul", 6, True), ("mul", 6, True)]
    assert {change.as_written for change in comparison.operations.values()} == {
        "skipped — no_grad, line 5"
    }
    assert comparison.sentences[0] == (
        "2 operations are recorded here and skipped in the run as written."
    )
    assert comparison.sentences[1] == "`x.grad` differs from the run as written."
    (x,) = (row for row in trace.gradients if row.name == "x")
    assert comparison.gradients[x.tensor].differs
    assert float(comparison.gradients[x.tensor].text) > 0
    assert sum(row.differs for row in comparison.gradients.values()) == 1


def test_no_grad_keeps_nothing_and_gives_no_gradient(compared: Compared) -> None:
    trace, comparison = compared(SNIPPET, "no-grad")
    assert [name for name, _, _ in _names(trace, comparison)] == ["mul", "mul", "add", "sum"]
    assert not any(change.is_recorded for change in comparison.operations.values())
    assert (
        comparison.sentences[1]
        == "`x.grad` and `w.grad` are None here; in the run as written they have gradients."
    )
    assert comparison.sentences[2].startswith(
        "Autograd keeps 0 bytes for backward; in the run as written it keeps "
    )
    assert all(row.differs and float(row.text) > 0 for row in comparison.gradients.values())


def test_a_gradient_that_is_none_as_written_says_why(compared: Compared) -> None:
    text = SNIPPET.replace("(y + x)", "y")
    trace, comparison = compared(text, "grad")
    (x,) = (row for row in trace.gradients if row.name == "x")
    assert x.grad is not None
    reason = "None: only used in no_grad"
    assert comparison.gradients[x.tensor] == AsWritten(reason, True, True, "no_grad", "no_grad")


def test_where_nothing_is_switched_nothing_differs(compared: Compared) -> None:
    text = SNIPPET.replace("with torch.no_grad():", "if True:")
    _, comparison = compared(text, "grad")
    assert not comparison.operations
    assert not any(row.differs for row in comparison.gradients.values())
    assert comparison.sentences == (
        "It makes no difference: the same is recorded, and every .grad is equal.",
    )
