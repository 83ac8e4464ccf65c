"""What is said of a what-if run: what in it the what-if causes, and what the snippet."""

from __future__ import annotations

import pytest

from app.contract.records import Trace
from app.session.decision import steps
from app.session.details.operation import operation_details
from app.session.run import Run
from app.session.source.lines import marks, regions
from app.session.summary.counts import status_counts
from app.session.summary.in_words import in_words
from app.session.timeline import History
from app.session.words import status_note
from tests.support import TraceText

SNIPPET = """import torch
from torch import nn
net = nn.Linear(2, 2)
x = torch.ones(2, 2)
with torch.no_grad():
    hidden = net(x)
y = (net(hidden) + hidden).sum()
"""


@pytest.fixture(scope="module")
def grad(trace: TraceText) -> Trace:
    return trace(SNIPPET, "grad")


@pytest.fixture(scope="module")
def no_grad(trace: TraceText) -> Trace:
    return trace(SNIPPET, "no-grad")


def test_a_region_without_effect_is_no_region(grad: Trace) -> None:
    assert regions(Run(grad)) == []
    mark = marks(Run(grad))[5]
    assert (mark.key, mark.note, mark.region) == ("neutral", "off for this run", None)
    assert "torch.no_grad() is off" in mark.tooltip


def test_what_is_skipped_for_the_what_if_says_so(no_grad: Trace) -> None:
    notes = {op.line: status_note(op) for op in no_grad.operations if op.name == "linear"}
    assert notes == {6: "skipped — no_grad, line 5", 7: "skipped — no_grad, what if"}
    (total,) = (op for op in no_grad.operations if op.name == "sum")
    decided = [step for step in steps(Run(no_grad), total) if step.state == "decided"]
    assert [step.detail for step in decided] == ["Switched off by the what-if: no_grad everywhere"]
    assert any("as this what-if asks" in sentence.text for sentence in in_words(Run(no_grad)))


def test_initialising_parameters_counts_as_little_as_ever(trace: TraceText) -> None:
    """Under inference mode nn.init's own no_grad is not why something is not recorded."""
    traced = trace(SNIPPET, "inference")
    counts = {status: count for status, count in status_counts(Run(traced)).items() if count}
    assert counts == {"inference_mode": 4}


def test_no_advice_that_would_not_help(trace: TraceText) -> None:
    """Moved out of its block the call would be skipped all the same."""
    text = SNIPPET.replace("net(hidden) + hidden", "hidden") + "y.backward()\n"
    written, asked = trace(text), trace(text, "no-grad")
    assert any("out of the" in (row.why.fix or "") for row in written.gradients)
    assert {row.why.fix for row in asked.gradients} == {None}
    history = History(Run(asked), hide_setup=True)
    (first,) = (op for op in asked.operations if op.name == "linear")
    details = operation_details(history.at(history.end), first)
    labels = [fact.label for fact in details.boxes[0].facts]
    assert "With grad mode on it would have been recorded" in labels
