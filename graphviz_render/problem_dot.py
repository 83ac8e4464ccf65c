"""A layout problem as DOT: fixed sizes, and empty text where room for text is to be kept.

Nodes are ``n<i>`` and clusters ``cluster_<i>``, so that nothing needs quoting; an edge's position
is its `id`.  Room for labels is kept with text and not with HTML-like tables, because a Graphviz
built without expat (the bundled one) ignores those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from math import ceil

from graphviz_render.kept_order import from_left_to_right
from graphviz_render.problem import OUTSIDE, Problem

_POINTS = 72.0
_LINE_HEIGHT = 1.1
"""The height of a line relative to its font size with pango; without, it is 1.2."""
_LETTER_WIDTH = 0.6
"""The width of an M in Courier relative to its font size; replacement fonts are wider."""
_HEADER_PADDING = 8.0
"""Graphviz's own space around the label of a cluster."""
_EXTRA_MARGIN = 8.0
"""Asked for beyond a cluster's margin, and taken off again by `fit_frames`: Graphviz sets frames
side by side only 8 points apart."""
_MAIN_WEIGHT = 4
"""The weight of data edges relative to side inputs (parameters), for straightness."""
_LABEL_LINES = 2
"""The number of lines of a label; more lines of a smaller font match a width more closely."""
_END = -1
"""Marks the end of a cluster in the stack of clusters to be written."""


def problem_dot(problem: Problem, left_out: Collection[int] = ()) -> str:
    """Return DOT for `problem` without the edges in `left_out`."""
    return "\n".join(_lines(problem, frozenset(left_out)))


def _lines(problem: Problem, left_out: frozenset[int]) -> Iterator[str]:
    yield "digraph {"
    yield (
        f"graph [rankdir={problem.direction}, nodesep={_inches(problem.node_gap)}, "
        f"ranksep={_inches(problem.rank_gap)}]"
    )
    yield 'node [shape=box, fixedsize=true, label=""]'
    yield "edge [arrowhead=none, fontname=Courier]"
    yield from _members(problem)
    side_inputs = _side_inputs(problem)
    for edge in from_left_to_right(problem, problem.heads):
        if edge not in left_out:
            attributes = _edge_attributes(problem, edge, edge in side_inputs)
            yield f"n{problem.tails[edge]} -> n{problem.heads[edge]} [{attributes}]"
    yield "}"


def _side_inputs(problem: Problem) -> set[int]:
    """Return the edges from nodes without inputs into nodes that have other inputs too."""
    entered = set(problem.heads)
    has_main = {
        head for tail, head in zip(problem.tails, problem.heads, strict=True) if tail in entered
    }
    return {
        edge
        for edge, (tail, head) in enumerate(zip(problem.tails, problem.heads, strict=True))
        if tail not in entered and head in has_main
    }


def _members(problem: Problem) -> Iterator[str]:
    nodes: dict[int, list[int]] = {}
    for node in from_left_to_right(problem, range(len(problem.cluster_of))):
        nodes.setdefault(problem.cluster_of[node], []).append(node)
    children: dict[int, list[int]] = {}
    for cluster, parent in enumerate(problem.parents):
        children.setdefault(parent, []).append(cluster)
    yield from _member_nodes(problem, nodes.get(OUTSIDE, ()))
    pending = children.get(OUTSIDE, [])[::-1]
    while pending:
        cluster = pending.pop()
        if cluster < 0:
            yield "}"
            continue
        yield f"subgraph cluster_{cluster} {{"
        yield f"graph [{_cluster_attributes(problem, cluster)}]"
        yield from _member_nodes(problem, nodes.get(cluster, ()))
        pending += [_END, *reversed(children.get(cluster, []))]


def _member_nodes(problem: Problem, nodes: Iterable[int]) -> Iterator[str]:
    for node in nodes:
        width, height = _inches(problem.widths[node]), _inches(problem.heights[node])
        yield f"n{node} [width={width}, height={height}]"


def _cluster_attributes(problem: Problem, cluster: int) -> str:
    margin = f"margin={problem.margins[cluster] + _EXTRA_MARGIN:g}"
    room = problem.headers[cluster] - _HEADER_PADDING
    if problem.headers[cluster] <= 0:
        return f'{margin}, label=""'
    size = max(1.0, room / _LINE_HEIGHT)
    return f'{margin}, label="M", fontname=Courier, fontsize={size:.3f}'


def _edge_attributes(problem: Problem, edge: int, is_side_input: bool) -> str:
    attributes = [f"id={edge}"]
    if problem.minlens[edge] != 1:
        attributes.append(f"minlen={problem.minlens[edge]}")
    weight = round(problem.weights[edge] * (1 if is_side_input else _MAIN_WEIGHT))
    if weight != 1:
        attributes.append(f"weight={weight}")
    width, height = problem.label_widths[edge], problem.label_heights[edge]
    if width:
        size = max(1.0, height / (_LABEL_LINES * _LINE_HEIGHT))
        line = "M" * ceil(width / (_LETTER_WIDTH * size))
        label = "\\n".join([line] * _LABEL_LINES)
        attributes.append(f'fontsize={size:.3f}, label="{label}"')
    return ", ".join(attributes)


def _inches(pixels: float) -> str:
    return f"{pixels / _POINTS:.6f}"
