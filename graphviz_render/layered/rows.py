"""The ranked graph as rows of items, every link from a row to the next.

An item is a node, a *lane* that leads an edge through a row, or a *border* of a cluster.  Where an
edge has a label, a row between its ranks holds a lane that is as wide as the label.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from graphviz_render.layered.axes import Axes
from graphviz_render.layered.ranking import Ranking
from graphviz_render.problem import OUTSIDE, Problem

NODE: Final = 0
LANE: Final = 1
BORDER: Final = 2

LANE_GAP: Final = 12.0
"""Pixels between two lanes."""


@dataclass(slots=True)
class Rows:
    """Items in columns; those numbered below the count of nodes are the nodes.

    `lefts` and `rights` are an item's reach from its line to either side, half the gap to the next
    item included.  `chains` holds for each edge its items from top to bottom, None where it is a
    loop or left out; `labels` the lane that holds its label.
    """

    rows: list[list[int]] = field(default_factory=list)
    is_label_row: list[bool] = field(default_factory=list)
    row_of: list[int] = field(default_factory=list)
    kinds: bytearray = field(default_factory=bytearray)
    lefts: list[float] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)
    deep: list[float] = field(default_factory=list)
    cluster_of: list[int] = field(default_factory=list)
    ups: list[list[int]] = field(default_factory=list)
    downs: list[list[int]] = field(default_factory=list)
    chains: list[list[int] | None] = field(default_factory=list)
    labels: list[int | None] = field(default_factory=list)
    spans: list[tuple[int, int] | None] = field(default_factory=list)
    """For each cluster its first and last row, None where it holds no node."""
    borders: list[list[tuple[int, int]]] = field(default_factory=list)
    """For each cluster its two border items in each row of its span."""

    def add(self, kind: int, row: int, left: float, right: float, deep: float, home: int) -> int:
        """Add an item without links at the end of its row; return its number."""
        item = len(self.row_of)
        self.row_of.append(row)
        self.kinds.append(kind)
        self.lefts.append(left)
        self.rights.append(right)
        self.deep.append(deep)
        self.cluster_of.append(home)
        self.ups.append([])
        self.downs.append([])
        self.rows[row].append(item)
        return item

    def link(self, upper: int, lower: int) -> None:
        self.downs[upper].append(lower)
        self.ups[lower].append(upper)


def make_rows(problem: Problem, axes: Axes, ranking: Ranking) -> Rows:
    """Return the rows, in no particular order yet."""
    rows = Rows()
    row_of_rank = _number_rows(problem, ranking, rows)
    gap = problem.node_gap / 2
    loops = _room_for_loops(problem, axes)
    for node, rank in enumerate(ranking.ranks):
        half = axes.across[node] / 2 + gap
        home = problem.cluster_of[node]
        rows.add(NODE, row_of_rank[rank], half, half + loops.get(node, 0.0), axes.deep[node], home)
    rows.spans = _spans(problem, rows)
    for edge in range(len(problem.tails)):
        _thread(edge, problem, axes, ranking, rows)
    for cluster, span in enumerate(rows.spans):
        rows.borders.append(_borders(cluster, span, axes, gap, rows))
    return rows


def _borders(
    cluster: int, span: tuple[int, int] | None, axes: Axes, gap: float, rows: Rows
) -> list[tuple[int, int]]:
    """Two items in each row of a cluster, linked downwards.

    A node inside keeps `gap` by itself, so that a border adds what the margin is more than that.
    """
    borders: list[tuple[int, int]] = []
    inset = axes.insets[cluster]
    for row in range(span[0], span[1] + 1) if span else ():
        left = rows.add(BORDER, row, gap, max(0.0, inset.left - gap), 0.0, cluster)
        right = rows.add(BORDER, row, max(0.0, inset.right - gap), gap, 0.0, cluster)
        if borders:
            rows.link(borders[-1][0], left)
            rows.link(borders[-1][1], right)
        borders.append((left, right))
    return borders


LOOP: Final = 20.0
"""Pixels by which a loop extends beyond its node."""


def _room_for_loops(problem: Problem, axes: Axes) -> dict[int, float]:
    """Return the room right of nodes with edges to themselves, in pixels."""
    room: dict[int, float] = {}
    for edge, (tail, head) in enumerate(zip(problem.tails, problem.heads, strict=True)):
        if tail == head:
            room[tail] = room.get(tail, 0.0) + LOOP + axes.labels_across[edge]
    return room


def _number_rows(problem: Problem, ranking: Ranking, rows: Rows) -> list[int]:
    """Make the rows; return the row of each rank.  A gap with a label gets a row of its own."""
    ranks = ranking.ranks
    with_label = {
        ranks[ranking.tops[edge]]
        for edge, width in enumerate(problem.label_widths)
        if width and edge not in ranking.left_out and ranking.tops[edge] != ranking.bottoms[edge]
    }
    row_of_rank = []
    for rank in range(max(ranks) + 1):
        row_of_rank.append(len(rows.is_label_row))
        rows.is_label_row.append(False)
        if rank in with_label:
            rows.is_label_row.append(True)
    rows.rows = [[] for _ in rows.is_label_row]
    return row_of_rank


def _spans(problem: Problem, rows: Rows) -> list[tuple[int, int] | None]:
    spans: list[tuple[int, int] | None] = [None] * len(problem.parents)
    for node, home in enumerate(problem.cluster_of):
        row = rows.row_of[node]
        while home != OUTSIDE:
            first, last = spans[home] or (row, row)
            spans[home] = (min(first, row), max(last, row))
            home = problem.parents[home]
    return spans


def _thread(edge: int, problem: Problem, axes: Axes, ranking: Ranking, rows: Rows) -> None:
    """Link an edge's ends by lanes through the rows between them."""
    top, bottom = ranking.tops[edge], ranking.bottoms[edge]
    label = None
    chain = None
    if top != bottom and edge not in ranking.left_out:
        first, last = rows.row_of[top] + 1, rows.row_of[bottom]
        width = axes.labels_across[edge]
        chain = [top]
        half = LANE_GAP / 2
        home = OUTSIDE
        for row in range(first, last):
            if problem.parents:
                home = _home(row, top, bottom, problem, rows)
            if row == first and width:
                label = item = rows.add(LANE, row, half, half + width, axes.labels_deep[edge], home)
            else:
                item = rows.add(LANE, row, half, half, 0.0, home)
            rows.link(chain[-1], item)
            chain.append(item)
        rows.link(chain[-1], bottom)
        chain.append(bottom)
    rows.chains.append(chain)
    rows.labels.append(label)


def _home(row: int, top: int, bottom: int, problem: Problem, rows: Rows) -> int:
    """The innermost cluster around either end that reaches to this row: a lane enters a frame by
    its upper border and leaves it by its lower one, where it can."""
    for end in (bottom, top):
        cluster = problem.cluster_of[end]
        while cluster != OUTSIDE:
            span = rows.spans[cluster]
            if span is not None and span[0] <= row <= span[1]:
                return cluster
            cluster = problem.parents[cluster]
    return OUTSIDE
