"""Lines of the files of a program, each as one number.

A document says where something is by `line` and `file`.  What compares, groups, sorts and looks up
lines takes both as one number, a *spot*.  In the snippet, which is file 0, a spot is the line, so
that nothing is different for a program of one file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import overload

LINES = 1 << 20
"""Spots from one file to the next: no file that is followed has as many lines."""


class FileId(int):
    """The number of a file that ran.

    If several did, it has the `name` to show: "freeze.py".  If it is a notebook, `cells` are the
    first lines of its cells of code, and `in_cell` a text for the number of one and a line in it.
    """

    name: str | None = None
    cells: Sequence[int] = ()
    in_cell: str = ""


class Spot(int):
    """A spot in one of several files, or in a cell; it reads as its place, "freeze.py:6"."""

    file: FileId

    def __str__(self) -> str:
        line, cells = self % LINES, self.file.cells
        if number := bisect_right(cells, line):
            return self.file.in_cell.format(number=number, line=line - cells[number - 1] + 1)
        return f"{self.file.name or ''}:{line}"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def spot(file: int, line: int) -> int:
    """
    >>> spot(0, 9), line_and_file(spot(2, 6))
    (9, (6, 2))
    """
    if not isinstance(file, FileId) or (file.name is None and not file.cells):
        return file * LINES + line
    found = Spot(file * LINES + line)
    found.file = file
    return found


@overload
def line_and_file(at: int) -> tuple[int, FileId]: ...
@overload
def line_and_file(at: None) -> tuple[None, FileId]: ...
@overload
def line_and_file(at: int | None) -> tuple[int | None, FileId]: ...
def line_and_file(at: int | None) -> tuple[int | None, FileId]:
    """Return the line of a spot, and the file."""
    if at is None:
        return None, FileId(0)
    return at % LINES, at.file if isinstance(at, Spot) else FileId(at // LINES)


class Placed:
    """A record with a `line` and a `file`."""

    __slots__ = ()
    file: FileId
    line: int | None

    @property
    def spot(self) -> int | None:
        return None if self.line is None else spot(self.file, self.line)


class PlacedRange(Placed):
    """A record that also has an `end_line` in the same file."""

    __slots__ = ()
    end_line: int | None

    @property
    def end_spot(self) -> int | None:
        return None if self.end_line is None else spot(self.file, self.end_line)
