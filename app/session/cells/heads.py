"""What the head of a cell says after a run."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

from app.contract.records import Cell
from app.session.cells.marks import cell_at
from app.session.language import tr
from app.session.numbers import duration, operations_counted
from app.session.run import Run

HeadKey = Literal["ran", "ran_to_here", "raised", "not_run"]


class Head(NamedTuple):
    key: HeadKey
    text: str
    """"ran in 5.0 ms, 4 operations"; of a cell that raised, with the error."""


def heads(run: Run) -> dict[int, Head]:
    """Return the heads of the cells of code, by the line of the mark (1-based)."""
    cells, error = run.trace.snippet.cells, run.trace.error
    counts: Counter[int] = Counter()
    for unit in run.units if cells else ():
        if unit.line is None or unit.file:
            continue
        if (cell := cell_at(cells, unit.line)) is not None:
            counts[cell.line] += 1
    found = {
        cell.line - 1: _head(run, cell, counts[cell.line]) for cell in cells if cell.kind == "code"
    }
    ran = [cell for cell in cells if cell.seconds is not None]
    if error is not None and error.line is not None and (at := cell_at(cells, error.line)):
        ran = ran or [at]
        place = str(error.spot) if error.file else f"{at.number}:{error.line - at.line + 1}"
        text = tr("{error} in {place}").format(error=error.type, place=place)
        found[ran[-1].line - 1] = Head("raised", text)
    return found


def _head(run: Run, cell: Cell, operations: int) -> Head:
    if cell.seconds is None:
        return Head("not_run", tr("not run") if cell.line <= cell.end_line else tr("empty"))
    text, counted = tr("ran in {time}"), operations_counted(operations)
    if operations:
        text = tr("ran in {time}, {operations}")
    last = run.trace.run.last_line
    is_last = last is not None and cell.line <= last <= cell.end_line
    said = text.format(time=duration(cell.seconds), operations=counted)
    return Head("ran_to_here" if is_last else "ran", said)
