"""What is said of an operation that a hook made while a backward pass ran with grad mode off."""

from __future__ import annotations

from app.session.decision import steps
from app.session.run import Run
from app.session.summary.why import short_why
from app.session.words import status_note
from tests.support import TraceText, gradients_of, snippet

KEPT = """
w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
u = v * 3
kept = []
h = w * 2
h.register_hook(lambda g: kept.append(u.sin()))
h.sum().backward()
(kept[0] * w).sum().backward()
"""


PASS_IT = "Pass create_graph=True to backward() on line 9: then u.sin() is recorded."


def test_the_decision_names_the_pass_and_the_argument(trace: TraceText) -> None:
    run = trace(snippet(KEPT))
    (sin,) = (op for op in run.operations if op.name == "sin")
    decided = steps(Run(run), sin)[1]
    assert decided.answer == "No — stop"
    assert decided.detail == (
        "Switched off by backward() on line 9, which did not get create_graph=True"
    )
    assert status_note(sin) == "skipped — no_grad in backward, line 9"


def test_a_gradient_that_it_cuts_says_so(trace: TraceText) -> None:
    run = trace(snippet(KEPT))
    row = gradients_of(run)["v"]
    assert row.why.code == "cut"
    assert (
        "u.sin() on line 8, which ran in a hook of backward() (line 9), which turns grad mode off "
        "without create_graph=True"
    ) in row.why.text
    assert (
        row.why.fix == "Pass create_graph=True to backward() on line 9: then u.sin() is recorded."
    )
    assert short_why(Run(run), row) == "cut by no_grad in backward, line 9"


def test_with_create_graph_there_is_no_cause(trace: TraceText) -> None:
    text = KEPT.replace("h.sum().backward()", "torch.autograd.grad(h.sum(), w, create_graph=True)")
    run = trace(snippet(text))
    (sin,) = (op for op in run.operations if op.name == "sin")
    assert (sin.status, sin.cause) == ("recorded", None)
    assert gradients_of(run)["v"].grad is not None


def test_what_only_a_hook_uses_is_used(trace: TraceText) -> None:
    run = trace(snippet(KEPT.replace("u = v * 3", "u = v")))
    row = gradients_of(run)["v"]
    assert row.why.code == "only_skipped"
    assert row.why.text == (
        "v.grad is None: the only operation that used it was not recorded: u.sin() on line 8 ran "
        "in a hook of backward() (line 9), which turns grad mode off without create_graph=True."
    )
    assert (
        row.why.fix == "Pass create_graph=True to backward() on line 9: then u.sin() is recorded."
    )


def test_a_parameter_that_a_hook_reads_keeps_its_reason(trace: TraceText) -> None:
    text = """
    w = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    w.register_hook(lambda g: g + 0.1 * v)
    (w * 2).sum().backward()
    v.data
    (v * 3).sum().backward()
    """
    rows = gradients_of(trace(snippet(text)))
    assert {name: row.why.code for name, row in rows.items()} == {
        "w": "accumulated",
        "v": "accumulated",
    }
