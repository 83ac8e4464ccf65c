"""Where the labels of edges stand: beside their line, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

from app.gui.graph.grid import Grid
from app.gui.graph.scene import PlacedFrame
from app.session.look import geometry as g
from app.session.look.measure import Label

_CLEAR: Final = 3.0
"""Between a label and any line."""


class LabelPlacer:
    """Places labels one after the other, each clear of nodes, lines and the labels before it."""

    def __init__(
        self,
        nodes: Iterable[QRectF],
        ways: Iterable[Sequence[QPointF]],
        frames: list[PlacedFrame],
    ) -> None:
        self._frames = frames
        self._obstacles = [
            *nodes,
            *(_band(*segment) for way in ways for segment in pairwise(way)),
            *(part for frame in frames for part in _written_parts(frame.rect)),
        ]
        self._grid = Grid(self._obstacles)

    def place(self, label: Label, points: Sequence[QPointF], kept: QPointF | None = None) -> QRectF:
        """Where the label of the edge along `points` stands: the first free place.

        `kept` is the middle of the room that the layout kept for it.  Where nothing is free it is
        the usual place, right of the longest upright piece.
        """
        size = QSizeF(label.width, label.height)
        places = self._places(size, points)
        usual = next(places)
        if kept is not None:
            beside = g.LABEL_GAP if points[0].x() == points[1].x() else 0
            corner = kept + QPointF((beside - size.width()) / 2, -size.height() / 2)
            places = chain((QRectF(corner, size),), places)
        chosen = next((place for place in chain((usual,), places) if self._is_free(place)), usual)
        self._grid.add(len(self._obstacles), chosen)
        self._obstacles.append(chosen)
        return chosen

    def _is_free(self, place: QRectF) -> bool:
        return not any(place.intersects(self._obstacles[index]) for index in self._grid.near(place))

    def _places(self, size: QSizeF, points: Sequence[QPointF]) -> Iterator[QRectF]:
        pieces = [
            (start.x(), top, bottom)
            for start, end in pairwise(points)
            if start.x() == end.x()
            for top, bottom in _clear_of_frames(start, end, self._frames)
        ]
        if not pieces:
            yield from _along_level(size, points)
            middle = points[len(points) // 2]
            pieces = [(middle.x(), middle.y(), middle.y())]
        pieces.sort(key=lambda piece: piece[1] - piece[2])
        for x, top, bottom in pieces:
            slack = max(0.0, bottom - top - size.height())
            for share in (0.5, 0.15, 0.85):
                y = (top + bottom - size.height()) / 2 + slack * (share - 0.5)
                yield QRectF(QPointF(x + g.LABEL_GAP, y), size)
                yield QRectF(QPointF(x - g.LABEL_GAP - size.width(), y), size)


def _along_level(size: QSizeF, points: Sequence[QPointF]) -> Iterator[QRectF]:
    """Above and below the level pieces, the longest first."""
    pieces = [
        (min(start.x(), end.x()), max(start.x(), end.x()), start.y())
        for start, end in pairwise(points)
        if start.y() == end.y()
    ]
    pieces.sort(key=lambda piece: piece[0] - piece[1])
    for left, right, y in pieces:
        slack = max(0.0, right - left - size.width())
        for share in (0.5, 0.15, 0.85):
            x = (left + right - size.width()) / 2 + slack * (share - 0.5)
            yield QRectF(QPointF(x, y - g.LABEL_LIFT - size.height()), size)
            yield QRectF(QPointF(x, y + g.LABEL_LIFT), size)


def _written_parts(frame: QRectF) -> Iterator[QRectF]:
    """The header and the borders of a frame."""
    yield QRectF(frame.topLeft(), QSizeF(frame.width(), g.FRAME_HEADER))
    yield _band(frame.topLeft(), frame.bottomLeft())
    yield _band(frame.topRight(), frame.bottomRight())
    yield _band(frame.bottomLeft(), frame.bottomRight())


def _band(start: QPointF, end: QPointF) -> QRectF:
    return QRectF(start, end).normalized().adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR)


def _clear_of_frames(
    start: QPointF, end: QPointF, frames: list[PlacedFrame]
) -> Iterator[tuple[float, float]]:
    """The pieces of an upright segment between the borders and headers that it crosses."""
    cuts = []
    for frame in frames:
        if frame.rect.left() <= start.x() <= frame.rect.right():
            top, bottom = frame.rect.top(), frame.rect.bottom()
            cuts += [(top, top + g.FRAME_HEADER), (bottom, bottom)]
    position = start.y()
    for top, bottom in sorted(cuts):
        if position < top < end.y():
            yield position, top
        if top < end.y():
            position = max(position, bottom)
    if position < end.y():
        yield position, end.y()
