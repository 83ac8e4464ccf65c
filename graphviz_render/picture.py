"""Pictures drawn by Graphviz itself: for files, where nothing of the window is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from graphviz_render.dot_text import dot_source
from graphviz_render.embedded import run_embedded
from graphviz_render.model import Direction, LayoutError
from graphviz_render.native import PACKAGES, find_dot, run_dot

if TYPE_CHECKING:
    import networkx as nx

Format = Literal["svg", "png", "pdf"]


def render(
    graph: nx.MultiDiGraph[Any],
    format: Format = "svg",
    *,
    direction: Direction = "TB",
) -> bytes:
    """Return the picture of `dot_source(graph)`.

    The program `dot` draws it where it is installed, else the bundled Graphviz, which knows SVG
    alone.  Raises `LayoutError` where PNG or PDF would need `dot`, and where Graphviz fails.
    """
    if format not in ("svg", "png", "pdf"):
        raise LayoutError(f"The format {format!r} is unknown: it is 'svg', 'png' or 'pdf'.")
    source = dot_source(graph, direction=direction)
    if find_dot() is not None:
        return run_dot(source, format)
    if format == "svg":
        return run_embedded(source, format)
    raise LayoutError(
        f"A picture as {format.upper()} needs Graphviz's program dot, which was not found. "
        f"Install it ({PACKAGES}), or write SVG."
    )
