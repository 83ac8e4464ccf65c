"""Which engine lays a graph out."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Unpack

from graphviz_render.embedded import run_embedded
from graphviz_render.faults import faults
from graphviz_render.frames import fit_frames
from graphviz_render.geometry import tunnel
from graphviz_render.kept_order import facing_as_before
from graphviz_render.layered.engine import place_in_layers
from graphviz_render.layered.ranking import Ranking, count_places, rank
from graphviz_render.model import (
    Engine,
    EngineChoice,
    Layout,
    LayoutError,
    Options,
    Routing,
    solving,
)
from graphviz_render.native import find_dot, run_dot
from graphviz_render.orthogonal import route_orthogonally
from graphviz_render.positions import read_positions
from graphviz_render.problem import Placement, Problem, read
from graphviz_render.problem_dot import problem_dot

if TYPE_CHECKING:
    import networkx as nx

_log = logging.getLogger(__name__)

GRAPHVIZ_LIMIT: Final = 2000
"""The most places (nodes, and each rank that an edge passes) that `auto` gives to Graphviz: those
of about 1,000 operations, or 600 with labels on all edges.  It is a third of a second's work, and
twice as many take eight times as long."""
_BEARABLE: Final = 0.01
"""Crossings per node with which a picture is not called tangled."""


def available_engines() -> tuple[Engine, ...]:
    """The engines that work on this system, the best Graphviz first."""
    return ("native", "embedded", "layered") if find_dot() else ("embedded", "layered")


def layout(graph: nx.MultiDiGraph[Any], **options: Unpack[Options]) -> Layout:
    """Place the nodes of `graph` and lead its edges.

    Nodes have `width` and `height` and may have `cluster`; ``graph.graph["clusters"]`` maps a
    cluster to its `parent`, `margin` and `header` (room at the top for a title); edges may have
    `label_width` and `label_height` (room kept at the edge), `minlen` and `weight`.  All lengths
    are logical pixels.

    An edge over more than `LONGEST_SPAN` ranks becomes a tunnel: such edges are what makes layouts
    slow, and lines that long say little.

    Raises `LayoutError` for a graph whose attributes make no sense, and where the engine that was
    asked for fails; *auto* takes another one then.
    """
    problem, names = read(graph, options)
    return names.label(solve(problem, **solving(options)))


def solve(
    problem: Problem, engine: EngineChoice, routing: Routing, timeout: float | None
) -> Placement:
    """As `layout`, in numbers."""
    if not problem.widths:
        return Placement(0.0, 0.0, [], [], [None] * len(problem.parents))
    ranking = rank(problem)
    if engine == "auto":
        placement = _best_placement(problem, ranking, timeout)
    else:
        placement = _place(problem, ranking, engine, timeout)
    return route_orthogonally(problem, placement) if routing == "orthogonal" else placement


def _best_placement(problem: Problem, ranking: Ranking, timeout: float | None) -> Placement:
    """In layers; in the order that Graphviz finds where that untangles a small graph.

    On traces the layered engine draws straighter columns, is narrower and takes a tenth of the
    time; and it alone keeps an order.
    """
    placement = _place(problem, ranking, "layered", timeout)
    if any(problem.before) or count_places(problem, ranking) > GRAPHVIZ_LIMIT:
        return placement
    found = faults(problem, placement)
    if found.crossings <= _BEARABLE * len(problem.widths):
        return placement
    try:
        other = _place(problem, ranking, available_engines()[0], timeout)
    except LayoutError as error:  # dot 2.43 crashes on some graphs with clusters
        _log.warning("%s The layered engine takes its place.", error)
        return placement
    led = replace(problem, before=[box.center for box in other.nodes])
    other = _place(led, ranking, "layered", timeout)
    return other if faults(problem, other) < found else placement


def _place(problem: Problem, ranking: Ranking, engine: Engine, timeout: float | None) -> Placement:
    """The engine's answer, with a tunnel for every edge that it got no line for."""
    if engine == "layered":
        placement = place_in_layers(problem, ranking)
    elif engine in ("native", "embedded"):
        source = problem_dot(problem, ranking.left_out)
        native = engine == "native"
        answer = run_dot(source, "json", timeout) if native else run_embedded(source, "json")
        placement = read_positions(answer, problem)
        fit_frames(problem, placement)
        if any(problem.before):
            placement = facing_as_before(problem, placement)
    else:
        raise LayoutError(f"The engine {engine!r} is unknown: take one of {available_engines()}.")
    for edge, route in enumerate(placement.routes):
        if not route.points:
            tail, head = placement.nodes[problem.tails[edge]], placement.nodes[problem.heads[edge]]
            placement.routes[edge] = tunnel(tail, head, problem.direction)
    return placement
