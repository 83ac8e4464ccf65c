"""The layered layout as a whole: ranks, rows, order, places, routes.

Quick where Graphviz is slow: nearly linear in the number of nodes, and edges over more than
`LONGEST_SPAN` ranks are left out of it and drawn as tunnels.
"""

from __future__ import annotations

from graphviz_render.layered.coordinates import place_across
from graphviz_render.layered.drawing import draw
from graphviz_render.layered.frame import Frame
from graphviz_render.layered.ordering import order_rows
from graphviz_render.layered.ranking import rank
from graphviz_render.layered.rows import make_rows
from graphviz_render.problem import Placement, Problem


def place_in_layers(problem: Problem) -> Placement:
    """Place `problem`, which has a node at least."""
    frame = Frame.of(problem)
    ranking = rank(problem)
    rows = make_rows(problem, frame, ranking)
    places = order_rows(rows, problem)
    lines = place_across(rows, places)
    return draw(problem, frame, ranking, rows, lines)
