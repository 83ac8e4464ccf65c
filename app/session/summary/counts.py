"""Counts operations by status, for the legend."""

from __future__ import annotations

from bisect import bisect_right
from typing import get_args

from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.run import Run


class Counts:
    """Operations by status, a zero for the statuses that did not occur.

    Leaves only, as everywhere where operations are counted, without those that only prepare and
    those that gave back what went in.
    """

    def __init__(self, run: Run) -> None:
        made, set_up = run.operation_columns, run.set_up
        self._events: dict[StatusKey, list[int]] = {key: [] for key in get_args(StatusKey)}
        events_of = [self._events.get(STATUS_OF_REASON[f.reason]) for f in made.forms.values]
        forms, numbers, times = made.form, made.ids, made.events
        for place in run.leaves.places:
            events = events_of[forms[place]]
            if events is not None and numbers[place] not in set_up:
                events.append(times[place])
        for events in self._events.values():
            events.sort()

    def at(self, event: int) -> dict[StatusKey, int]:
        """Return the counts of the operations up to an event."""
        return {status: bisect_right(events, event) for status, events in self._events.items()}

    @property
    def in_all(self) -> dict[StatusKey, int]:
        return {status: len(events) for status, events in self._events.items()}


def operation_count(run: Run) -> int:
    """Return the number of operations in a run, which is the same wherever it is shown."""
    return sum(status_counts(run).values())


def status_counts(run: Run) -> dict[StatusKey, int]:
    """Return the counts at the end of the run."""
    return Counts(run).in_all
