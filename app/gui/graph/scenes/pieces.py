"""Parts of a graph that nothing connects: laid out apart, then put in rows like words of a text.

Left to itself a layout engine puts them all side by side, which makes pictures that are far wider
than any window, and stretches each to the tallest nodes of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import TYPE_CHECKING, Final

from graphviz_render import Box, Layout, Route

if TYPE_CHECKING:
    import networkx as nx

GAP: Final = 48.0
"""Pixels between pieces, across and down."""
_LARGE: Final = 6
"""Pieces with at least this many nodes are laid out alone; smaller ones together."""
_MOST_ALONE: Final = 12

_READABLE: Final = 0.7
"""The smallest zoom at which titles are readable."""
_PAGE: Final = 1.4
"""The ratio of width to height without a window."""

LayOut = Callable[["nx.MultiDiGraph[str]"], Layout]


def lay_out_pieces(
    graph: nx.MultiDiGraph[str], lay_out: LayOut, width: float, height: float = 0.0
) -> Layout:
    """The layout of a measured graph in rows of at most `width`, where no piece is wider.

    Rows are longer than `width`, as far as they can still be read when all of them are in sight,
    where they would then fill `height` too; as long as they are high together where it is 0.
    """
    pieces = split(graph)
    if len(pieces) < 2:
        return lay_out(graph)
    large = [number for number, piece in enumerate(pieces) if len(piece) >= _LARGE]
    placed = {number: lay_out(pieces[number]) for number in large[:_MOST_ALONE]}
    rest = [number for number in range(len(pieces)) if number not in placed]
    if rest:
        together = lay_out(_joined(pieces[number] for number in rest))
        placed |= {number: _part(together, pieces[number]) for number in rest}
    layouts = [placed[number] for number in range(len(pieces))]
    return in_rows(layouts, _row_width(layouts, width, height))


def _row_width(layouts: list[Layout], width: float, height: float) -> float:
    area = sum((layout.width + GAP) * (layout.height + GAP) for layout in layouts)
    if not width:
        return sqrt(_PAGE * area)
    return min(max(width, sqrt(area * width / height) if height else 0.0), width / _READABLE)


def split(graph: nx.MultiDiGraph[str]) -> list[nx.MultiDiGraph[str]]:
    """Return the connected pieces in the order of their first nodes; frames connect contents."""
    # Here, as the window is to be there before networkx is loaded.
    import networkx as nx

    from app.session.graph.drawn import DrawnGraph

    clusters = graph.graph["clusters"]
    ties: nx.Graph[tuple[str, str]] = nx.Graph()
    for key, cluster in graph.nodes(data="cluster"):
        ties.add_node(("node", key))
        if cluster is not None:
            ties.add_edge(("node", key), ("cluster", str(cluster)))
    for key, data in clusters.items():
        if data["parent"] is not None:
            ties.add_edge(("cluster", key), ("cluster", data["parent"]))
    ties.add_edges_from((("node", source), ("node", target)) for source, target in graph.edges())
    number_of: dict[tuple[str, str], int] = {}
    pieces: list[nx.MultiDiGraph[str]] = []
    for members in nx.connected_components(ties):
        number_of |= dict.fromkeys(members, len(pieces))
        pieces.append(DrawnGraph(clusters={}))
    for key, data in graph.nodes(data=True):
        pieces[number_of["node", key]].add_node(key, **data)
    for source, target, name, data in graph.edges(keys=True, data=True):
        pieces[number_of["node", source]].add_edge(source, target, key=name, **data)
    for key, data in clusters.items():
        pieces[number_of["cluster", key]].graph["clusters"][key] = data
    return pieces


def _joined(pieces: Iterable[nx.MultiDiGraph[str]]) -> nx.MultiDiGraph[str]:
    from app.session.graph.drawn import DrawnGraph

    joined: nx.MultiDiGraph[str] = DrawnGraph(clusters={})
    for piece in pieces:
        joined.add_nodes_from(piece.nodes(data=True))
        for source, target, key, data in piece.edges(keys=True, data=True):
            joined.add_edge(source, target, key=key, **data)
        joined.graph["clusters"] |= piece.graph["clusters"]
    return joined


def _part(layout: Layout, piece: nx.MultiDiGraph[str]) -> Layout:
    """Return the part of a layout for one piece, moved to the origin."""
    part = Layout(
        nodes={key: layout.nodes[key] for key in piece},
        edges={key: layout.edges[key] for key in piece.edges(keys=True)},
        clusters={key: layout.clusters[key] for key in piece.graph["clusters"]},
    )
    boxes = [*part.nodes.values(), *part.clusters.values()]
    points = [point for route in part.edges.values() for point in route.points]
    left = min([box.x for box in boxes] + [x for x, _ in points])
    top = min([box.y for box in boxes] + [y for _, y in points])
    part.width = max([box.right for box in boxes] + [x for x, _ in points]) - left
    part.height = max([box.bottom for box in boxes] + [y for _, y in points]) - top
    return _moved(part, -left, -top)


def _moved(layout: Layout, right: float, down: float) -> Layout:
    def box(of: Box) -> Box:
        return Box(of.x + right, of.y + down, of.width, of.height)

    def route(of: Route) -> Route:
        label = (of.label[0] + right, of.label[1] + down) if of.label else None
        return Route(of.kind, [(x + right, y + down) for x, y in of.points], label)

    return Layout(
        layout.width,
        layout.height,
        {key: box(of) for key, of in layout.nodes.items()},
        {key: route(of) for key, of in layout.edges.items()},
        {key: box(of) for key, of in layout.clusters.items()},
    )


def in_rows(layouts: list[Layout], width: float) -> Layout:
    """Return layouts from left to right, in rows of `width` or that of the widest piece."""
    width = max(width, *(layout.width for layout in layouts))
    whole = Layout()
    x = y = 0.0
    for layout in layouts:
        if x and x + layout.width > width:
            x, y = 0.0, whole.height + GAP
        moved = _moved(layout, x, y)
        whole.nodes |= moved.nodes
        whole.edges |= moved.edges
        whole.clusters |= moved.clusters
        whole.width = max(whole.width, x + layout.width)
        whole.height = max(whole.height, y + layout.height)
        x += layout.width + GAP
    return whole
