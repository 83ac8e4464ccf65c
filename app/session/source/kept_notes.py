"""What each line keeps for backward, or frees: the notes beside lines while bytes are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.contract.records import BackwardPass
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.language import tr
from app.session.numbers import size
from app.session.run import Run


class LineBytes(NamedTuple):
    """`status` is None for what is kept or freed, else that of the operations that keep nothing."""

    text: str
    status: StatusKey | None = None


def kept_notes(run: Run) -> dict[int, LineBytes]:
    """Return the notes by spot.  Takes time in proportion to the run.

    A line that runs several times is said to keep the most that it ever keeps at once.
    """
    spots: dict[int, int] = {}
    skipped: dict[int, StatusKey] = {}
    for unit in run.units:
        if unit.spot is not None:
            spots[unit.id] = unit.spot
            if unit.status == "skipped" and unit.id not in run.set_up:
                skipped[unit.spot] = STATUS_OF_REASON[unit.reason]
    found = {at: LineBytes(tr("keeps nothing"), status) for at, status in skipped.items()}
    found |= {at: LineBytes(size(most)) for at, most in run.kept.peaks(spots).items() if most}
    return found | dict(_of_passes(run))


def _of_passes(run: Run) -> Iterator[tuple[int, LineBytes]]:
    """Yield a note for each line that started a backward pass; the last pass counts."""
    for backward in run.trace.backward_passes:
        if backward.spot is not None and (text := _of_pass(run, backward)):
            yield backward.spot, LineBytes(text)


def _of_pass(run: Run, backward: BackwardPass) -> str:
    end = backward.end_event
    if end is None:
        return ""
    before, after = run.kept.at(backward.event).total, run.kept.at(end).total
    if not before:
        return ""
    if not after:
        return tr("frees it all")
    if after < before:
        return tr("frees {bytes}").format(bytes=size(before - after))
    return tr("keeps the graph")
