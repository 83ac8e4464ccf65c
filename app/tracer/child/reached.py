"""Which lines of the snippet ran, a byte for each, kept where it outlives the process.

A mark is a write into memory: it costs next to nothing, no crash loses it, and processes that the
snippet forks (the workers of a DataLoader) make theirs in the same place.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable
from typing import Any

from app.contract.messages import LinesRow

NOTHING, WAITING, RAN, GOES_ON = range(4)
"""States of a line: no statement begins, one waits, one has run, the one above continues."""
_LETTERS = bytes.maketrans(bytes(range(4)), b" -+.")


class Reached(mmap.mmap):
    """A byte for each line (from 1 on); all are 0 until the run is watched."""

    def __new__(cls, text: str) -> Reached:
        return super().__new__(cls, -1, text.count("\n") + text.count("\r") + 2)

    def row(self) -> LinesRow | None:
        """Return the row of what is known now, or None if nothing is known."""
        known, states = not self[0], self[1:]
        if not known or not any(states):
            return None
        return LinesRow(states.translate(_LETTERS).decode())

    def expect(self, statements: Iterable[tuple[int, int]]) -> None:
        """Expect statements, given by first and last lines; the first one on a line counts."""
        for first, last in statements:
            self[first] = self[first] or WAITING
            for line in range(first + 1, last + 1):
                self[line] = GOES_ON

    def give_up(self) -> None:
        """Forget everything and record nothing from now on."""
        self[0] = 1

    def forget(self, first: int, last: int) -> None:
        """Mark these lines as unknown unless they run."""
        for line in range(max(1, first), min(last + 1, len(self))):
            if self[line] == WAITING:
                self[line] = NOTHING

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickle as a copy that nobody reads, for functions that are pickled by value."""
        return bytearray, (len(self),)
