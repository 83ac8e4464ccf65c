"""Which engine lays a graph out."""

from __future__ import annotations

from typing import Any, Final, Literal

import networkx as nx

from graphviz_render.embedded import run_embedded
from graphviz_render.layered.engine import place_in_layers
from graphviz_render.model import Direction, Engine, Layout, LayoutError, Routing
from graphviz_render.native import find_dot, run_dot
from graphviz_render.orthogonal import route_orthogonally
from graphviz_render.positions import read_positions
from graphviz_render.problem import Placement, Problem, read
from graphviz_render.problem_dot import problem_dot

GRAPHVIZ_LIMIT: Final = 1000
"""The most nodes that `auto` gives to Graphviz: a third of a second, and far more from there on."""
NODE_GAP: Final = 32.0
RANK_GAP: Final = 32.0
TIMEOUT: Final = 60.0


def available_engines() -> tuple[Engine, ...]:
    """The engines that work on this system, the best for a small graph first."""
    return ("native", "embedded", "layered") if find_dot() else ("embedded", "layered")


def layout(
    graph: nx.MultiDiGraph[Any],
    *,
    engine: Engine | Literal["auto"] = "auto",
    direction: Direction = "TB",
    node_gap: float = NODE_GAP,
    rank_gap: float = RANK_GAP,
    routing: Routing = "free",
    timeout: float | None = TIMEOUT,
) -> Layout:
    """Place the nodes of `graph` and lead its edges.

    Nodes have `width` and `height` and may have `cluster`; ``graph.graph["clusters"]`` maps a
    cluster to its `parent`, `margin` and `header` (room at the top for a title); edges may have
    `label_width` and `label_height` (room kept at the edge), `minlen` and `weight`.  All lengths
    are logical pixels.  `direction` is TB (top to bottom) or LR.  `routing` is *free*, which leaves
    the lines as the engine drew them (curves by Graphviz, polylines by the layered engine), or
    *orthogonal*, which makes polylines of upright and level pieces.  `timeout` is in seconds and
    bounds the native engine.

    Raises `LayoutError` for a graph whose attributes make no sense, and where the engine fails.
    """
    problem, names = read(graph, direction, node_gap, rank_gap)
    return names.label(solve(problem, engine, routing, timeout))


def solve(
    problem: Problem,
    engine: Engine | Literal["auto"] = "auto",
    routing: Routing = "free",
    timeout: float | None = TIMEOUT,
) -> Placement:
    """As `layout`, in numbers."""
    if not problem.widths:
        return Placement(0.0, 0.0, [], [], [None] * len(problem.parents))
    placement = _place(problem, choose(problem) if engine == "auto" else engine, timeout)
    return route_orthogonally(problem, placement) if routing == "orthogonal" else placement


def choose(problem: Problem) -> Engine:
    """The engine that `auto` is: Graphviz's pictures are the best, as long as it is quick."""
    if len(problem.widths) > GRAPHVIZ_LIMIT:
        return "layered"
    return available_engines()[0]


def _place(problem: Problem, engine: Engine, timeout: float | None) -> Placement:
    if engine == "layered":
        return place_in_layers(problem)
    if engine == "native":
        return read_positions(run_dot(problem_dot(problem), "json", timeout), problem)
    if engine == "embedded":
        return read_positions(run_embedded(problem_dot(problem), "json"), problem)
    raise LayoutError(f"The engine {engine!r} is unknown: take one of {available_engines()}.")
