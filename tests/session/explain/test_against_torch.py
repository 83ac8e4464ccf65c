"""What the explanations claim, tried out: the named cuts are taken away, and torch runs again."""

from __future__ import annotations

import re

import pytest

from app.contract.records import Gradient, Trace
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
    for line in lines & _only_through(gradient.why.text):
        others = gradients_of(trace(program.without_cuts_on(lines - {line}).text))
        assert others[gradient.name].grad is None


def _check_apart(trace: TraceText, program: Program, gradient: Gradient) -> None:
    """With nothing cut at all it gets none either: its value does not lead to the loss."""
    assert gradient.why.code in ("unused", "not_on_path", "only_skipped")
    everything = set(range(1, len(program.text.splitlines()) + 1))
    freed = gradients_of(trace(program.without_cuts_on(everything).text))
    assert freed[gradient.name].grad is None


def _only_through(text: str) -> set[int]:
    """The lines that, by the text, every way goes through."""
    told = text.partition("only through")[2].partition("Every way is cut once more")[0]
    return _lines_in(told)


def _cut_lines(run: Trace, gradient: Gradient) -> set[int]:
    operations = {operation.id: operation for operation in run.operations}
    named = [operations[number] for number in gradient.why.operations]
    lines = {op.line for op in named if op.status == "skipped" and op.line is not None}
    beyond = gradient.why.text.partition("Beyond that")[2]
    return lines | _lines_in(beyond)


def _lines_in(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"on line (\d+)", text)}
