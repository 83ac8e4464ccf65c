"""Boxes, texts and ways as SVG, on whole pixels where that keeps lines sharp."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from app.report.markup import Markup, element, number
from app.session.look import geometry as g

Point = tuple[float, float]


def box(x: float, y: float, width: float, height: float, radius: float, classes: str) -> Markup:
    return element("rect", x=x, y=y, width=width, height=height, rx=radius, class_=classes)


def text(x: float, y: float, words: str, classes: str) -> Markup:
    return element("text", words, x=x, y=y, class_=classes) if words else Markup()


def straight(points: Sequence[Point]) -> str:
    return "M" + "L".join(at(point) for point in points)


def rounded(points: Sequence[Point]) -> str:
    """A way along straight pieces whose corners are a little round."""
    words = [f"M{at(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(g.ELBOW_RADIUS, length(before, corner) / 2, length(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        words.append(f"L{at(start)}Q{at(corner)} {at(end)}")
    return "".join([*words, f"L{at(points[-1])}"])


def at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def length(start: Point, end: Point) -> float:
    return hypot(end[0] - start[0], end[1] - start[1])


def direction(start: Point, end: Point) -> Point:
    """From one point to another, of length 1."""
    far = length(start, end) or 1.0
    return (end[0] - start[0]) / far, (end[1] - start[1]) / far


def _towards(start: Point, end: Point, far: float) -> Point:
    x, y = direction(start, end)
    return start[0] + x * far, start[1] + y * far
