"""Fixes are tried in hidden runs: offered with their effect, withheld, or marked as not tried."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from app.contract.records import Edit, Finding, Fix, Trace
from app.session.findings.edits import apply, origins
from app.session.findings.offers import is_offered, is_pending
from app.session.findings.trials import none_tried, try_fixes
from app.session.findings.words import advice
from app.session.run import Run
from app.session.source.parsing import compiles
from tests.session.findings.cases import V, W
from tests.support import TraceText, snippet

CUT = W + V + "y = (w * 2).detach()\n(y * v).sum().backward()\n"


@pytest.fixture(name="trace")
def own_trace(trace: TraceText) -> TraceText:
    """Traces that the trials may change."""
    return lambda text, mode="as-written": deepcopy(trace(text, mode))


def found_in(trace: Trace, code: str) -> Finding:
    (found,) = (one for one in trace.findings if one.code == code)
    return found


def tried(trace: TraceText, text: str) -> Trace:
    """The trace of a text once its fixes have been tried."""
    run = trace(text)
    outcome = try_fixes(Run(run), lambda edited, *_: Run(trace(edited)))
    assert outcome is not None
    outcome.put_into(run)
    return run


def test_a_fix_that_helps_says_what_it_changes(trace: TraceText) -> None:
    fix = found_in(tried(trace, snippet(CUT)), "cut_by_detach").fix
    assert fix is not None
    assert fix.effect == "`w` gets a gradient, no error"
    assert is_offered(fix)
    assert advice(fix).endswith("Tried: `w` gets a gradient, no error.")


def test_until_it_was_tried_it_is_not_offered(trace: TraceText) -> None:
    fix = found_in(trace(snippet(CUT)), "cut_by_detach").fix
    assert is_pending(fix)
    assert not is_offered(fix)


RAISES = W + V + "y = (w * 2).detach()\n(y * v).sum().backward()\nassert w.grad is None\n"
STILL_CUT = (
    W + V + "y = (w * 2).detach()\nif y.requires_grad:\n    y = y.detach()\n"
    "(y * v).sum().backward()\n"
)
NEW_WARNING = (
    W + V + "y = (w * 2).detach()\nfactor = 0.0 if y.requires_grad else 1.0\n"
    "(y * factor * v + v).sum().backward()\n"
)


@pytest.mark.parametrize("text", [RAISES, STILL_CUT, NEW_WARNING])
def test_one_that_fails_is_withheld_and_not_advised_elsewhere(trace: TraceText, text: str) -> None:
    before = trace(snippet(text))
    assert is_pending(found_in(before, "cut_by_detach").fix)
    after = tried(trace, snippet(text))
    assert found_in(after, "cut_by_detach").fix is None
    (row,) = (row for row in after.gradients if row.name == "w")
    assert row.why.fix is None


def test_a_gradient_of_zeros_is_not_a_gain(trace: TraceText) -> None:
    """Rounding has the slope 0, and what it is added to is taken off again."""
    text = W + V + "y = (w + (torch.round(w) - w)).detach()\n(y * v).sum().backward()\n"
    fix = found_in(tried(trace, snippet(text)), "cut_by_detach").fix
    assert fix is not None
    assert fix.effect == "the gradients of `w` are zero everywhere, no error"


def test_one_of_two_findings_is_gone_and_the_other_is_no_new_one(trace: TraceText) -> None:
    text = (
        W + V + "u = torch.ones(2, requires_grad=True)\na = (w * 2).detach()\n"
        "b = (u * 3).detach()\n(a * b * v).sum().backward()\n"
    )
    fixes = [one.fix for one in tried(trace, snippet(text)).findings]
    assert [fix and fix.effect for fix in fixes] == [
        "`w` gets a gradient, no error",
        "`u` gets a gradient, no error",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("torch.save(v, '/nowhere/v.pt') if False else None", "line 7 calls `torch.save()`"),
        ("name = input() if False else ''", "line 7 calls `input()`"),
        ("import subprocess; subprocess.run(['true'])", "line 7 calls `subprocess.run()`"),
        ("open('/nowhere', 'w') if False else None", "line 7 calls `open()`"),
    ],
)
def test_what_acts_outside_is_not_run_again(trace: TraceText, line: str, reason: str) -> None:
    run = trace(snippet(CUT + line + "\n"))
    ran: list[str] = []

    def hidden(text: str, *_: object) -> Run:
        ran.append(text)
        return Run(trace(text))

    outcome = try_fixes(Run(run), hidden)
    assert outcome is not None
    outcome.put_into(run)
    fix = found_in(run, "cut_by_detach").fix
    assert ran == []
    assert fix is not None
    assert fix.effect is None
    assert fix.untried == f"{reason}, which acts outside the program"
    assert is_offered(fix)
    assert f"Not tried: {reason}" in advice(fix)


def test_a_program_that_takes_long_is_not_run_again(trace: TraceText) -> None:
    run = trace(snippet(CUT))
    run.run = replace(run.run, seconds=61.0)
    outcome = try_fixes(Run(run), lambda *_: pytest.fail("it ran"))
    assert outcome is not None
    (fix,) = outcome.fixes.values()
    assert fix is not None
    assert fix.untried is not None
    assert "61.0 s" in fix.untried


def test_a_trial_without_an_end_says_nothing(trace: TraceText) -> None:
    run = trace(snippet(CUT))
    endless = replace(run, run=replace(run.run, status="timeout"))
    outcome = try_fixes(Run(run), lambda *_: Run(endless))
    assert outcome is not None
    (fix,) = outcome.fixes.values()
    assert fix is not None
    assert fix.untried == "the edited program did not end in time"


def test_nothing_is_known_where_nobody_waits(trace: TraceText) -> None:
    run = trace(snippet(CUT))
    assert try_fixes(Run(run), lambda *_: None) is None
    assert is_pending(found_in(run, "cut_by_detach").fix)
    none_tried(run, "why").put_into(run)
    assert found_in(run, "cut_by_detach").fix == Fix(
        "Drop `detach` on line 5.", [Edit(5, 4, 5, 20, "w * 2")], untried="why"
    )


def test_the_same_edits_run_once(trace: TraceText) -> None:
    run = trace(snippet(CUT))
    run.findings = [run.findings[0], replace(run.findings[0])]
    ran: list[str] = []

    def hidden(text: str, *_: object) -> Run:
        ran.append(text)
        return Run(trace(text))

    assert try_fixes(Run(run), hidden) is not None
    assert len(ran) == 1


def test_each_line_of_an_edited_text_has_its_origin() -> None:
    text = "a\nb\nc\nd\ne"
    edits = [Edit(2, 0, 3, 0, ""), Edit(4, 0, 4, 1, "with x:\n    d"), Edit(5, 1, 5, 1, "\nf")]
    assert apply(text, edits) == "a\nc\nwith x:\n    d\ne\nf"
    assert origins(text, edits) == [1, 3, 4, 4, 5, 5]


def test_what_is_python() -> None:
    assert compiles("x = 1\n")
    assert not compiles("x = (\n")
    assert not compiles("return\n")
    assert not compiles("a b")


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("z = v - (w - 2).detach()", "z = v - (w - 2)"),
        ("z = v - (w - 2).exp().detach()", "z = v - (w - 2).exp()"),
        ("z = v * torch.relu((w - 2).detach())", "z = v * torch.relu(w - 2)"),
        ("z = v * (-w).detach() ** 2", "z = v * (-w) ** 2"),
    ],
)
def test_what_a_detach_was_called_on_keeps_its_meaning(
    trace: TraceText, text: str, edited: str
) -> None:
    before = trace(snippet(W + V + text + "\nz.sum().backward()\n"))
    fix = found_in(before, "cut_by_detach").fix
    assert fix is not None
    assert edited in apply(before.snippet.text, fix.edits).split("\n")
