"""The layered layout as a whole: ranks, rows, order, places, routes.

Quick where Graphviz is slow: nearly linear in the number of nodes and of ranks that edges span.
"""

from __future__ import annotations

from graphviz_render.layered.axes import Axes
from graphviz_render.layered.coordinates import place_across
from graphviz_render.layered.drawing import draw
from graphviz_render.layered.ordering import order_rows
from graphviz_render.layered.ranking import Ranking
from graphviz_render.layered.rows import make_rows
from graphviz_render.problem import Placement, Problem


def place_in_layers(problem: Problem, ranking: Ranking) -> Placement:
    """Place `problem`, which has a node at least.  Edges left out by `ranking` get no points."""
    axes = Axes.of(problem)
    rows = make_rows(problem, axes, ranking)
    before = [point and point[0 if axes.upright else 1] for point in problem.before]
    places = order_rows(rows, problem, before)
    lines = place_across(rows, places)
    return draw(problem, axes, ranking, rows, lines)
