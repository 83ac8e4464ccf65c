"""The answers to the questions of a lecture, as they are read off a run.

The text has no answers, so what is right stays right when the program is edited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.contract.records import Operation, Trace
from app.session.language import ngettext, number, tr
from app.session.lectures.lecture import Question, QuestionKind
from app.session.run import Run
from app.session.source.files import line_of
from app.session.source.not_run import not_run
from app.session.words import status_note


class Answer(NamedTuple):
    """What the trace says of one option; `holds` is None where it says nothing."""

    holds: bool | None
    reason: str


def answers(question: Question, run: Run) -> tuple[Answer, ...]:
    """What the trace says of each option, in their order."""
    if question.kind in ("grads", "none", "several passes"):
        return tuple(_of_gradient(question.kind, name, run.trace) for name in question.options)
    judge = _is_recorded if question.kind == "recorded" else _saves
    return tuple(_of_line(code, run, judge) for code in question.options)


def _of_line(code: str, run: Run, judge: Callable[[list[Operation]], Answer]) -> Answer:
    line = line_of(code, run.trace.snippet.text)
    if line is None:
        return Answer(None, tr("This line is no longer in the snippet."))
    operations = [operation for operation in run.units if operation.spot == line]
    missing = (one for one in not_run(run.trace) if line in one.lines)
    if not operations and (stretch := next(missing, None)) is not None:
        return Answer(None, stretch.text_of(line))
    if not operations:
        return Answer(None, tr("Line {line} called nothing in torch.").format(line=line))
    return judge(operations)


def _is_recorded(operations: list[Operation]) -> Answer:
    notes = dict.fromkeys(f"{operation.name}: {_with_nodes(operation)}" for operation in operations)
    recorded = any(operation.status == "recorded" for operation in operations)
    return Answer(recorded, "; ".join(notes))


def _with_nodes(operation: Operation) -> str:
    nodes = f" ({operation.grad_fn[0]})" if operation.grad_fn else ""
    return status_note(operation) + nodes


def _saves(operations: list[Operation]) -> Answer:
    kept = sum(operation.saved_bytes for operation in operations)
    if kept:
        text = ngettext(
            "It keeps {count} byte for backward.", "It keeps {count} bytes for backward.", kept
        )
        return Answer(True, text.format(count=number(kept)))
    if any(operation.status == "recorded" for operation in operations):
        return Answer(False, tr("It was recorded; its gradient does not need its values."))
    text = tr("It keeps nothing: {status}.")
    return Answer(False, text.format(status=status_note(operations[-1])))


def _of_gradient(kind: QuestionKind, name: str, trace: Trace) -> Answer:
    row = next((row for row in trace.gradients if row.name == name), None)
    if row is None:
        text = tr("The run did not reach a tensor called {name}.")
        return Answer(None, text.format(name=name))
    holds = (
        len(row.passes) > 1 if kind == "several passes" else (row.grad is None) == (kind == "none")
    )
    return Answer(holds, row.why.text)
