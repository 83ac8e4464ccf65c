"""Helpers for points, routes and placements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphviz_render.model import Box, Direction, Point, Route
from graphviz_render.problem import Placement, Problem


def without_straight(points: Sequence[Point]) -> list[Point]:
    """Return only the corners: no duplicates, no point inside a straight piece along an axis."""
    corners: list[Point] = []
    for point in points:
        if corners and corners[-1] == point:
            continue
        while len(corners) > 1 and (
            corners[-2][0] == corners[-1][0] == point[0]
            or corners[-2][1] == corners[-1][1] == point[1]
        ):
            corners.pop()
        corners.append(point)
    return corners


_STUB = 14.0
"""The length of a tunnel's visible ends, in pixels."""
_STUB_AT = 0.8
"""The place of the stubs along a node's side: the middle is for lines that are drawn whole."""


def tunnel(tail: Box, head: Box, direction: Direction) -> Route:
    """Return the two stubs of an edge that is too long to be drawn at rest."""
    if direction == "LR":
        turned_ = tunnel(_turned_box(tail), _turned_box(head), "TB")
        return Route("tunnel", [(y, x) for x, y in turned_.points])
    (leaves, out), (enters, into) = (tail.bottom, _STUB), (head.y, -_STUB)
    if tail.y > head.y:
        (leaves, out), (enters, into) = (tail.y, -_STUB), (head.bottom, _STUB)
    x, end_x = tail.x + tail.width * _STUB_AT, head.x + head.width * _STUB_AT
    return Route(
        "tunnel", [(x, leaves), (x, leaves + out), (end_x, enters + into), (end_x, enters)]
    )


_PIECES = 12
"""The number of straight pieces that approximate a Bezier curve in calculations."""


def along(route: Route) -> list[Point]:
    """Return points on the line of a route, ends included."""
    if route.kind != "spline":
        return route.points
    points = route.points[:1]
    for first in range(0, len(route.points) - 3, 3):
        curve = route.points[first : first + 4]
        points += [_on_curve(curve, step / _PIECES) for step in range(1, _PIECES + 1)]
    return points


def _on_curve(curve: Sequence[Point], share: float) -> Point:
    rest = 1.0 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    return (
        sum([weight * x for weight, (x, _) in zip(weights, curve, strict=True)]),
        sum([weight * y for weight, (_, y) in zip(weights, curve, strict=True)]),
    )


def turned(placement: Placement) -> Placement:
    """Return the placement with its axes exchanged."""
    return Placement(
        placement.height,
        placement.width,
        [_turned_box(box) for box in placement.nodes],
        [
            Route(
                route.kind,
                [(y, x) for x, y in route.points],
                route.label and (route.label[1], route.label[0]),
            )
            for route in placement.routes
        ],
        [box and _turned_box(box) for box in placement.clusters],
    )


def turned_problem(problem: Problem) -> Problem:
    """Return the problem with its axes exchanged, sizes only."""
    return replace(
        problem,
        widths=problem.heights,
        heights=problem.widths,
        label_widths=problem.label_heights,
        label_heights=problem.label_widths,
    )


def _turned_box(box: Box) -> Box:
    return Box(box.y, box.x, box.height, box.width)
