"""From a layout to a scene: nodes with their pills, edges with their ways and labels, frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import networkx as nx
from PySide6.QtCore import QPointF, QRectF

from app.gui.graph import geometry as g
from app.gui.graph.labels import LabelPlacer
from app.gui.graph.measure import NodeItem, edge_label, is_compact, pill_rows, pills_shown
from app.gui.graph.routing import Obstacles, Wire, rounded_path, route
from app.gui.graph.scene import (
    EdgeKey,
    PlacedEdge,
    PlacedFrame,
    PlacedNode,
    PlacedPill,
    Scene,
)
from app.session.graph_items import EdgeItem, FrameItem, OperationItem, Pill
from graphviz_render import Box, Layout, Route

_CURVE_STEPS: Final = 4


def place(graph: nx.MultiDiGraph[str], layout: Layout) -> Scene:
    """The scene of `graph` as `layout` placed it.  Positions are whole pixels: lines stay sharp."""
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
    edges = _edges(graph, layout, nodes, frames)
    return Scene(list(nodes.values()), edges, frames)


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
    placed = []
    for row in range(pill_rows(len(contents))):
        start = row * g.PILLS_IN_ROW
        inside = contents[start : start + g.PILLS_IN_ROW]
        y = rect.y() + g.PILL_TOP + row * (g.PILL_HEIGHT + g.PILL_GAP)
        gaps = (len(inside) - 1) * g.PILL_GAP
        width = (rect.width() - 2 * g.PILL_INSET - gaps) / len(inside)
        for column, content in enumerate(inside):
            x = rect.x() + g.PILL_INSET + column * (width + g.PILL_GAP)
            placed.append(PlacedPill(QRectF(x, y, width, g.PILL_HEIGHT), content))
    return tuple(placed)


# ---------------------------------------------------------------------------------------- edges


def _edges(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    nodes: dict[str, PlacedNode],
    frames: list[PlacedFrame],
) -> list[PlacedEdge]:
    keys: list[EdgeKey] = list(graph.edges(keys=True))
    wires = []
    for key in keys:
        source, target, _ = key
        item: EdgeItem = graph.edges[key]["item"]
        way = layout.edges[key]
        wires.append(
            Wire(
                source=nodes[source].rect,
                target=nodes[target].rect,
                group=(source, item.tensor, item.kind),
                consumer=target,
                hint=_corners(way),
                tunnel=way.kind == "tunnel",
            )
        )
    ways = route(wires, Obstacles([node.rect for node in nodes.values()]))
    drawn = [way[:2] if wire.tunnel else way for way, wire in zip(ways, wires, strict=True)]
    placer = LabelPlacer((node.rect for node in nodes.values()), drawn, frames)
    return [
        _edge(key, graph.edges[key]["item"], way, placer, wire.tunnel)
        for key, way, wire in zip(keys, ways, wires, strict=True)
    ]


def _corners(way: Route) -> tuple[QPointF, ...]:
    """The points of a route; of curves, as many as make a smooth line."""
    points = [QPointF(x, y) for x, y in way.points]
    if way.kind != "spline":
        return tuple(points)
    corners = points[:1]
    for start in range(0, len(points) - 3, 3):
        curve = points[start : start + 4]
        corners += [_on_curve(curve, step / _CURVE_STEPS) for step in range(1, _CURVE_STEPS + 1)]
    return tuple(corners)


def _on_curve(curve: Sequence[QPointF], t: float) -> QPointF:
    """The point at `t` of a cubic Bezier curve."""
    s = 1 - t
    a, b, c, d = curve
    return a * (s * s * s) + b * (3 * s * s * t) + c * (3 * s * t * t) + d * (t * t * t)


def _edge(
    key: EdgeKey, item: EdgeItem, points: tuple[QPointF, ...], placer: LabelPlacer, tunnel: bool
) -> PlacedEdge:
    shorten = g.ARROW_LENGTH - 1 if item.kind == "data" else 0
    path = rounded_path(points[:2] if tunnel else points, 0 if tunnel else shorten)
    if tunnel:
        path.addPath(rounded_path(points[-2:], shorten))
    label = edge_label(item)
    rect = placer.place(label, points[:2] if tunnel else points) if label else QRectF()
    margin = g.CHEVRON_HALF_WIDTH + 2
    bounds = path.boundingRect().adjusted(-margin, -margin, margin, margin)
    return PlacedEdge(key, item, points, path, bounds.united(rect), label, rect, tunnel)
