"""From a layout to a scene: nodes with their pills, edges with their ways and labels, frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF

from app.gui.graph.labels import LabelPlacer
from app.gui.graph.lines import corners, line_path
from app.gui.graph.scene import (
    PlacedEdge,
    PlacedFrame,
    PlacedNode,
    PlacedPill,
    Scene,
)
from app.gui.graph.text import MEASURE
from app.session.graph_items import EdgeItem, FrameItem, OperationItem, Pill
from app.session.graph_part import EdgeKey
from app.session.look import geometry as g
from app.session.look.measure import Label, NodeItem, is_compact, pill_places, pills_shown
from graphviz_render import Box, Direction, Layout, LayoutCancelledError, Route

if TYPE_CHECKING:
    import networkx as nx

_OFTEN: Final = 256
"""Edges between two looks at whether anybody still waits."""


def place(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    *,
    kept: Mapping[str, str] | None = None,
    direction: Direction = "TB",
    is_wanted: Callable[[], bool] = lambda: True,
) -> Scene:
    """The scene of `graph` as `layout` placed it.  Positions are whole pixels: lines stay sharp.

    `kept` and `direction` are as `Scene` has them.  Raises `LayoutCancelledError` soon after
    `is_wanted` says no.
    """
    items: dict[str, FrameItem] = graph.graph.get("frames", {})
    frames = [
        PlacedFrame(key, items[key], _rect(box))
        for key, box in layout.clusters.items()
        if key in items
    ]
    frames.sort(key=lambda frame: _depth(items, frame.key))
    nodes = {
        key: _node(key, data["item"], _rect(layout.nodes[key]), items.get(data.get("cluster", "")))
        for key, data in graph.nodes(data=True)
    }
    edges = _edges(graph, layout, nodes, frames, is_wanted)
    return Scene(list(nodes.values()), edges, frames, kept=kept, direction=direction)


def _rect(box: Box) -> QRectF:
    return QRectF(round(box.x), round(box.y), round(box.width), round(box.height))


def _depth(items: dict[str, FrameItem], key: str) -> int:
    depth, parent = 0, items[key].parent
    while parent is not None:
        depth, parent = depth + 1, items[parent].parent
    return depth


# ---------------------------------------------------------------------------------------- nodes


def _node(key: str, item: NodeItem, rect: QRectF, frame: FrameItem | None) -> PlacedNode:
    pills = _pills(item.pills, rect) if isinstance(item, OperationItem) else ()
    return PlacedNode(key, item, rect, is_compact(item, frame), pills)


def _pills(pills: tuple[Pill, ...], rect: QRectF) -> tuple[PlacedPill, ...]:
    """Pills in rows of equal width; the last one counts those that there is no room for."""
    shown = pills_shown(len(pills))
    contents: list[tuple[Pill, ...]] = [(pill,) for pill in pills[:shown]]
    if rest := pills[shown:]:
        contents.append(rest)
    places = pill_places(len(contents), rect.width())
    return tuple(
        PlacedPill(QRectF(rect.x() + x, rect.y() + y, width, g.PILL_HEIGHT), content)
        for content, (x, y, width) in zip(contents, places, strict=True)
    )


# ---------------------------------------------------------------------------------------- edges


def _edges(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    nodes: dict[str, PlacedNode],
    frames: list[PlacedFrame],
    is_wanted: Callable[[], bool],
) -> list[PlacedEdge]:
    keys: list[EdgeKey] = list(graph.edges(keys=True))
    routes = [layout.edges[key] for key in keys]
    ways = [
        corners(route, nodes[key[0]].rect, nodes[key[1]].rect)
        for key, route in zip(keys, routes, strict=True)
    ]
    drawn = [
        part
        for route, way in zip(routes, ways, strict=True)
        for part in ((way[:2], way[-2:]) if route.kind == "tunnel" else (way,))
    ]
    placer = LabelPlacer((node.rect for node in nodes.values()), drawn, frames)
    labels = MEASURE.edge_labels(graph)
    placed: list[PlacedEdge] = []
    for number, (key, route, way) in enumerate(zip(keys, routes, ways, strict=True)):
        if number % _OFTEN == 0 and not is_wanted():
            raise LayoutCancelledError("The picture is not wanted any more.")
        item = graph.edges[key]["item"]
        placed.append(_edge(key, item, labels.get(key), route, way, placer))
    return placed


def _edge(
    key: EdgeKey,
    item: EdgeItem,
    label: Label | None,
    route: Route,
    points: tuple[QPointF, ...],
    placer: LabelPlacer,
) -> PlacedEdge:
    tunnel = route.kind == "tunnel"
    shorten = g.ARROW_LENGTH - 1 if item.kind == "data" else 0
    path = line_path(points, tunnel=tunnel, shorten_end=shorten)
    rect = QRectF()
    if label is not None:
        kept = QPointF(*route.label) if route.label else None
        rect = placer.place(label, points[:2] if tunnel else points, kept)
    margin = g.CHEVRON_HALF_WIDTH + 2
    bounds = path.boundingRect().adjusted(-margin, -margin, margin, margin)
    return PlacedEdge(key, item, points, path, bounds.united(rect), label, rect, tunnel)
