"""What one placement is worth against another: edges that do not lead on, and lines that cross."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import NamedTuple

from graphviz_render.orthogonal import route_orthogonally
from graphviz_render.problem import Placement, Problem


class Faults(NamedTuple):
    """The fewer the better, the first before the second."""

    astray: int
    """Edges whose head does not lie below its tail (right of it, from left to right)."""
    crossings: int
    """Of lines, with every edge led orthogonally."""


def faults(problem: Problem, placement: Placement) -> Faults:
    return Faults(_count_astray(problem, placement), _count_crossings(problem, placement))


def _count_astray(problem: Problem, placement: Placement) -> int:
    boxes, upright = placement.nodes, problem.direction == "TB"
    return sum(
        tail != head
        and (boxes[head].y < boxes[tail].bottom if upright else boxes[head].x < boxes[tail].right)
        for tail, head in zip(problem.tails, problem.heads, strict=True)
    )


def _count_crossings(problem: Problem, placement: Placement) -> int:
    uprights: list[tuple[float, float, float]] = []
    levels: list[tuple[float, float, float]] = []
    for route in route_orthogonally(problem, placement).routes:
        for (x, y), (next_x, next_y) in pairwise(route.points):
            if x == next_x:
                uprights.append((x, min(y, next_y), max(y, next_y)))
            elif y == next_y:
                levels.append((y, min(x, next_x), max(x, next_x)))
    uprights.sort()
    places = [x for x, _, _ in uprights]
    return sum(
        top < y < bottom
        for y, left, right in levels
        for _, top, bottom in uprights[bisect_right(places, left) : bisect_left(places, right)]
    )
