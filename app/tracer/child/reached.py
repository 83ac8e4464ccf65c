"""Which lines of the user's files ran, a byte for each, kept where it outlives the process.

A mark is a write into memory: it costs next to nothing, no crash loses it, and processes that the
snippet forks (the workers of a DataLoader) make theirs in the same place.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable
from typing import Any

from app.contract.messages import LinesRow

NOTHING, WAITING, RAN, GOES_ON = range(4)
"""States of a line: no statement begins, one waits, one has run, the one above continues."""
_LETTERS = bytes.maketrans(bytes(range(4)), b" -+.")


class Reached(mmap.mmap):
    """A byte for each line (from 1 on); all are 0 until the run is watched."""

    def __new__(cls, size: int) -> Reached:
        return super().__new__(cls, -1, size)

    @classmethod
    def of(cls, text: str) -> Reached:
        """Return the marks of a text that only this process can see."""
        return cls(_size(text))

    def row(self, file: int) -> LinesRow | None:
        """Return the row of what is known now of a file, or None if nothing is known."""
        known, states = not self[0], self[1:].rstrip(b"\0")
        if not known or not states:
            return None
        return LinesRow(states.translate(_LETTERS).decode(), file)

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


def _size(text: str) -> int:
    return text.count("\n") + text.count("\r") + 2


class SharedLines:
    """The marks of all files of a run, in memory that the server can read when the run is gone.

    The server makes the memory ahead, because a run could share none that it made itself without a
    descriptor that the program would see.  A run takes a part for each file; where none is left
    that is large enough, its lines are known only if it ends by itself.
    """

    def __init__(self) -> None:
        self._parts = [Reached(size) for size, count in _PARTS for _ in range(count)]
        # Of native size: one store each.  The number of a part's file, and one; 0 of a free part.
        self._files = memoryview(mmap.mmap(-1, 4 * len(self._parts))).cast("I")
        self._free = list(range(len(self._parts)))
        self._run = 0

    def begin(self) -> None:
        """Replace, in the server, the parts that the run before took, which may still write."""
        for place, file in enumerate(self._files):
            if file:
                size = len(self._parts[place])
                self._parts[place].close()
                self._parts[place], self._files[place] = Reached(size), 0

    def become_child(self) -> None:
        """Let this process take parts: those that it forks have the same numbers for files."""
        self._run = _process_id()

    def take(self, file: int, text: str) -> Reached | None:
        """Return a part for the lines of a file, in the process of the run."""
        size = _size(text)
        if _process_id() != self._run:
            return None
        for place in self._free:
            if len(self._parts[place]) >= size:
                self._free.remove(place)
                self._files[place] = file + 1
                return self._parts[place]
        return None

    def rows(self) -> list[LinesRow]:
        """Return what is known now, in the server."""
        taken = [(place, file - 1) for place, file in enumerate(self._files) if file]
        rows = [self._parts[place].row(file) for place, file in taken]
        return [row for row in rows if row is not None]


_PARTS = ((1 << 12, 120), (1 << 15, 24), (1 << 18, 4))
"""Bytes of a part, and how many there are.  Memory that is not written to takes no room."""
_process_id = os.getpid
"""The snippet may put something else in its place."""
