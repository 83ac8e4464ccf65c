"""How many lines cross in a picture: what one placement is worth against another."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

from graphviz_render.orthogonal import route_orthogonally
from graphviz_render.problem import Placement, Problem


def count_line_crossings(problem: Problem, placement: Placement) -> int:
    """Pairs of an upright and a level piece that cross, with every edge led orthogonally."""
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
