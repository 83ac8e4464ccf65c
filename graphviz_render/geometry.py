"""Small things about points and placements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphviz_render.model import Box, Point, Route
from graphviz_render.problem import Placement, Problem


def without_straight(points: Sequence[Point]) -> list[Point]:
    """The corners alone: no point twice, none within a straight piece along an axis."""
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


def at_origin(placement: Placement, problem: Problem) -> Placement:
    """The placement moved so that all of it lies from (0, 0) to (width, height)."""
    corners = list(_corners(placement, problem))
    left, top = min([x for x, _ in corners]), min([y for _, y in corners])
    right, bottom = max([x for x, _ in corners]), max([y for _, y in corners])
    return Placement(
        right - left,
        bottom - top,
        [_moved(box, left, top) for box in placement.nodes],
        [_moved_route(route, left, top) for route in placement.routes],
        [box and _moved(box, left, top) for box in placement.clusters],
    )


def _corners(placement: Placement, problem: Problem) -> Iterator[Point]:
    for box in (*placement.nodes, *placement.clusters):
        if box is not None:
            yield box.x, box.y
            yield box.right, box.bottom
    for edge, route in enumerate(placement.routes):
        yield from route.points
        if route.label is not None:
            x, y = route.label
            width, height = problem.label_widths[edge], problem.label_heights[edge]
            yield x - width / 2, y - height / 2
            yield x + width / 2, y + height / 2


def _moved(box: Box, left: float, top: float) -> Box:
    return Box(box.x - left, box.y - top, box.width, box.height)


def _moved_route(route: Route, left: float, top: float) -> Route:
    points = [(x - left, y - top) for x, y in route.points]
    label = route.label and (route.label[0] - left, route.label[1] - top)
    return Route(route.kind, points, label)
