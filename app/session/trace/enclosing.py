"""Finds the innermost of several intervals around an event."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Protocol


class Lasting(Protocol):
    """Something that begins at an event and ends at another, or (None) with the run."""

    id: int
    event: int
    end_event: int | None


class Enclosing:
    """Answers with one binary search: the innermost interval changes only at begins and ends."""

    def __init__(self, things: Iterable[Lasting]) -> None:
        changes = [(thing.event, thing, True) for thing in things]
        changes += [(t.end_event, t, False) for _, t, _ in changes if t.end_event is not None]
        changes.sort(key=lambda change: change[0])
        self._events: list[int] = []
        self._inside: list[int | None] = []
        open_: dict[int, None] = {}
        for event, thing, begins in changes:
            if begins:
                open_[thing.id] = None
            else:
                open_.pop(thing.id, None)
            self._events.append(event)
            self._inside.append(next(reversed(open_), None))

    def around(self, event: int) -> int | None:
        """Return the id of the last interval that began before `event` and had not ended."""
        position = bisect_left(self._events, event)
        return self._inside[position - 1] if position else None
