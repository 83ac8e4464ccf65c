"""Reads boxes and routes from Graphviz's JSON output.

What is read are the drawing operations: they hold coordinates to a hundredth of a point, where the
attributes `pos` and `bb` round to five digits, which is ten pixels in a tall graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from graphviz_render.model import Box, LayoutError, Point, Route
from graphviz_render.problem import Placement, Problem

_LEFT_OUT = Route("tunnel", [])


def read_positions(answer: bytes, problem: Problem) -> Placement:
    """Return the placement in `answer`, the output of ``-Tjson`` for `problem_dot(problem)`.

    Sizes of nodes are the problem's.  An edge that was left out, or that Graphviz could not route,
    gets no points.  Raises `LayoutError` if the answer is not one or lacks a node.
    """
    try:
        drawing = json.loads(answer)
        return _placement(drawing, problem)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise LayoutError(
            f"Graphviz gave an answer that could not be read ({error}). "
            "Check that the program `dot` on the PATH is Graphviz."
        ) from error


def _placement(drawing: Mapping[str, Any], problem: Problem) -> Placement:
    left, bottom, right, top = (float(part) for part in drawing["bb"].split(","))
    flip = _Flip(left, _top(drawing, top))
    nodes: list[Box | None] = [None] * len(problem.widths)
    clusters: list[Box | None] = [None] * len(problem.parents)
    for thing in drawing.get("objects", ()):
        name = thing["name"]
        if name.startswith("cluster_"):
            if "_draw_" not in thing:  # no node in it
                continue
            clusters[int(name.removeprefix("cluster_"))] = flip.box(_corners(thing))
        else:
            node = int(name.removeprefix("n"))
            x, y = flip.box(_corners(thing)).center
            width, height = problem.widths[node], problem.heights[node]
            nodes[node] = Box(x - width / 2, y - height / 2, width, height)
    routes = [_LEFT_OUT] * len(problem.tails)
    for edge in drawing.get("edges", ()):
        if "_draw_" not in edge:  # Graphviz could not route it, which happens in large graphs
            continue
        routes[int(edge["id"])] = _route(edge, flip)
    placed = [box for box in nodes if box is not None]
    if len(placed) < len(nodes):
        raise ValueError(f"{len(nodes) - len(placed)} nodes are missing")
    return Placement(right - left, flip.y(bottom), placed, routes, clusters)


class _Flip:
    """Converts Graphviz's axes, y upwards, to ours."""

    def __init__(self, left: float, top: float) -> None:
        self._left = left
        self._top = top

    def y(self, y: float) -> float:
        return self._top - y

    def point(self, point: Iterable[float]) -> Point:
        x, y = point
        return x - self._left, self._top - y

    def box(self, corners: Iterable[Iterable[float]]) -> Box:
        points = [self.point(corner) for corner in corners]
        left, top = min(x for x, _ in points), min(y for _, y in points)
        right, bottom = max(x for x, _ in points), max(y for _, y in points)
        return Box(left, top, right - left, bottom - top)


def _top(drawing: Mapping[str, Any], rounded: float) -> float:
    """Return the upper border of the drawing from its background, more precisely than `bb`."""
    for operation in drawing.get("_draw_", ()):
        if operation["op"] in "pP":
            return float(max(point[1] for point in operation["points"]))
    return rounded


def _corners(thing: Mapping[str, Any]) -> Any:
    return next(operation["points"] for operation in thing["_draw_"] if operation["op"] in "pP")


def _route(edge: Mapping[str, Any], flip: _Flip) -> Route:
    curve = next(operation["points"] for operation in edge["_draw_"] if operation["op"] in "bB")
    points = [flip.point(point) for point in curve]
    label = None
    if "lp" in edge:
        x, y = edge["lp"].split(",")
        label = flip.point((float(x), float(y)))
    return Route("spline", points, label)
