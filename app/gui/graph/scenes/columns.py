"""A graph that is higher than the window, broken into columns like lines of a text.

A long chain that is shown as a whole is so small that no name has room, while most of the window
stays empty.  In columns the order is down, then right; what goes on from one column to the next
runs down to the foot of the first, up between both, and down into the second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from graphviz_render import Box, Layout, Route

_READABLE: Final = 0.75
"""A graph that can be shown at this zoom stays as it is."""
_GAIN: Final = 1.2
"""How much larger columns must make a graph."""
_MOST_NODES: Final = 400
"""Larger graphs have no room for names in columns either."""
_MOST: Final = 6
_MOST_LINES: Final = 4
"""So many edges may go on from one column to the next."""
_LANE: Final = 10.0
_GUTTER: Final = 36.0
"""Between two columns, beside the lanes of edges."""
Point = tuple[float, float]


class _Column(NamedTuple):
    """The part of a layout from `top` to `bottom`, and how far it moves."""

    top: float
    bottom: float
    left: float
    right: float
    lines: int
    """Edges that go on to the next column."""

    @property
    def height(self) -> float:
        return self.bottom - self.top


def in_columns(layout: Layout, width: float, height: float) -> Layout:
    """Return a layout that fits a window of this size better, or the same one."""
    best = min(1.0, width / max(1.0, layout.width), height / max(1.0, layout.height))
    if best >= _READABLE or len(layout.nodes) > _MOST_NODES:
        return layout
    cuts = _cuts(layout)
    chosen: Sequence[_Column] = ()
    for count in range(2, min(_MOST, len(cuts) + 1) + 1):
        columns = _columns(layout, cuts, count)
        wide = sum(_width(column) for column in columns)
        high = max(column.height for column in columns) + 2 * _LANE * (_MOST_LINES + 1)
        zoom = min(1.0, width / wide, height / high)
        if zoom > best * (_GAIN if not chosen else 1.0):
            best, chosen = zoom, columns
    return _moved(layout, chosen) if chosen else layout


def _width(column: _Column) -> float:
    return column.right - column.left + _GUTTER + _LANE * column.lines


def _cuts(layout: Layout) -> list[tuple[float, int]]:
    """Return where a layout may be cut, between nodes and frames, and how many edges cross."""
    spans = sorted(
        (box.y, box.bottom) for box in (*layout.nodes.values(), *layout.clusters.values())
    )
    extents = [
        (min(y for _, y in route.points), max(y for _, y in route.points))
        for route in layout.edges.values()
        if route.kind != "tunnel"
    ]
    found: list[tuple[float, int]] = []
    bottom = spans[0][1] if spans else 0.0
    for top, end in spans:
        if top > bottom:
            at = (top + bottom) / 2
            lines = sum(start < at < stop for start, stop in extents)
            if lines <= _MOST_LINES:
                found.append((at, lines))
        bottom = max(bottom, end)
    return found


def _columns(layout: Layout, cuts: Sequence[tuple[float, int]], count: int) -> Sequence[_Column]:
    """Cut a layout into about so many columns, as equal in height as the cuts allow."""
    wanted = [layout.height * number / count for number in range(1, count)]
    chosen = sorted({min(cuts, key=lambda cut: abs(cut[0] - at)) for at in wanted})
    edges = [(0.0, 0), *chosen, (layout.height, 0)]
    boxes = [*layout.nodes.values(), *layout.clusters.values()]
    points = [point for route in layout.edges.values() for point in route.points]
    columns = []
    for (top, _), (bottom, lines) in pairwise(edges):
        inside = [box for box in boxes if top <= box.center[1] < bottom]
        along = [x for x, y in points if top <= y <= bottom]
        columns.append(
            _Column(
                min([box.y for box in inside], default=top),
                max([box.bottom for box in inside], default=bottom),
                min([*(box.x for box in inside), *along], default=0.0),
                max([*(box.right for box in inside), *along], default=0.0),
                lines,
            )
        )
    return columns


class _Move(NamedTuple):
    """How a column moves; edges that go on from it leave at `foot` and go up at `gutter`."""

    right: float
    down: float
    foot: float
    gutter: float
    ends: float
    """Where the column ended in the layout."""


def _moves(columns: Sequence[_Column]) -> list[_Move]:
    head = _LANE * (max(column.lines for column in columns) + 1)
    found, x = [], 0.0
    for column, after in zip(columns, [*columns[1:], None], strict=True):
        down = head - column.top
        wide = column.right - column.left
        ends = column.bottom if after is None else (column.bottom + after.top) / 2
        found.append(
            _Move(x - column.left, down, column.bottom + down + _LANE, x + wide + _GUTTER / 2, ends)
        )
        x += _width(column)
    return found


def _moved(layout: Layout, columns: Sequence[_Column]) -> Layout:
    moves = _moves(columns)
    ends = [move.ends for move in moves[:-1]]

    def box(of: Box) -> Box:
        move = moves[bisect_right(ends, of.center[1])]
        return of._replace(x=of.x + move.right, y=of.y + move.down)

    def point(of: Point) -> Point:
        move = moves[bisect_right(ends, of[1])]
        return of[0] + move.right, of[1] + move.down

    lanes = [0] * len(columns)

    def route(of: Route) -> Route:
        label = point(of.label) if of.label is not None else None
        if of.kind == "tunnel":
            return of._replace(points=[point(one) for one in of.points], label=label)
        return of._replace(points=list(_led(of.points, ends, moves, lanes)), label=label)

    last = columns[-1]
    return Layout(
        moves[-1].right + last.right,
        max(move.foot for move in moves) + _LANE * _MOST_LINES,
        {key: box(of) for key, of in layout.nodes.items()},
        {key: route(of) for key, of in layout.edges.items()},
        {key: box(of) for key, of in layout.clusters.items()},
    )


def _led(
    points: Sequence[Point], ends: Sequence[float], moves: Sequence[_Move], lanes: list[int]
) -> Iterator[Point]:
    """Yield the points of an edge, led around where it goes on from one column to the next."""
    before: Point | None = None
    for x, y in points:
        place = bisect_right(ends, y)
        if before is not None:
            at = bisect_right(ends, before[1])
            for number in range(at, place):
                share = (ends[number] - before[1]) / (y - before[1])
                across = before[0] + (x - before[0]) * share
                lane = _LANE * lanes[number]
                lanes[number] += 1
                move, after = moves[number], moves[number + 1]
                gutter, foot = move.gutter + lane, move.foot + lane
                head = _LANE + lane
                yield across + move.right, foot
                yield gutter, foot
                yield gutter, head
                yield across + after.right, head
        move = moves[place]
        yield x + move.right, y + move.down
        before = x, y
