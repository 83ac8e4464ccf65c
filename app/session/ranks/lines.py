"""The lines that do something in one of two processes only, or at which processes ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from app.contract.spots import line_and_file
from app.session.comparing.differences import Differences
from app.session.comparing.sides import Sides
from app.session.comparing.texts import LineChange
from app.session.explain.phrases import listed
from app.session.language import ngettext, number, tr
from app.session.ranks.differing import ComparedProcesses, compared_rows, spot_in
from app.session.run import Run

_NAMED = 3
"""The most processes that are named; more are counted."""


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


def ending_lines(known: ComparedProcesses, shown: Run) -> dict[int, list[LineChange]]:
    """Return the lines at which processes raised or waited to their end, by spots of `shown`."""
    alike: dict[tuple[int, str], list[str]] = defaultdict(list)
    for end in known.ends if known.processes.place_of(shown) is not None else ():
        if (at := spot_in(shown, end.process.run, end.spot)) is not None:
            alike[at, end.error].append(end.process.process.name.name)
    found: dict[int, list[LineChange]] = defaultdict(list)
    for (at, error), names in sorted(alike.items(), key=lambda one: not one[0][1]):
        ranks = listed(names) if len(names) <= _NAMED else number(len(names))
        text = ngettext("{ranks} waits", "{ranks} wait", len(names))
        if len(names) > _NAMED:
            text = tr("{ranks} ranks raised {error}") if error else tr("{ranks} ranks wait")
        elif error:
            text = tr("{processes} raised {error}")
        words = text.format(ranks=ranks, processes=ranks, error=error)
        found[at].append(LineChange("!" if error else "…", None, line_and_file(at)[0], "", words))
    return dict(found)


def _spots(first: Run, second: Run, row: tuple[int | None, int | None]) -> Iterator[int]:
    """Yield the lines of the operations of a row, in the second run."""
    for run, unit in zip((first, second), row, strict=True):
        if unit is not None:
            at = spot_in(second, run, run.operations[unit].spot)
            if at is not None:
                yield at
