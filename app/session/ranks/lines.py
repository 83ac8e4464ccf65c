"""The lines that do something in one of two processes only."""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.spots import line_and_file
from app.session.comparing.differences import Differences
from app.session.comparing.sides import Sides
from app.session.comparing.texts import LineChange
from app.session.language import tr
from app.session.ranks.differing import compared_rows, spot_in
from app.session.run import Run


def differing_lines(
    first: Run, second: Run, found: Differences, sides: Sides
) -> dict[int, list[LineChange]]:
    """Return the lines whose operations are not the same in both, by their spots in the second.

    A line where a process that ended early did not get to is not one of them.
    """
    alone: tuple[dict[int, None], dict[int, None]] = {}, {}
    shared: set[int] = set()
    for row in compared_rows(first, second, found):
        spots = list(_spots(first, second, row))
        if None in row:
            alone[row.index(None) ^ 1].update(dict.fromkeys(spots))
        else:
            shared.update(spots)
    changes: dict[int, list[LineChange]] = {}
    for spots_alone, others, side in zip(alone, alone[::-1], sides, strict=True):
        for at in spots_alone:
            if at in changes:
                continue
            text = tr("{process} only")
            if at in shared or at in others:
                text = tr("does more {where}")
            words = text.format(process=side.name, where=side.where)
            changes[at] = [LineChange("≠", None, line_and_file(at)[0], "", words)]
    return changes


def _spots(first: Run, second: Run, row: tuple[int | None, int | None]) -> Iterator[int]:
    """Yield the lines of the operations of a row, in the second run."""
    for run, unit in zip((first, second), row, strict=True):
        if unit is not None:
            at = spot_in(second, run, run.operations[unit].spot)
            if at is not None:
                yield at
