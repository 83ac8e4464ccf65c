"""`tapescope diff`: what two runs recorded and trained differently."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from app.command_line.reading import read_trace
from app.command_line.running import exit_code, refuse_run_options, run_of
from app.command_line.streams import say, tell
from app.command_line.usage import STOPPED, UsageError
from app.command_line.values import is_saved
from app.command_line.writing import one_line
from app.contract.records import Error, Gradient, Operation, TrainState
from app.session.comparing.differences import Differences, GradientDifference, differences
from app.session.comparing.sentences import note_on_alignment
from app.session.language import ngettext, number, paragraph, tr
from app.session.numbers import short, size
from app.session.places import at_line
from app.session.run import Run
from app.session.summary.why import short_why
from app.session.training.short_words import short_words
from app.session.words import status_note, status_words

DIFFERENT = 1
"""The exit code where the runs differ."""


def diff_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Compare two runs, print what differs, return the exit code.  Raises UsageError."""
    first, second = _runs(options, arguments)
    found = differences(first, second)
    alike = found.none and _ending(first) == _ending(second)
    if options.format == "json":
        say(json.dumps(_document(first, second, found, alike), indent=2))
    elif options.format == "html":
        from app.page.comparing import compared_page  # loads what draws

        say(compared_page(first.trace, second.trace).decode())
    elif text := "\n".join(_lines(first, second, found)):
        say(text)
    for name, file, run in (("A", options.file, first), ("B", options.other, second)):
        tell(f"tapescope: {name} ({file}): {one_line(run)}\n")
    said = tr("The runs differ.")
    if found.none:
        said = tr("The runs are alike.") if alike else tr("The runs differ in how they ended only.")
    tell(f"tapescope: {paragraph((said, note_on_alignment(found)))}\n")
    files = (options.file, first), (options.other, second)
    ran = [run for file, run in files if not is_saved(file)]
    if any(exit_code(run) == STOPPED for run in ran):
        return STOPPED
    return 0 if alike else DIFFERENT


def _runs(options: argparse.Namespace, arguments: Sequence[str]) -> Iterator[Run]:
    files = options.file, options.other
    if files == ("-", "-"):
        raise UsageError(tr("standard input can be one of the two, not both"))
    if all(map(is_saved, files)):
        refuse_run_options(options, arguments)
    if is_saved(options.other) and options.what_if:
        refuse_run_options(argparse.Namespace(**{**vars(options), "file": options.other}), ())
    for file, what_if in zip(files, ([], options.what_if), strict=True):
        if is_saved(file):
            yield read_trace(file)
        else:
            one = argparse.Namespace(**{**vars(options), "file": file, "what_if": what_if})
            yield run_of(one, arguments, tries_fixes=False)


def _ending(run: Run) -> tuple[str, str, str]:
    error: Error | None = run.trace.error
    if error is None:
        return run.trace.run.status, "", ""
    return run.trace.run.status, error.type, error.message


# ------------------------------------------------------------------------------------------ text


def _lines(first: Run, second: Run, found: Differences) -> Iterator[str]:
    """Yield a heading for each kind of difference, and its lines; equal ones once, counted."""
    yield from _part(tr("Operations"), _operations(first, second, found))
    yield from _part(tr("Gradients"), (_gradient(first, second, row) for row in found.gradients))
    yield from _part(
        tr("What trains"),
        (f"{row.name}: {_state(row.first)} → {_state(row.second)}" for row in found.training),
    )
    if found.kept[0] != found.kept[1]:
        before, after = map(size, found.kept)
        yield tr("Kept for backward: {before} → {after}").format(before=before, after=after)


def _part(heading: str, lines: Iterator[str]) -> Iterator[str]:
    counted = Counter(lines)
    if counted:
        yield f"{heading}:"
    for line, count in counted.items():
        times = ngettext("{count} time", "{count} times", count).format(count=number(count))
        yield f"  {line}" if count == 1 else f"  {line} ({times})"


def _operations(first: Run, second: Run, found: Differences) -> Iterator[str]:
    for one, other in found.statuses:
        yield f"{_named(second, other)}: {status_note(one)} → {status_note(other)}"
    for operation in found.only_first:
        text = tr("only in A: {operation}, {status}")
        yield text.format(operation=_named(first, operation), status=status_words(operation))
    for operation in found.only_second:
        text = tr("only in B: {operation}, {status}")
        yield text.format(operation=_named(second, operation), status=status_words(operation))


def _named(run: Run, operation: Operation) -> str:
    return at_line(run.code(operation), operation.spot)


def _gradient(first: Run, second: Run, row: GradientDifference) -> str:
    return f"{row.name}.grad: {_value(first, row.first)} → {_value(second, row.second)}"


def _value(run: Run, row: Gradient | None) -> str:
    if row is None:
        return tr("not there")
    if row.grad is None:
        return tr("None ({reason})").format(reason=short_why(run, row))
    return tr("norm {norm}").format(norm=short(row.grad.norm, 6))


def _state(state: TrainState | None) -> str:
    return tr("not there") if state is None else short_words(state, 1).partition(" ")[2]


# ------------------------------------------------------------------------------------------ JSON


def _document(first: Run, second: Run, found: Differences, alike: bool) -> dict[str, Any]:
    return {
        "alike": alike,
        "status": [first.trace.run.status, second.trace.run.status],
        "recorded": found.recorded,
        "kept_bytes": found.kept,
        "operations": [
            {"first": _operation(first, one), "second": _operation(second, other)}
            for one, other in found.statuses
        ],
        "only_first": [_operation(first, one) for one in found.only_first],
        "only_second": [_operation(second, other) for other in found.only_second],
        "gradients": [
            {
                "name": row.name, "change": row.change,
                "first": _row(row.first), "second": _row(row.second),
            }
            for row in found.gradients
        ],
        "training": [row._asdict() for row in found.training],
    }  # fmt: skip


def _operation(run: Run, operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id, "name": operation.name, "code": run.code(operation),
        "file": operation.file, "line": operation.line, "status": operation.status,
        "reason": operation.reason,
    }  # fmt: skip


def _row(row: Gradient | None) -> dict[str, Any] | None:
    if row is None:
        return None
    norm = None if row.grad is None else row.grad.norm
    return {"norm": norm, "why": row.why.code, "text": row.why.text}
