"""An index of rectangles on the plane: which of them may touch a given one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRectF

CELL: Final = 400.0
"""Side of a grid cell: about two nodes, so that a screen is a few dozen cells."""


class Grid:
    """Which things lie in which square of the plane."""

    def __init__(self, rects: Iterable[QRectF]) -> None:
        self._cells: dict[tuple[int, int], list[int]] = {}
        for index, rect in enumerate(rects):
            self.add(index, rect)

    def add(self, index: int, rect: QRectF) -> None:
        """One thing more."""
        for cell in _cells_of(rect):
            self._cells.setdefault(cell, []).append(index)

    def near(self, rect: QRectF) -> list[int]:
        """Indices, in ascending order, of all things that may touch `rect`."""
        found: set[int] = set()
        columns, rows = rect.width() / CELL + 1, rect.height() / CELL + 1
        if columns * rows > len(self._cells):
            found.update(*self._cells.values())
            return sorted(found)
        for cell in _cells_of(rect):
            found.update(self._cells.get(cell, ()))
        return sorted(found)


def _cells_of(rect: QRectF) -> list[tuple[int, int]]:
    left, top = int(rect.left() // CELL), int(rect.top() // CELL)
    right, bottom = int(rect.right() // CELL), int(rect.bottom() // CELL)
    if left == right and top == bottom:
        return [(left, top)]
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
