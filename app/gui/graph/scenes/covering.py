"""A scene without its answers: everything stays in its place, and nobody who reads it can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from app.drawing.ways import way
from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, PlacedPill, Scene
from app.session.graph.payloads import CutItem, GroupItem, OperationItem
from app.session.look import geometry as g

if TYPE_CHECKING:
    from app.session.asking.covered import Covered


def cover(scene: Scene, covered: Covered) -> Scene:
    """Return a scene with covered items in the same places.

    Regions and cuts that are covered are gone, and edges lead through the room of the cuts.
    """
    nodes = [_node(one, covered) for one in scene.nodes.values() if not _is_hidden(one, covered)]
    frames = [
        PlacedFrame(one.key, item, one.rect)
        for one in scene.frames
        if (item := covered.frame(one.item)) is not None
    ]
    return Scene(
        nodes,
        list(_edges(scene, covered)),
        frames,
        kept=scene.kept,
        direction=scene.direction,
        room=scene.bounds,
    )


def _is_hidden(node: PlacedNode, covered: Covered) -> bool:
    return isinstance(node.item, CutItem) and not covered.is_over


def _node(node: PlacedNode, covered: Covered) -> PlacedNode:
    item = node.item
    if isinstance(item, GroupItem):
        return replace(node, item=covered.group(item))
    if isinstance(item, OperationItem):
        pills = tuple(
            PlacedPill(one.rect, tuple(map(covered.pill, one.pills))) for one in node.pills
        )
        return replace(node, item=covered.operation(item), pills=pills)
    return node if isinstance(item, CutItem) else replace(node, item=covered.tensor(item))


def _edges(scene: Scene, covered: Covered) -> Iterator[PlacedEdge]:
    hidden = {node.key for node in scene.nodes.values() if _is_hidden(node, covered)}
    for edge in scene.edges.values():
        source, target, number = edge.key  # numbers below 0 are free
        if target in hidden:
            continue
        for before in scene.arriving(source) if source in hidden else (None,):
            points = edge.way.points if before is None else before.way.points + edge.way.points
            key = edge.key if before is None else (before.key[0], target, -1 - number)
            yield _edge(replace(edge, key=key), points, covered)


def _edge(
    edge: PlacedEdge, points: tuple[tuple[float, float], ...], covered: Covered
) -> PlacedEdge:
    """Return an edge along these points as it is to be seen now."""
    item = covered.edge(edge.item)
    if covered.is_over:
        return edge
    label = None if edge.label is None else MEASURE.edge_label(item)
    along = way(points, is_tunnel=edge.way.is_tunnel, shorten_end=g.ARROW_LENGTH - 1)
    return replace(edge, item=item, way=along, label=label)
