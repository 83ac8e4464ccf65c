"""A networkx graph in; DOT, positions and pictures out.  Knows no Qt and nothing of the program.

>>> import networkx as nx
>>> from graphviz_render import layout
>>> graph = nx.MultiDiGraph()
>>> graph.add_node("x", width=120, height=30)
>>> graph.add_node("y", width=120, height=30)
>>> _ = graph.add_edge("x", "y")
>>> placed = layout(graph)
>>> placed.nodes["x"].bottom < placed.nodes["y"].y
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphviz_render.model import (
    Box,
    Direction,
    Engine,
    Layout,
    LayoutCancelledError,
    LayoutError,
    Options,
    Route,
)

if TYPE_CHECKING:
    from graphviz_render.dot_text import dot_source
    from graphviz_render.engines import available_engines, layout
    from graphviz_render.picture import render

__all__ = [
    "Box",
    "Direction",
    "Engine",
    "Layout",
    "LayoutCancelledError",
    "LayoutError",
    "Options",
    "Route",
    "available_engines",
    "dot_source",
    "layout",
    "render",
]

_LATER = {
    "available_engines": "engines",
    "dot_source": "dot_text",
    "layout": "engines",
    "render": "picture",
}
"""The functions, and the modules that are imported with the first use of each: a window that only
draws layouts made elsewhere is there sooner."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found
