"""Shrinks the frames of clusters to their contents."""

from __future__ import annotations

from collections.abc import Iterable

from graphviz_render.geometry import along
from graphviz_render.model import Box, Point
from graphviz_render.problem import (
    OUTSIDE,
    Placement,
    Problem,
    clusters_around,
    innermost_first,
)


def fit_frames(problem: Problem, placement: Placement) -> None:
    """Shrink each frame to its margin and header around its nodes, inner frames and edges.

    Graphviz is asked for wider margins than those, or frames side by side would nearly touch.
    """
    if not problem.parents:
        return
    contents: list[list[Point]] = [[] for _ in problem.parents]
    for node, cluster in enumerate(problem.cluster_of):
        if cluster != OUTSIDE:
            contents[cluster] += _corners(placement.nodes[node])
    for edge, route in enumerate(placement.routes):
        cluster = _common(problem, problem.tails[edge], problem.heads[edge])
        if cluster != OUTSIDE and route.points:
            contents[cluster] += along(route)
            if route.label is not None:
                (x, y), width = route.label, problem.label_widths[edge]
                height = problem.label_heights[edge]
                contents[cluster] += _corners(Box(x - width / 2, y - height / 2, width, height))
    for cluster in innermost_first(problem.parents):
        frame = placement.clusters[cluster]
        if frame is not None and contents[cluster]:
            fitted = _within(frame, _framed(problem, cluster, contents[cluster]))
            placement.clusters[cluster] = fitted
            if problem.parents[cluster] != OUTSIDE:
                contents[problem.parents[cluster]] += _corners(fitted)


def _framed(problem: Problem, cluster: int, points: Iterable[Point]) -> Box:
    across, down = zip(*points, strict=True)
    margin, header = problem.margins[cluster], problem.headers[cluster]
    left, top = min(across) - margin, min(down) - margin - header
    return Box(left, top, max(across) + margin - left, max(down) + margin - top)


def _within(outer: Box, inner: Box) -> Box:
    left, top = max(outer.x, inner.x), max(outer.y, inner.y)
    right, bottom = min(outer.right, inner.right), min(outer.bottom, inner.bottom)
    return Box(left, top, right - left, bottom - top)


def _corners(box: Box) -> list[Point]:
    return [(box.x, box.y), (box.right, box.bottom)]


def _common(problem: Problem, tail: int, head: int) -> int:
    """Return the innermost cluster around both ends of an edge."""
    around = set(clusters_around(problem, tail))
    both = (cluster for cluster in clusters_around(problem, head) if cluster in around)
    return next(both, OUTSIDE)
