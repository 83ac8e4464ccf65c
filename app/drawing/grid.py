"""An index of rectangles on the plane: which of them may touch a given one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphviz_render import Box

CELL: Final = 400.0
"""Side of a grid cell: about two nodes, so that a screen is a few dozen cells."""


class RectangleIndex:
    """Finds rectangles by the squares of the plane in which they lie."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._cells: dict[tuple[int, int], list[int]] = {}
        for index, box in enumerate(boxes):
            self.add(index, box)

    def add(self, index: int, box: Box) -> None:
        """Add one thing."""
        for cell in _cells_of(box):
            self._cells.setdefault(cell, []).append(index)

    def near(self, box: Box) -> list[int]:
        """Return the indices, in ascending order, of all things that may touch `box`."""
        found: set[int] = set()
        columns, rows = box.width / CELL + 1, box.height / CELL + 1
        if columns * rows > len(self._cells):
            found.update(*self._cells.values())
            return sorted(found)
        for cell in _cells_of(box):
            found.update(self._cells.get(cell, ()))
        return sorted(found)


def _cells_of(box: Box) -> list[tuple[int, int]]:
    left, top = int(box.x // CELL), int(box.y // CELL)
    right, bottom = int(box.right // CELL), int(box.bottom // CELL)
    if left == right and top == bottom:
        return [(left, top)]
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def overlap(first: Box, second: Box) -> bool:
    return (
        first.x < second.right
        and second.x < first.right
        and first.y < second.bottom
        and second.y < first.bottom
    )
