"""Places of nodes, frames, edges and labels, from a layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.drawing.edges import chevrons
from app.drawing.labels import LabelPlacer
from app.drawing.routes import DrawnRoute, corners, drawn_route
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import EdgeItem, FrameItem
from app.session.look import geometry as g
from app.session.look.measure import EdgeLabel, Measure
from graphviz_render import Box, Layout, LayoutCancelledError

if TYPE_CHECKING:
    import networkx as nx

_OFTEN: Final = 256
"""Edges between two checks whether the picture is still wanted."""


@dataclass(frozen=True, slots=True)
class PlacedRoute:
    """The place of an edge.  `label_box` is empty if there is no label."""

    route: DrawnRoute
    label: EdgeLabel | None
    label_box: Box


@dataclass(frozen=True, slots=True)
class Places:
    """By key; frames outermost first."""

    nodes: dict[str, Box]
    edges: dict[EdgeKey, PlacedRoute]
    frames: dict[str, Box]


def place(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    measure: Measure,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Places:
    """Return the places of the parts of `graph`, on whole pixels, so that lines are sharp.

    Raises `LayoutCancelledError` soon after `is_wanted` says no.
    """
    items: dict[str, FrameItem] = graph.graph.get("frames", {})
    found = (str(key) for key in layout.clusters)
    keys = sorted((key for key in found if key in items), key=lambda key: _depth(items, key))
    frames = {key: _on_pixels(layout.clusters[key]) for key in keys}
    nodes = {key: _on_pixels(layout.nodes[key]) for key in graph}
    edges = _edges(graph, layout, measure, nodes, [*frames.values()], is_wanted)
    return Places(nodes, edges, frames)


def _on_pixels(box: Box) -> Box:
    return Box(*(float(round(length)) for length in box))


def _depth(items: dict[str, FrameItem], key: str) -> int:
    depth, parent = 0, items[key].parent
    while parent is not None:
        depth, parent = depth + 1, items[parent].parent
    return depth


def _edges(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    measure: Measure,
    nodes: dict[str, Box],
    frames: list[Box],
    is_wanted: Callable[[], bool],
) -> dict[EdgeKey, PlacedRoute]:
    labels = measure.edge_labels(graph)
    keys: list[EdgeKey] = list(graph.edges(keys=True))
    routes = {key: _route(layout, key, graph.edges[key]["item"], nodes) for key in keys}
    drawn = [
        part
        for one in routes.values()
        for part in ((one.points[:2], one.points[-2:]) if one.is_tunnel else (one.points,))
    ]
    marks = (at for key, one in routes.items() for at, _ in chevrons(graph.edges[key]["item"], one))
    placer = LabelPlacer(nodes.values(), drawn, frames, marks)
    placed: dict[EdgeKey, PlacedRoute] = {}
    for number, (key, one) in enumerate(routes.items()):
        if number % _OFTEN == 0 and not is_wanted():
            raise LayoutCancelledError("The picture is not wanted any more.")
        label, box = labels.get(key), Box(0, 0, 0, 0)
        if label is not None:
            points = one.points[:2] if one.is_tunnel else one.points
            box = placer.place(label, points, layout.edges[key].label) or box
            label = label if box.width else None
        placed[key] = PlacedRoute(one, label, box)
    return placed


def _route(layout: Layout, key: EdgeKey, item: EdgeItem, nodes: dict[str, Box]) -> DrawnRoute:
    route = layout.edges[key]
    points = corners(route, nodes[key[0]], nodes[key[1]])
    shorten = g.ARROW_LENGTH - 1 if item.kind == "data" else 0
    return drawn_route(points, is_tunnel=route.kind == "tunnel", shorten_end=shorten)
