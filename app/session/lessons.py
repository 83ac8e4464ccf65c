"""The lessons: a page of text beside a snippet, and a question that the trace answers.

A lesson is one Markdown file in `resources/lessons`: a title, the text, the snippet as a block of
code, then the question, whose heading is followed by a comment that names its kind, and a list of
what it asks about; last, under "Afterwards", what to take along.  No answer stands in the file:
what is right is read off the trace of the snippet as it ran, so it stays right when the snippet
is edited.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, NamedTuple, get_args

from app.contract.records import Operation, Trace
from app.session import resources
from app.session.language import localized, ngettext, number, tr
from app.session.run import Run
from app.session.words import status_note

QuestionKind = Literal["recorded", "none", "several passes", "saves"]
"""Recorded lines; `.grad`s that are None; those that several passes added to; lines that keep
tensors for backward."""

_PARTS = re.compile(
    r"# (?P<title>[^\n]+)\n+"
    r"(?P<text>.+?)\n+"
    r"```python\n(?P<snippet>.+?\n)```\n+"
    r"## (?P<question>[^\n]+)\n<!-- ask: (?P<kind>[^\n]+) -->\n+"
    r"(?P<options>(?:- `[^\n]+`\n)+)\n+"
    r"## Afterwards\n+(?P<afterwards>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Question:
    """`options` are lines of the snippet, without indentation, or names of tensors."""

    kind: QuestionKind
    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """`key` names it in the settings; `text` and `afterwards` are Markdown."""

    key: str
    title: str
    text: str
    snippet: str
    question: Question
    afterwards: str


class Answer(NamedTuple):
    """What the trace says of one option; `holds` is None where it says nothing."""

    holds: bool | None
    reason: str


@cache
def lessons() -> tuple[Lesson, ...]:
    """In the order of the menu, in the user's language as far as they are written in it."""
    files = sorted(resources.path("lessons").glob("*.md"))
    return tuple(parse(file.stem, localized(file).read_text(encoding="utf-8")) for file in files)


def parse(key: str, text: str) -> Lesson:
    """One lesson's file.  Raises ValueError where a part is missing or the kind is unknown."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise ValueError(f"The lesson {key} does not have all its parts in their order.")
    kind = next((kind for kind in get_args(QuestionKind) if kind == parts["kind"]), None)
    if kind is None:
        raise ValueError(
            f"The lesson {key} asks for “{parts['kind']}”, which is not a kind of question."
        )
    options = tuple(line.removeprefix("- ").strip("`") for line in parts["options"].splitlines())
    question = Question(kind, parts["question"], options)
    title, before, after = parts["title"], parts["text"], parts["afterwards"].rstrip()
    return Lesson(key, title, before, parts["snippet"], question, after)


def answers(question: Question, run: Run) -> tuple[Answer, ...]:
    """What the trace says of each option, in their order."""
    if question.kind in ("none", "several passes"):
        return tuple(_of_gradient(question.kind, name, run.trace) for name in question.options)
    judge = _is_recorded if question.kind == "recorded" else _saves
    return tuple(_of_line(code, run, judge) for code in question.options)


def line_of(code: str, snippet: str) -> int | None:
    """Where a line of code stands in the snippet, 1-based; None where it does not, or no more."""
    lines = (line.strip() for line in snippet.splitlines())
    return next((place for place, line in enumerate(lines, 1) if line == code), None)


def _of_line(code: str, run: Run, judge: Callable[[list[Operation]], Answer]) -> Answer:
    line = line_of(code, run.trace.snippet.text)
    if line is None:
        return Answer(None, tr("This line is no longer in the snippet."))
    operations = [operation for operation in run.units if operation.spot == line]
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
    holds = row.grad is None if kind == "none" else len(row.passes) > 1
    return Answer(holds, row.why.text)
