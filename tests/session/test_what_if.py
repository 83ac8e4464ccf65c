"""What is said of a what-if run: what in it comes of the what-if, and what of the snippet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.contract.records import Trace
from app.process.client import Tracer
from app.session.counts import status_counts
from app.session.decision import steps
from app.session.details.operation import operation_details
from app.session.in_words import in_words
from app.session.index import index_of
from app.session.lines import marks, regions
from app.session.timeline import History
from app.session.words import status_note
from tests.tools.tracing import trace_with

SNIPPET = """import torch
from torch import nn
net = nn.Linear(2, 2)
x = torch.ones(2, 2)
with torch.no_grad():
    hidden = net(x)
y = (net(hidden) + hidden).sum()
"""


@pytest.fixture(scope="module")
def tracer() -> Iterator[Tracer]:
    tracer = Tracer()
    tracer.start()
    yield tracer
    tracer.close()


@pytest.fixture(scope="module")
def grad(tracer: Tracer) -> Trace:
    return trace_with(tracer, SNIPPET, "grad")


@pytest.fixture(scope="module")
def no_grad(tracer: Tracer) -> Trace:
    return trace_with(tracer, SNIPPET, "no-grad")


def test_a_region_without_effect_is_no_region(grad: Trace) -> None:
    assert regions(grad) == []
    mark = marks(grad)[5]
    assert (mark.key, mark.note, mark.region) == ("neutral", "no effect here", None)
    assert "torch.no_grad() switches nothing" in mark.tooltip


def test_what_is_skipped_for_the_what_if_says_so(no_grad: Trace) -> None:
    notes = {op.line: status_note(op) for op in no_grad.operations if op.name == "linear"}
    assert notes == {6: "skipped — no_grad, line 5", 7: "skipped — no_grad, what if"}
    (total,) = (op for op in no_grad.operations if op.name == "sum")
    decided = [step for step in steps(no_grad, total) if step.state == "decided"]
    assert [step.detail for step in decided] == ["Switched off by the what-if: no_grad everywhere"]
    assert any("as this what-if asks" in sentence.text for sentence in in_words(no_grad))


def test_initialising_parameters_counts_as_little_as_ever(tracer: Tracer) -> None:
    """Under inference mode nn.init's own no_grad is not why something is not recorded."""
    trace = trace_with(tracer, SNIPPET, "inference")
    counts = {status: count for status, count in status_counts(trace).items() if count}
    assert counts == {"inference_mode": 4}


def test_no_advice_that_would_not_help(tracer: Tracer) -> None:
    """Moved out of its block the call would be skipped all the same."""
    text = SNIPPET.replace("net(hidden) + hidden", "hidden") + "y.backward()\n"
    written, trace = trace_with(tracer, text), trace_with(tracer, text, "no-grad")
    assert any("out of the" in (row.why.fix or "") for row in written.gradients)
    assert {row.why.fix for row in trace.gradients} == {None}
    history = History(index_of(trace), hide_setup=True)
    (first,) = (op for op in trace.operations if op.name == "linear")
    details = operation_details(history.at(history.end), first)
    labels = [fact.label for fact in details.boxes[0].facts]
    assert "With grad mode on it would have been recorded" in labels
