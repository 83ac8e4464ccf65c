"""The routes of edges: from a layout to points on whole pixels and to paths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from typing import Final, NamedTuple

from app.session.look import geometry as g
from app.session.look.glyphs import Command, Path
from graphviz_render import Box, Route

Point = tuple[float, float]
_CURVE_STEPS: Final = 6


class DrawnRoute(NamedTuple):
    """`points` are the corners from the producer to the consumer; `path` rounds them.

    An edge that is too long to be drawn at rest is a *tunnel*: only its first and its last piece
    are on the path.
    """

    points: tuple[Point, ...]
    path: Path
    is_tunnel: bool = False

    @property
    def pieces(self) -> list[tuple[Point, Point]]:
        """The straight pieces that are drawn."""
        pieces = list(pairwise(self.points))
        return [pieces[0], pieces[-1]] if self.is_tunnel else pieces

    @property
    def bounds(self) -> Box:
        xs, ys = zip(*self.points, strict=True)
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def drawn_route(
    points: tuple[Point, ...], *, is_tunnel: bool, shorten_end: float = 0.0
) -> DrawnRoute:
    """Return the route along `points`; its path ends `shorten_end` before the last one."""
    if not is_tunnel:
        return DrawnRoute(points, rounded(points, shorten_end))
    return DrawnRoute(points, (*rounded(points[:2]), *rounded(points[-2:], shorten_end)), is_tunnel)


def corners(route: Route, source: Box, target: Box) -> tuple[Point, ...]:
    """Return the corners of a route between two placed nodes; a curve becomes many short pieces.

    Upright and level pieces stay upright and level, on whole pixels, and end at the nodes' borders.
    """
    if route.kind == "spline":
        return _flattened(route.points)
    points = [(float(round(x)), float(round(y))) for x, y in route.points]
    (x, y), after, before, (last_x, last_y) = points[0], points[1], points[-2], points[-1]
    if x == after[0] and y < last_y:
        points[0] = x, source.bottom
    elif y == after[1] and x < last_x:
        points[0] = source.right, y
    if last_x == before[0] and y < last_y:
        points[-1] = last_x, target.y
    elif last_y == before[1] and x < last_x:
        points[-1] = target.x, last_y
    return tuple(points)


def _flattened(points: Sequence[Point]) -> tuple[Point, ...]:
    """Turn joined cubic Bezier curves into short straight pieces."""
    flat = list(points[:1])
    for start in range(0, len(points) - 3, 3):
        curve = points[start : start + 4]
        flat += [_on_curve(curve, step / _CURVE_STEPS) for step in range(1, _CURVE_STEPS + 1)]
    return tuple(flat)


def _on_curve(curve: Sequence[Point], t: float) -> Point:
    """Return the point at `t` of a cubic Bezier curve."""
    s = 1 - t
    parts = zip((s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t), curve, strict=True)
    weighed = [(weight * x, weight * y) for weight, (x, y) in parts]
    return sum(x for x, _ in weighed), sum(y for _, y in weighed)


def straight(points: Sequence[Point]) -> Path:
    return (("M", points[0]), *(("L", point) for point in points[1:]))


def rounded(points: Sequence[Point], shorten_end: float = 0.0) -> Path:
    """Return a path along `points` with round corners, ending `shorten_end` before the last one."""
    path: list[Command] = [("M", points[0])]
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        radius = min(g.ELBOW_RADIUS, distance(before, corner) / 2, distance(corner, after) / 2)
        path.append(("L", _toward(corner, before, radius)))
        path.append(("Q", (*corner, *_toward(corner, after, radius))))
    path.append(("L", _toward(points[-1], points[-2], shorten_end)))
    return tuple(path)


def distance(start: Point, end: Point) -> float:
    return hypot(end[0] - start[0], end[1] - start[1])


def _toward(start: Point, end: Point, length: float) -> Point:
    whole = distance(start, end)
    share = length / whole if whole else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
