"""Turns lines and rows into boxes and routes: depths of rows, frames, and routes of edges."""

from __future__ import annotations

from typing import NamedTuple

from graphviz_render.geometry import without_straight
from graphviz_render.layered.axes import Axes
from graphviz_render.layered.ranking import Ranking
from graphviz_render.layered.rows import BORDER, LANE, LANE_GAP, LOOP, Rows
from graphviz_render.model import Point, Route
from graphviz_render.problem import OUTSIDE, Placement, Problem, innermost_first


def draw(
    problem: Problem, axes: Axes, ranking: Ranking, rows: Rows, lines: list[float]
) -> Placement:
    """Return the placement, with (0, 0) at the top left.  Edges left out before get no points."""
    thick = [max([rows.deep[item] for item in row], default=0.0) for row in rows.rows]
    middles = _row_middles(problem, axes, rows, thick)
    nodes = [
        _Span(
            line - across / 2, line + across / 2, middles[row] - deep / 2, middles[row] + deep / 2
        )
        for line, across, deep, row in zip(lines, axes.across, axes.deep, rows.row_of, strict=False)
    ]
    clusters = _frame_clusters(problem, axes, rows, lines, middles, nodes)
    extent = _extent(problem, rows, lines, nodes, clusters)
    nodes = [span.moved(extent) for span in nodes]
    router = _Router(
        axes,
        ranking,
        rows,
        [line - extent.left for line in lines],
        [middle - extent.top for middle in middles],
        thick,
        nodes,
    )
    size = axes.point(extent.right - extent.left, extent.bottom - extent.top)
    boxes = [axes.box(*span.corner_and_size()) for span in nodes]
    routes = [router.route(edge) for edge in range(len(problem.tails))]
    frames = [span and axes.box(*span.moved(extent).corner_and_size()) for span in clusters]
    return Placement(*size, boxes, routes, frames)


def _extent(
    problem: Problem,
    rows: Rows,
    lines: list[float],
    nodes: list[_Span],
    clusters: list[_Span | None],
) -> _Span:
    """Return the rectangle around all nodes, frames, lanes, labels and loops."""
    gap = problem.node_gap / 2
    rights = [line + rows.rights[item] - gap for item, line in enumerate(lines[: len(nodes)])]
    rights += [
        line + rows.rights[item] - LANE_GAP / 2
        for item, line in enumerate(lines)
        if rows.kinds[item] == LANE
    ]
    spans = nodes + [span for span in clusters if span is not None]
    return _Span(
        min(min([span.left for span in spans]), min(lines)),
        max(max([span.right for span in spans]), max(rights)),
        min([span.top for span in spans]),
        max([span.bottom for span in spans]),
    )


class _Span(NamedTuple):
    """A rectangle in the engine's own axes."""

    left: float
    right: float
    top: float
    bottom: float

    def corner_and_size(self) -> tuple[float, float, float, float]:
        return self.left, self.top, self.right - self.left, self.bottom - self.top

    def moved(self, origin: _Span) -> _Span:
        return _Span(
            self.left - origin.left,
            self.right - origin.left,
            self.top - origin.top,
            self.bottom - origin.top,
        )

    def around(self, other: _Span | None) -> _Span:
        if other is None:
            return self
        return _Span(
            min(self.left, other.left),
            max(self.right, other.right),
            min(self.top, other.top),
            max(self.bottom, other.bottom),
        )


# ------------------------------------------------------------------------------------------- rows


def _row_middles(problem: Problem, axes: Axes, rows: Rows, thick: list[float]) -> list[float]:
    """Depth of each row's middle.

    Between rows there is the rank gap, half of it on either side of a row of labels, and the room
    for the borders and headers of clusters that end or begin there.  A row with nothing in it
    takes no room.
    """
    before, after = _room_for_frames(problem, axes, rows)
    depth, middles = 0.0, []
    for row, height in enumerate(thick):
        if row:
            depth += after[row - 1] + before[row]
        if row and rows.rows[row]:
            beside_labels = rows.is_label_row[row] or rows.is_label_row[row - 1]
            depth += problem.rank_gap * (0.5 if beside_labels else 1.0)
        middles.append(depth + height / 2)
        depth += height
    return middles


def _room_for_frames(problem: Problem, axes: Axes, rows: Rows) -> tuple[list[float], list[float]]:
    """Return the room before and after each row, summed for nested clusters that begin together."""
    before, after = [0.0] * len(rows.rows), [0.0] * len(rows.rows)
    for cluster, span in enumerate(rows.spans):
        if span is None:
            continue
        above = below = 0.0
        outer = cluster
        while outer != OUTSIDE:
            around = rows.spans[outer] or span
            above += axes.insets[outer].before if around[0] == span[0] else 0.0
            below += axes.insets[outer].after if around[1] == span[1] else 0.0
            outer = problem.parents[outer]
        before[span[0]] = max(before[span[0]], above)
        after[span[1]] = max(after[span[1]], below)
    return before, after


# --------------------------------------------------------------------------------------- clusters


def _frame_clusters(
    problem: Problem,
    axes: Axes,
    rows: Rows,
    lines: list[float],
    middles: list[float],
    nodes: list[_Span],
) -> list[_Span | None]:
    """Return frames close around their contents: nodes, lanes with labels, other frames."""
    contents: list[_Span | None] = [None] * len(problem.parents)
    for item, home in enumerate(rows.cluster_of):
        if home == OUTSIDE or rows.kinds[item] == BORDER:
            continue
        if item < len(nodes):
            reach = rows.rights[item] - problem.node_gap / 2  # a loop and its label included
            span = nodes[item]._replace(right=lines[item] + reach)
        else:
            line, depth = lines[item], middles[rows.row_of[item]]
            reach = rows.rights[item] - LANE_GAP / 2
            span = _Span(line, line + reach, depth, depth)
        contents[home] = span.around(contents[home])
    for cluster in innermost_first(problem.parents):
        inside, inset = contents[cluster], axes.insets[cluster]
        if inside is not None:
            framed = _Span(
                inside.left - inset.left,
                inside.right + inset.right,
                inside.top - inset.before,
                inside.bottom + inset.after,
            )
            contents[cluster] = framed
            parent = problem.parents[cluster]
            if parent != OUTSIDE:
                contents[parent] = framed.around(contents[parent])
    return contents


# ----------------------------------------------------------------------------------------- routes


class _Router:
    """Leads edges along their lanes: upright through rows, at any angle between them."""

    def __init__(
        self,
        axes: Axes,
        ranking: Ranking,
        rows: Rows,
        lines: list[float],
        middles: list[float],
        thick: list[float],
        nodes: list[_Span],
    ) -> None:
        self._axes = axes
        self._ranking = ranking
        self._rows = rows
        self._lines = lines
        self._tops = [middle - height / 2 for middle, height in zip(middles, thick, strict=True)]
        self._bottoms = [middle + height / 2 for middle, height in zip(middles, thick, strict=True)]
        self._nodes = nodes
        self._loops: dict[int, float] = {}
        """The extent of each node's loops so far."""

    def route(self, edge: int) -> Route:
        chain = self._rows.chains[edge]
        top, bottom = self._ranking.tops[edge], self._ranking.bottoms[edge]
        if top == bottom:
            return self._loop(top, edge)
        if chain is None:
            return Route("tunnel", [])
        points = self._along(chain)
        label = self._rows.labels[edge]
        if self._ranking.flipped[edge]:
            points.reverse()
        middle = None if label is None else self._label(label, edge)
        return Route("polyline", [self._axes.point(*point) for point in points], middle)

    def _along(self, chain: list[int]) -> list[Point]:
        """Return the points from the upper end to the lower; slants begin at borders of rows."""
        lines, row_of = self._lines, self._rows.row_of
        first, last = chain[0], chain[-1]
        points = [(lines[first], self._nodes[first].bottom)]
        points.append((lines[first], self._bottoms[row_of[first]]))
        for item in chain[1:-1]:
            points.append((lines[item], self._tops[row_of[item]]))
            points.append((lines[item], self._bottoms[row_of[item]]))
        points.append((lines[last], self._tops[row_of[last]]))
        points.append((lines[last], self._nodes[last].top))
        return without_straight(points)

    def _loop(self, node: int, edge: int) -> Route:
        """Return a loop that leaves a node at its side and returns below, around earlier loops."""
        span, width = self._nodes[node], self._axes.labels_across[edge]
        outer = span.right + self._loops.get(node, 0.0) + LOOP
        self._loops[node] = outer + width - span.right
        quarter = (span.bottom - span.top) / 4
        high, low = span.top + quarter, span.bottom - quarter
        points = [(span.right, high), (outer, high), (outer, low), (span.right, low)]
        label = self._axes.point(outer + width / 2, (high + low) / 2) if width else None
        return Route("polyline", [self._axes.point(*point) for point in points], label)

    def _label(self, item: int, edge: int) -> Point:
        row = self._rows.row_of[item]
        middle = (self._tops[row] + self._bottoms[row]) / 2
        across = self._lines[item] + self._axes.labels_across[edge] / 2
        return self._axes.point(across, middle)
