"""What the explanations claim, tried out: the named cuts are taken away, and torch runs again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from app.contract.records import Gradient, Operation
from app.session.explain.flow import Flow
from app.session.explain.reach import Cuts, Reach
from app.session.run import Run
from tests.session.explain.random_snippets import Program, random_program
from tests.support import TraceText, gradients_of

SEEDS = range(40)
LOST = ("cut", "only_skipped")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_named_cuts_are_what_stands_in_the_way(trace: TraceText, seed: int) -> None:
    program = random_program(seed)
    run = Run(trace(program.text))
    assert run.trace.run.status == "ok"
    for gradient in run.trace.gradients:
        if gradient.why.code in LOST:
            _check_lost(trace, program, run, gradient)
        elif gradient.grad is None:
            _check_apart(trace, program, gradient)


def test_many_of_the_programs_have_a_cut_that_every_path_goes_through(trace: TraceText) -> None:
    runs = [Run(trace(random_program(seed).text)) for seed in SEEDS]
    lost = [(run, row) for run in runs for row in run.trace.gradients if row.why.code in LOST]
    assert sum(len(_cuts(run, row).through) for run, row in lost) >= 30


def _check_lost(trace: TraceText, program: Program, run: Run, gradient: Gradient) -> None:
    """Without the named cuts the gradient comes through; where one that every path goes through is
    left, it does not, whatever else is gone."""
    cuts = _cuts(run, gradient)
    named = [run.operations[number] for number in gradient.why.operations]
    skipped = [operation for operation in named if operation.status == "skipped"]
    lines = _lines([*skipped, *cuts.through, *cuts.also])
    assert lines <= set(gradient.why.lines)
    if not gradient.why.cuts:
        _check_apart(trace, program, gradient)
        return
    freed = gradients_of(trace(program.without_cuts_on(lines).text))
    assert freed[gradient.name].grad is not None
    for line in _lines(cuts.through):
        others = gradients_of(trace(program.without_cuts_on(_all_lines(program) - {line}).text))
        assert others[gradient.name].grad is None


def _check_apart(trace: TraceText, program: Program, gradient: Gradient) -> None:
    """With nothing cut at all it gets none either: its value does not lead to the loss."""
    assert gradient.why.code in ("unused", "not_on_path", "only_skipped")
    freed = gradients_of(trace(program.without_cuts_on(_all_lines(program)).text))
    assert freed[gradient.name].grad is None


def _cuts(run: Run, gradient: Gradient) -> Cuts:
    """What the explanation rests on: the programs have one backward pass."""
    (backward,) = run.trace.backward_passes
    values = run.values[run.tensors[gradient.tensor].identity]
    return Reach(Flow(run), backward).cuts([value.id for value in values])


def _all_lines(program: Program) -> set[int]:
    return set(range(1, len(program.text.splitlines()) + 1))


def _lines(operations: Iterable[Operation]) -> set[int]:
    return {operation.line for operation in operations if operation.line is not None}
