"""What the two runs of a comparison are called."""

from __future__ import annotations

from typing import NamedTuple

from app.contract.records import RunInfo
from app.session.language import tr
from app.session.ranks.naming import ProcessName, process_name


class Sides(NamedTuple):
    first: ProcessName
    second: ProcessName


def pinned_and_now() -> Sides:
    return Sides(
        ProcessName(tr("Pinned"), tr("in pinned"), tr("the pinned run")),
        ProcessName(tr("Now"), tr("now"), tr("the run of now")),
    )


def sides_of(first: RunInfo, second: RunInfo) -> Sides:
    """Return the names of two processes of a run, if the runs can be that."""
    places = [(one.rank, one.child) for one in (first, second)]
    are_ranks = [one.rank is not None for one in (first, second)]
    if places[0] == places[1] or are_ranks[0] != are_ranks[1] or first.world != second.world:
        return pinned_and_now()
    return Sides(*(process_name(*place) for place in places))
