"""A networkx graph in; DOT, positions and pictures out.  Knows no Qt and nothing of the program.

>>> import networkx as nx
>>> graph = nx.MultiDiGraph()
>>> graph.add_node("x", width=120, height=30)
>>> graph.add_node("y", width=120, height=30)
>>> _ = graph.add_edge("x", "y")
>>> placed = layout(graph)
>>> placed.nodes["x"].bottom < placed.nodes["y"].y
True
"""

from graphviz_render.dot_source import dot_source
from graphviz_render.embedded import warm
from graphviz_render.engines import available_engines, layout
from graphviz_render.model import Box, Layout, LayoutCancelledError, LayoutError, Route
from graphviz_render.picture import render

__all__ = [
    "Box",
    "Layout",
    "LayoutCancelledError",
    "LayoutError",
    "Route",
    "available_engines",
    "dot_source",
    "layout",
    "render",
    "warm",
]
