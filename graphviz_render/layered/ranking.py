"""Which rank each node lies on: below all that leads to it, and close to what it is for.

Longest path from the sources, then one pass from the end that pulls nodes down to their first
consumer where that shortens more than it lengthens: a parameter lies just above the operation that
uses it and not at the top.  Every step is linear in nodes and edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from graphviz_render.problem import OUTSIDE, Problem, clusters_around

LONGEST_SPAN: Final = 24
"""An edge over more ranks is left out of the layout: such edges are what makes layouts slow."""
_LONELY: Final = 12
"""More nodes without any edge than these are set in a block and not in one row."""


@dataclass(slots=True)
class Ranking:
    """`tops` and `bottoms` are an edge's ends as it runs down: swapped where it is `flipped`.

    `left_out` holds the edges that are too long.  Loops from a node to itself are like other edges,
    with the same node at both ends.
    """

    ranks: list[int]
    tops: list[int]
    bottoms: list[int]
    flipped: bytearray
    left_out: set[int]


def rank(problem: Problem) -> Ranking:
    """Ranks from 0 down; each edge spans at least its `minlen`."""
    count = len(problem.widths)
    tops, bottoms = problem.tails[:], problem.heads[:]
    flipped = bytearray(len(tops))
    outgoing = _outgoing(count, tops, bottoms)
    order = _topological(count, outgoing, bottoms)
    if len(order) < count:
        for edge in _closing_circles(count, outgoing, bottoms):
            flipped[edge] = 1
            tops[edge], bottoms[edge] = bottoms[edge], tops[edge]
        outgoing = _outgoing(count, tops, bottoms)
        order = _topological(count, outgoing, bottoms)
    ranks = _longest_path([0] * count, order, outgoing, bottoms, problem.minlens)
    _pull_down(problem, ranks, order, outgoing, bottoms)
    if problem.parents:
        floors = _floors(problem, ranks, tops, bottoms)
        ranks = _longest_path(floors, order, outgoing, bottoms, problem.minlens)
        _pull_down(problem, ranks, order, outgoing, bottoms)
    _fold_lonely(problem, ranks, outgoing, bottoms)
    lowest = min(ranks, default=0)
    ranks = [rank - lowest for rank in ranks]
    left_out = {
        edge
        for edge, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
        if ranks[bottom] - ranks[top] > max(LONGEST_SPAN, problem.minlens[edge])
    }
    return Ranking(ranks, tops, bottoms, flipped, left_out)


def _outgoing(count: int, tops: list[int], bottoms: list[int]) -> list[list[int]]:
    """The edges that leave each node, without loops."""
    outgoing: list[list[int]] = [[] for _ in range(count)]
    for edge, top in enumerate(tops):
        if top != bottoms[edge]:
            outgoing[top].append(edge)
    return outgoing


def _topological(count: int, outgoing: list[list[int]], bottoms: list[int]) -> list[int]:
    """Nodes with all that leads to them first; those on or below a circle are missing."""
    waiting = [0] * count
    for edges in outgoing:
        for edge in edges:
            waiting[bottoms[edge]] += 1
    order = [node for node in range(count) if not waiting[node]]
    for node in order:  # grows while it is walked through
        for edge in outgoing[node]:
            bottom = bottoms[edge]
            waiting[bottom] -= 1
            if not waiting[bottom]:
                order.append(bottom)
    return order


def _closing_circles(count: int, outgoing: list[list[int]], bottoms: list[int]) -> list[int]:
    """The edges that lead back to a node that a depth-first walk has not finished."""
    unseen, open_, done = 0, 1, 2
    state = bytearray(count)
    closing: list[int] = []
    for root in range(count):
        if state[root] != unseen:
            continue
        state[root] = open_
        trail = [(root, iter(outgoing[root]))]
        while trail:
            node, edges = trail[-1]
            edge = next(edges, None)
            if edge is None:
                state[node] = done
                trail.pop()
            elif state[bottoms[edge]] == open_:
                closing.append(edge)
            elif state[bottoms[edge]] == unseen:
                state[bottoms[edge]] = open_
                trail.append((bottoms[edge], iter(outgoing[bottoms[edge]])))
    return closing


def _longest_path(
    floors: list[int],
    order: list[int],
    outgoing: list[list[int]],
    bottoms: list[int],
    minlens: list[int],
) -> list[int]:
    """The highest ranks at or below `floors` that every edge allows."""
    ranks = floors[:]
    for node in order:
        here = ranks[node]
        for edge in outgoing[node]:
            least = here + minlens[edge]
            if ranks[bottoms[edge]] < least:
                ranks[bottoms[edge]] = least
    return ranks


def _pull_down(
    problem: Problem,
    ranks: list[int],
    order: list[int],
    outgoing: list[list[int]],
    bottoms: list[int],
) -> None:
    """Move nodes to just above their first consumer.

    What holds a node up is the weight of the edges that enter it, but for those from a node that
    leads nowhere else and is not held itself: that one will follow.
    """
    held = [0.0] * len(ranks)
    for node in order:
        follows = not held[node] and len(outgoing[node]) == 1
        for edge in outgoing[node]:
            if not follows:
                held[bottoms[edge]] += problem.weights[edge] or 1e-9
    for node in reversed(order):
        edges = outgoing[node]
        if not edges or sum([problem.weights[edge] for edge in edges]) <= held[node]:
            continue
        lowest = min([ranks[bottoms[edge]] - problem.minlens[edge] for edge in edges])
        if lowest > ranks[node] and _may_leave(problem, node, bottoms[edges[0]]):
            ranks[node] = lowest


def _may_leave(problem: Problem, node: int, consumer: int) -> bool:
    """Whether the node's cluster holds the consumer too: else pulling would stretch its axes."""
    home = problem.cluster_of[node]
    return home == OUTSIDE or home in clusters_around(problem, consumer)


def _floors(problem: Problem, ranks: list[int], tops: list[int], bottoms: list[int]) -> list[int]:
    """For each node the rank where its cluster begins, so that what has no input lies there too.

    A cluster begins where the first edge enters it, or else with the first of its nodes that has
    any edge.
    """
    entries: dict[int, int] = {}
    firsts: dict[int, int] = {}
    for top, bottom in zip(tops, bottoms, strict=True):
        outer = set(clusters_around(problem, top))
        for cluster in clusters_around(problem, bottom):
            firsts[cluster] = min(firsts.get(cluster, ranks[bottom]), ranks[bottom])
            if cluster not in outer:
                entries[cluster] = min(entries.get(cluster, ranks[bottom]), ranks[bottom])
        for cluster in outer:
            firsts[cluster] = min(firsts.get(cluster, ranks[top]), ranks[top])
    begins = firsts | entries
    return [
        max((begins.get(cluster, 0) for cluster in clusters_around(problem, node)), default=0)
        for node in range(len(ranks))
    ]


def _fold_lonely(
    problem: Problem, ranks: list[int], outgoing: list[list[int]], bottoms: list[int]
) -> None:
    """Set nodes without edges in rows of a block that is about as wide as high."""
    entered = bytearray(len(ranks))
    for edges in outgoing:
        for edge in edges:
            entered[bottoms[edge]] = 1
    lonely = [
        node
        for node, edges in enumerate(outgoing)
        if not edges and not entered[node] and problem.cluster_of[node] == OUTSIDE
    ]
    if len(lonely) > _LONELY:
        columns = ceil(sqrt(len(lonely)))
        for place, node in enumerate(lonely):
            ranks[node] = place // columns
