"""How far a run has come that goes on, and when it may end."""

from __future__ import annotations

from typing import Final, NamedTuple

_FROM_SECONDS: Final = 10.0
"""Before, nothing is said of how long a run takes: what comes first is seldom like the rest."""
_FROM_TURNS: Final = 2
"""Turns that were seen from their beginning to their end."""


class LoopTurn(NamedTuple):
    """The pass of the loop at a spot, from 1, and their number as the loop began, if known."""

    spot: int
    number: int
    total: int | None


class Progress(NamedTuple):
    operations: int = 0
    backward_passes: int = 0
    iterations: int | None = None
    """Optimizer steps; None if there is no optimizer, or no more is recorded."""
    turns: tuple[LoopTurn, ...] = ()
    """Those in which the newest call into torch was made, outermost first, while it is recorded."""
    is_full: bool = False
    """The record is as long as it may be: what happens now is not counted."""

    @property
    def counted(self) -> list[LoopTurn]:
        """The turns of loops whose number is known."""
        return [one for one in self.turns if one.total is not None]


class Pace:
    """Says how long a run takes from how long the turns of its outermost loop took so far."""

    def __init__(self) -> None:
        self._loop: tuple[int | None, int] | None = None
        """The loop that is timed, None for iterations up to a limit; and its number of turns."""
        self._first: tuple[int, float] | None = None
        self._last = 0, 0.0
        """The first turn and the last one that were seen to begin, and when."""

    def seconds_left(self, now: float, progress: Progress, limit: int | None) -> float | None:
        """Return the seconds that are left at the second `now` of the run; None if unknown.

        They are those up to the `limit` of iterations, or else of the outermost loop, where the
        number of its turns is known.
        """
        turn = _timed(progress, limit)
        if turn is None:
            self._loop = None
            return None
        number, total = turn[1:]
        if self._loop != (turn[0], total):
            self._loop, self._first, self._last = (turn[0], total), None, (number, now)
        elif number != self._last[0]:
            self._last = number, now
            self._first = self._first or self._last
        if now < _FROM_SECONDS or self._first is None:
            return None
        turns, seconds = (last - first for last, first in zip(self._last, self._first, strict=True))
        if turns < _FROM_TURNS:
            return None
        left = (total - number + 1) * seconds / turns
        return max(0.0, left - (now - self._last[1]))


def _timed(progress: Progress, limit: int | None) -> tuple[int | None, int, int] | None:
    if limit is not None and progress.iterations is not None:
        return None, progress.iterations + 1, max(limit, progress.iterations + 1)
    if not progress.turns:
        return None
    spot, number, total = progress.turns[0]
    return None if total is None else (spot, number, total)
