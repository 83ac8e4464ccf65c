"""What the explanations claim, tried out: the named cuts are taken away, and torch runs again."""

from __future__ import annotations

import pytest

from app.contract.records import ClauseKind, Gradient, Status, Trace
from tests.session.explain.random_snippets import Program, random_program
from tests.support import TraceText, gradients_of


@pytest.mark.parametrize("seed", range(40))
def test_the_named_cuts_are_what_stands_in_the_way(trace: TraceText, seed: int) -> None:
    program = random_program(seed)
    run = trace(program.text)
    assert run.run.status == "ok"
    for gradient in run.gradients:
        if gradient.why.code in ("cut", "only_skipped"):
            _check_lost(trace, program, run, gradient)
        elif gradient.grad is None:
            _check_apart(trace, program, gradient)


def _check_lost(trace: TraceText, program: Program, run: Trace, gradient: Gradient) -> None:
    """Without the named cuts the gradient comes through; all of them gone but one, it does not."""
    lines = _cut_lines(run, gradient)
    assert lines <= set(gradient.why.lines)
    if not gradient.why.cuts:
        _check_apart(trace, program, gradient)
        return
    freed = gradients_of(trace(program.without_cuts_on(lines).text))
    assert freed[gradient.name].grad is not None
    for line in lines & _lines(run, _of(gradient, "cut_through")):
        others = gradients_of(trace(program.without_cuts_on(lines - {line}).text))
        assert others[gradient.name].grad is None


def _check_apart(trace: TraceText, program: Program, gradient: Gradient) -> None:
    """With nothing cut at all it gets none either: its value does not lead to the loss."""
    assert gradient.why.code in ("unused", "not_on_path", "only_skipped")
    everything = set(range(1, len(program.text.splitlines()) + 1))
    freed = gradients_of(trace(program.without_cuts_on(everything).text))
    assert freed[gradient.name].grad is None


def _cut_lines(run: Trace, gradient: Gradient) -> set[int]:
    """The lines of all the operations that the reason names as skipped."""
    named = gradient.why.operations + _of(gradient, "cut_again")
    return _lines(run, named, "skipped")


def _of(gradient: Gradient, kind: ClauseKind) -> list[int]:
    return [op for one in gradient.why.clauses if one.kind == kind for op in one.operations]


def _lines(run: Trace, numbers: list[int], status: Status | None = None) -> set[int]:
    named = (op for op in run.operations if op.id in numbers and status in (None, op.status))
    return {op.line for op in named if op.line is not None}
