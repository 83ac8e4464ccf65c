"""Runs the chosen layout engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from graphviz_render.embedded import run_embedded
from graphviz_render.frames import fit_frames
from graphviz_render.geometry import tunnel
from graphviz_render.kept_order import facing_as_before
from graphviz_render.layered.engine import place_in_layers
from graphviz_render.layered.ranking import rank
from graphviz_render.model import Engine, Layout, LayoutError, Options, Routing, solving
from graphviz_render.native import find_dot, run_dot
from graphviz_render.orthogonal import route_orthogonally
from graphviz_render.positions import read_positions
from graphviz_render.problem import Placement, Problem, read
from graphviz_render.problem_dot import problem_dot

if TYPE_CHECKING:
    import networkx as nx


def available_engines() -> tuple[Engine, ...]:
    """Return the engines that work on this system."""
    return ("layered", "native", "embedded") if find_dot() else ("layered", "embedded")


def layout(graph: nx.MultiDiGraph[Any], **options: Unpack[Options]) -> Layout:
    """Place the nodes of `graph` and lead its edges.

    Nodes have `width` and `height` and may have `cluster`; ``graph.graph["clusters"]`` maps a
    cluster to its `parent`, `margin` and `header` (room at the top for a title); edges may have
    `label_width` and `label_height` (room kept at the edge), `minlen` and `weight`.  All lengths
    are logical pixels.

    An edge over more than `LONGEST_SPAN` ranks becomes a tunnel: such edges are what makes layouts
    slow, and lines that long say little.

    Raises `LayoutError` for a graph whose attributes make no sense, and where the engine fails.
    Graphviz may take minutes for a large graph: `Worker` can be cancelled.
    """
    problem, names = read(graph, options)
    return names.label(solve(problem, **solving(options)))


def solve(problem: Problem, engine: Engine, routing: Routing) -> Placement:
    """Place a problem in numbers, as `layout` does for a graph."""
    if not problem.widths:
        return Placement(0.0, 0.0, [], [], [None] * len(problem.parents))
    placement = _place(problem, engine)
    return route_orthogonally(problem, placement) if routing == "orthogonal" else placement


def _place(problem: Problem, engine: Engine) -> Placement:
    """Return the engine's placement, with a tunnel for every edge without a line."""
    ranking = rank(problem)
    if engine == "layered":
        placement = place_in_layers(problem, ranking)
    elif engine in ("native", "embedded"):
        source = problem_dot(problem, ranking.left_out)
        run = run_dot if engine == "native" else run_embedded
        placement = read_positions(run(source, "json"), problem)
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
