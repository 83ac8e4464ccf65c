"""Keeps Graphviz, which cannot be given an earlier picture, to the order of nodes in that picture.

Graphviz orders a rank by where its walk along the edges meets the nodes, and then swaps nodes to
remove crossings.  So it is given nodes and edges from left to right as they were, and an answer
that is the mirror image is mirrored back.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import inf

from graphviz_render.model import Box, Point, Route
from graphviz_render.problem import Placement, Problem

_MOST_COMPARED = 40
"""The largest number of nodes of a rank that are compared with each other."""


def from_left_to_right(problem: Problem, nodes: Sequence[int]) -> list[int]:
    """Return `nodes` in their order in the earlier picture; new ones come last."""
    axis = 0 if problem.direction == "TB" else 1
    across = [inf if point is None else point[axis] for point in problem.before]
    if not across:
        return list(range(len(nodes)))
    return sorted(range(len(nodes)), key=lambda position: across[nodes[position]])


def facing_as_before(problem: Problem, placement: Placement) -> Placement:
    """Return the placement or its mirror image, whichever keeps more neighbours in order."""
    axis = 0 if problem.direction == "TB" else 1
    ranks: dict[float, list[tuple[float, float]]] = {}
    for box, point in zip(placement.nodes, problem.before, strict=True):
        if point is not None:
            depth = round(box.center[1 - axis])
            ranks.setdefault(depth, []).append((box.center[axis], point[axis]))
    balance = 0
    for rank in ranks.values():
        for (now, then), (other, before) in combinations(rank[:_MOST_COMPARED], 2):
            balance += 1 if (now - other) * (then - before) >= 0 else -1
    return placement if balance >= 0 else _mirrored(placement, upright=axis == 0)


def _mirrored(placement: Placement, *, upright: bool) -> Placement:
    width, height = placement.width, placement.height

    def point(of: Point) -> Point:
        return (width - of[0], of[1]) if upright else (of[0], height - of[1])

    def box(of: Box) -> Box:
        return of._replace(x=width - of.right) if upright else of._replace(y=height - of.bottom)

    return Placement(
        width,
        height,
        [box(of) for of in placement.nodes],
        [
            Route(of.kind, [point(at) for at in of.points], of.label and point(of.label))
            for of in placement.routes
        ],
        [of and box(of) for of in placement.clusters],
    )
