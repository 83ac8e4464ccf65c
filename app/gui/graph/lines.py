"""The lines of edges: from the routes of a layout to points on whole pixels and to paths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from app.session.look import geometry as g
from graphviz_render import Route

_CURVE_STEPS: Final = 6


def corners(route: Route, source: QRectF, target: QRectF) -> tuple[QPointF, ...]:
    """The corners of a route between two placed nodes; of curves, points that make a smooth line.

    Upright and level pieces stay so, on whole pixels, and end at the nodes' borders.
    """
    if route.kind == "spline":
        return _flattened([QPointF(x, y) for x, y in route.points])
    points = [QPointF(round(x), round(y)) for x, y in route.points]
    if points[0].x() == points[1].x() and points[0].y() < points[-1].y():
        points[0].setY(source.bottom())
    elif points[0].y() == points[1].y() and points[0].x() < points[-1].x():
        points[0].setX(source.right())
    if points[-1].x() == points[-2].x() and points[0].y() < points[-1].y():
        points[-1].setY(target.top())
    elif points[-1].y() == points[-2].y() and points[0].x() < points[-1].x():
        points[-1].setX(target.left())
    return tuple(points)


def _flattened(points: list[QPointF]) -> tuple[QPointF, ...]:
    """Joined cubic Bezier curves as short straight pieces."""
    flat = points[:1]
    for start in range(0, len(points) - 3, 3):
        curve = points[start : start + 4]
        flat += [_on_curve(curve, step / _CURVE_STEPS) for step in range(1, _CURVE_STEPS + 1)]
    return tuple(flat)


def _on_curve(curve: Sequence[QPointF], t: float) -> QPointF:
    """The point at `t` of a cubic Bezier curve."""
    s = 1 - t
    a, b, c, d = curve
    return a * (s * s * s) + b * (3 * s * s * t) + c * (3 * s * t * t) + d * (t * t * t)


def line_path(points: Sequence[QPointF], *, tunnel: bool, shorten_end: float) -> QPainterPath:
    """What is drawn of an edge: all of it, or the two stubs of a tunnel."""
    if not tunnel:
        return rounded_path(points, shorten_end)
    path = rounded_path(points[:2])
    path.addPath(rounded_path(points[-2:], shorten_end))
    return path


def rounded_path(points: Sequence[QPointF], shorten_end: float = 0.0) -> QPainterPath:
    """A path through `points` with round corners, ending `shorten_end` before the last one."""
    path = QPainterPath(points[0])
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        radius = min(g.ELBOW_RADIUS, _distance(before, corner) / 2, _distance(corner, after) / 2)
        path.lineTo(_toward(corner, before, radius))
        path.quadTo(corner, _toward(corner, after, radius))
    path.lineTo(_toward(points[-1], points[-2], shorten_end))
    return path


def _toward(start: QPointF, end: QPointF, length: float) -> QPointF:
    distance = _distance(start, end)
    return start + (end - start) * (length / distance) if distance else start


def _distance(start: QPointF, end: QPointF) -> float:
    return hypot(end.x() - start.x(), end.y() - start.y())
