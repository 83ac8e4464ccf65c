"""Places for the labels of edges: beside their line, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Final

from app.drawing.grid import RectangleIndex, overlap
from app.drawing.routes import Point
from app.session.look import geometry as g
from app.session.look.measure import EdgeLabel
from graphviz_render import Box

_CLEAR: Final = 3.0
"""Between a label and any line."""
_MARK: Final = g.CHEVRON_HALF_WIDTH + g.CHEVRON_WIDTH
"""Around the middle of a chevron."""
_SHARES: Final = (0.5, 0.15, 0.85)
"""Where on a piece a label may be: the middle first."""


class LabelPlacer:
    """Places labels one after the other, each clear of nodes, lines and the labels before it."""

    def __init__(
        self,
        nodes: Iterable[Box],
        routes: Iterable[Sequence[Point]],
        frames: Sequence[Box],
        marks: Iterable[Point] = (),
    ) -> None:
        """`marks` are the middles of chevrons on the lines."""
        self._frames = frames
        self._obstacles = [
            *nodes,
            *(_band(*segment) for route in routes for segment in pairwise(route)),
            *(part for frame in frames for part in _written_parts(frame)),
            *(Box(x - _MARK, y - _MARK, 2 * _MARK, 2 * _MARK) for x, y in marks),
        ]
        self._grid = RectangleIndex(self._obstacles)

    def place(
        self, label: EdgeLabel, points: Sequence[Point], kept: Point | None = None
    ) -> Box | None:
        """Return the first free place for the label of the edge along `points`.

        `kept` is the middle of the room that the layout reserved for it.  If no place is free, the
        label gets the usual one, right of the longest upright piece; without reserved room none.
        """
        places = self._places(label, points)
        usual = next(places)
        if kept is not None:
            beside = g.LABEL_GAP if points[0][0] == points[1][0] else 0
            x, y = kept[0] + (beside - label.width) / 2, kept[1] - label.height / 2
            places = chain((Box(x, y, label.width, label.height),), places)
        last = None if kept is None else usual
        chosen = next((place for place in chain((usual,), places) if self._is_free(place)), last)
        if chosen is None:
            return None
        self._grid.add(len(self._obstacles), chosen)
        self._obstacles.append(chosen)
        return chosen

    def _is_free(self, place: Box) -> bool:
        return not any(overlap(place, self._obstacles[near]) for near in self._grid.near(place))

    def _places(self, label: EdgeLabel, points: Sequence[Point]) -> Iterator[Box]:
        width, height = label.width, label.height
        pieces = [
            (start[0], top, bottom)
            for start, end in pairwise(points)
            if start[0] == end[0]
            for top, bottom in _clear_of_frames(start, end, self._frames)
        ]
        if not pieces:
            yield from _along_level(label, points)
            x, y = points[len(points) // 2]
            pieces = [(x, y, y)]
        pieces.sort(key=lambda piece: piece[1] - piece[2])
        for x, top, bottom in pieces:
            slack = max(0.0, bottom - top - height)
            for share in _SHARES:
                y = (top + bottom - height) / 2 + slack * (share - 0.5)
                yield Box(x + g.LABEL_GAP, y, width, height)
                yield Box(x - g.LABEL_GAP - width, y, width, height)


def _along_level(label: EdgeLabel, points: Sequence[Point]) -> Iterator[Box]:
    """Yield places above and below the level pieces, the longest piece first."""
    width, height = label.width, label.height
    pieces = [
        (min(start[0], end[0]), max(start[0], end[0]), start[1])
        for start, end in pairwise(points)
        if start[1] == end[1]
    ]
    pieces.sort(key=lambda piece: piece[0] - piece[1])
    for left, right, y in pieces:
        slack = max(0.0, right - left - width)
        for share in _SHARES:
            x = (left + right - width) / 2 + slack * (share - 0.5)
            yield Box(x, y - g.LABEL_LIFT - height, width, height)
            yield Box(x, y + g.LABEL_LIFT, width, height)


def _written_parts(frame: Box) -> Iterator[Box]:
    """Yield the header and the borders of a frame."""
    yield frame._replace(height=g.FRAME_HEADER)
    yield _band((frame.x, frame.y), (frame.x, frame.bottom))
    yield _band((frame.right, frame.y), (frame.right, frame.bottom))
    yield _band((frame.x, frame.bottom), (frame.right, frame.bottom))


def _band(start: Point, end: Point) -> Box:
    left, top = min(start[0], end[0]), min(start[1], end[1])
    width, height = abs(end[0] - start[0]), abs(end[1] - start[1])
    return Box(left - _CLEAR, top - _CLEAR, width + 2 * _CLEAR, height + 2 * _CLEAR)


def _clear_of_frames(
    start: Point, end: Point, frames: Sequence[Box]
) -> Iterator[tuple[float, float]]:
    """Yield the pieces of an upright segment between the borders and headers that it crosses."""
    cuts = []
    for frame in frames:
        if frame.x <= start[0] <= frame.right:
            cuts += [(frame.y, frame.y + g.FRAME_HEADER), (frame.bottom, frame.bottom)]
    position = start[1]
    for top, bottom in sorted(cuts):
        if position < top < end[1]:
            yield position, top
        if top < end[1]:
            position = max(position, bottom)
    if position < end[1]:
        yield position, end[1]
