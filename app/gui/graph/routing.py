"""The ways of edges between placed nodes: straight down where that is possible, else elbows.

The layout's own curves are only a hint here: an edge that would cross a node keeps to the lane that
the layout left free for it.  An upper end leaves a node at its bottom, a lower end enters at the
top; each tensor leaves through one port, so that a value that is used often fans out from a trunk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.gui.graph import geometry as g
from app.gui.graph.grid import Grid

PORT_SPACING: Final = 28.0
PORT_INSET: Final = 14.0
ALIGNED: Final = 1.0
TRACK_SPACINGS: Final = (8, 4)
"""Between horizontal pieces: as wide as possible first."""
CLEARANCE: Final = 6.0
"""Between a line and a node that it passes."""
Port = tuple[str, int, str]
"""What shares a place on a node's lower side: producer, tensor and kind of edge."""
END_STUB: Final = 12.0
"""The least straight piece at either end, so that an arrowhead has a shaft."""


@dataclass(slots=True)
class Wire:
    """An edge to be routed; `hint` are the points by which the layout led it."""

    source: QRectF
    target: QRectF
    group: Port
    consumer: str
    hint: tuple[QPointF, ...] = ()
    tunnel: bool = False
    start_x: float = 0.0
    end_x: float = 0.0


def route(wires: Sequence[Wire], obstacles: Obstacles) -> list[tuple[QPointF, ...]]:
    """The corners of each wire, in order.  Never fails: the layout's own way is the last resort."""
    _assign_ports(wires)
    tracks = _Tracks()
    return [_way(wire, obstacles, tracks) for wire in wires]


class Obstacles:
    """The rectangles of all nodes."""

    def __init__(self, rects: Sequence[QRectF]) -> None:
        self._rects = rects
        self._grid = Grid(rects)

    def free(self, points: Sequence[QPointF], ends: tuple[QRectF, QRectF]) -> bool:
        """Whether a way keeps clear of all nodes but those at its two ends."""
        return not any(
            self._blocked(QRectF(start, end).normalized(), ends) for start, end in pairwise(points)
        )

    def _blocked(self, segment: QRectF, ends: tuple[QRectF, QRectF]) -> bool:
        band = segment.adjusted(-CLEARANCE, -1, CLEARANCE, 1)
        near = (self._rects[index] for index in self._grid.near(band))
        return any(rect.intersects(band) and rect not in ends for rect in near)


class _Tracks:
    """Heights for horizontal pieces, so that two values never share a line."""

    def __init__(self) -> None:
        self._taken: dict[int, list[tuple[float, float, Port]]] = defaultdict(list)

    def height(self, top: float, bottom: float, x: tuple[float, float], owner: Port) -> float:
        """A free height between `top` and `bottom`: near the middle, and well apart if possible."""
        left, right = sorted(x)
        middle = round((top + bottom) / 2)
        reach = int((bottom - top) / 2)
        for spacing in TRACK_SPACINGS:
            for step in range(reach // spacing + 1):
                for height in (middle + step * spacing, middle - step * spacing):
                    if self._is_free(height, left, right, owner, spacing):
                        self._taken[height].append((left, right, owner))
                        return float(height)
        return float(middle)

    def _is_free(self, height: int, left: float, right: float, owner: Port, spacing: int) -> bool:
        return all(
            right < taken_left or left > taken_right or taken_owner == owner
            for row in range(height - spacing + 1, height + spacing)
            for taken_left, taken_right, taken_owner in self._taken.get(row, ())
        )


# ---------------------------------------------------------------------------------------- ports


def _assign_ports(wires: Sequence[Wire]) -> None:
    """Spread the ends of the wires over the sides of their nodes, ordered so that few cross."""
    leaving: dict[str, dict[Port, list[Wire]]] = defaultdict(dict)
    entering: dict[str, list[Wire]] = defaultdict(list)
    for wire in wires:
        leaving[wire.group[0]].setdefault(wire.group, []).append(wire)
        entering[wire.consumer].append(wire)
    for groups in leaving.values():
        bundles = sorted(groups.values(), key=_mean_target)
        for x, bundle in zip(_spread(bundles[0][0].source, len(bundles)), bundles, strict=True):
            for wire in bundle:
                wire.start_x = x
    for arrivals in entering.values():
        arrivals.sort(key=lambda wire: _arrival(wire))
        for x, wire in zip(_spread(arrivals[0].target, len(arrivals)), arrivals, strict=True):
            wire.end_x = x
    for arrivals in entering.values():
        _straighten(arrivals, leaving)


def _mean_target(bundle: list[Wire]) -> float:
    return sum(wire.target.center().x() for wire in bundle) / len(bundle)


def _arrival(wire: Wire) -> float:
    """From which side a wire comes in: where the layout led it last, else where it starts."""
    return wire.hint[-2].x() if len(wire.hint) > 2 else wire.start_x


def _spread(rect: QRectF, count: int) -> list[float]:
    """`count` places along a side, around its middle."""
    room = rect.width() - 2 * PORT_INSET
    step = min(PORT_SPACING, room / max(1, count - 1))
    first = rect.center().x() - step * (count - 1) / 2
    return [round(first + step * index) + 0.0 for index in range(count)]


def _is_only_exit(wire: Wire, groups: dict[Port, list[Wire]]) -> bool:
    return len(groups) == 1 and len(groups[wire.group]) == 1


def _straighten(arrivals: list[Wire], leaving: dict[str, dict[Port, list[Wire]]]) -> None:
    """Move an end under its beginning where the side is wide enough and nobody is in the way."""
    for wire in arrivals:
        others = [other.end_x for other in arrivals if other is not wire]
        if _fits(wire.target, wire.start_x, others):
            wire.end_x = wire.start_x
        elif _is_only_exit(wire, leaving[wire.group[0]]) and _fits(wire.source, wire.end_x, []):
            wire.start_x = wire.end_x


def _fits(rect: QRectF, x: float, others: list[float]) -> bool:
    inside = rect.left() + PORT_INSET <= x <= rect.right() - PORT_INSET
    return inside and all(abs(x - other) >= PORT_SPACING / 2 for other in others)


# ----------------------------------------------------------------------------------------- ways


def _way(wire: Wire, obstacles: Obstacles, tracks: _Tracks) -> tuple[QPointF, ...]:
    start = QPointF(wire.start_x, wire.source.bottom())
    end = QPointF(wire.end_x, wire.target.top())
    ends = (wire.source, wire.target)
    if wire.tunnel:
        stub = QPointF(0, 2 * END_STUB)
        return (start, start + stub, end - stub, end)
    if end.y() < start.y():
        return _hinted(wire, start, end)
    if abs(start.x() - end.x()) < ALIGNED:
        straight = (start, end)
        if obstacles.free(straight, ends):
            return straight
    for way in _elbows(wire, start, end):
        if obstacles.free(way, ends):
            return _on_tracks(way, wire, tracks)
    return _hinted(wire, start, end)


def _elbows(wire: Wire, start: QPointF, end: QPointF) -> list[tuple[QPointF, ...]]:
    """Ways with corners, simplest first; horizontal pieces stand where gaps between ranks are."""
    gap = end.y() - start.y()
    # Labels stand beside the upper part, so the corner of a short edge lies low.
    low = end.y() - max(gap / 4, min(gap / 2, 1.5 * END_STUB))
    ways = [
        _bent(start, end, height) for height in (low, start.y() + gap / 2, start.y() + 2 * END_STUB)
    ]
    ways += [_laned(start, end, x) for x in _lanes(wire)]
    return ways


def _bent(start: QPointF, end: QPointF, height: float) -> tuple[QPointF, ...]:
    return (start, QPointF(start.x(), height), QPointF(end.x(), height), end)


def _laned(start: QPointF, end: QPointF, x: float) -> tuple[QPointF, ...]:
    """Over to a lane right below the start, down it, and back right above the end."""
    room = (end.y() - start.y()) / 3
    upper = start.y() + min(2 * END_STUB, room)
    lower = end.y() - min(2 * END_STUB, room)
    return (
        start,
        QPointF(start.x(), upper),
        QPointF(x, upper),
        QPointF(x, lower),
        QPointF(end.x(), lower),
        end,
    )


def _lanes(wire: Wire) -> list[float]:
    """Where the layout led the edge on its way: the middle of its points first."""
    inner = [point.x() for point in wire.hint[1:-1]]
    if not inner:
        return []
    return [inner[len(inner) // 2], max(inner), min(inner)]


def _on_tracks(way: tuple[QPointF, ...], wire: Wire, tracks: _Tracks) -> tuple[QPointF, ...]:
    """Shift each horizontal piece to a height of its own within the gap it lies in."""
    points = list(way)
    for index in range(1, len(points) - 2, 2):
        left, right = points[index], points[index + 1]
        reach = min(20.0, left.y() - points[index - 1].y(), points[index + 2].y() - right.y())
        room = max(0.0, reach - END_STUB / 2)
        height = tracks.height(left.y() - room, left.y() + room, (left.x(), right.x()), wire.group)
        points[index] = QPointF(left.x(), height)
        points[index + 1] = QPointF(right.x(), height)
    return tuple(points)


def _hinted(wire: Wire, start: QPointF, end: QPointF) -> tuple[QPointF, ...]:
    """The layout's own way between our ports."""
    return (start, *wire.hint[1:-1], end)


# ---------------------------------------------------------------------------------------- paths


def rounded_path(points: Sequence[QPointF], shorten_end: float = 0.0) -> QPainterPath:
    """A path through `points` with round corners, ending `shorten_end` before the last one."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(g.ELBOW_RADIUS, _half(before, corner), _half(corner, after))
        path.lineTo(_toward(corner, before, radius))
        path.quadTo(corner, _toward(corner, after, radius))
    path.lineTo(_toward(points[-1], points[-2], shorten_end))
    return path


def _half(start: QPointF, end: QPointF) -> float:
    return _distance(start, end) / 2


def _toward(start: QPointF, end: QPointF, length: float) -> QPointF:
    distance = _distance(start, end)
    return start + (end - start) * (length / distance) if distance else start


def _distance(start: QPointF, end: QPointF) -> float:
    offset = end - start
    return float(QPointF.dotProduct(offset, offset) ** 0.5)
