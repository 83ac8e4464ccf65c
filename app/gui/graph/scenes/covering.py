"""A scene without its answers: everything stays in its place, and nothing in it reveals them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from app.drawing.covering import covered_route, past_hidden
from app.drawing.routes import Point
from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, PlacedPill, Scene

if TYPE_CHECKING:
    from app.session.asking.covered import Covered


def cover(scene: Scene, covered: Covered) -> Scene:
    """Return a scene with covered items in the same places.

    Regions and cuts that are covered are gone, and edges lead through the room of the cuts.
    """
    nodes = [_node(one, covered) for one in scene.nodes.values() if not covered.hides_cut(one.item)]
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


def _node(node: PlacedNode, covered: Covered) -> PlacedNode:
    pills = tuple(PlacedPill(one.rect, tuple(map(covered.pill, one.pills))) for one in node.pills)
    return replace(node, item=covered.node(node.item), pills=pills)


def _edges(scene: Scene, covered: Covered) -> Iterator[PlacedEdge]:
    hidden = {node.key for node in scene.nodes.values() if covered.hides_cut(node.item)}
    routes = {key: edge.route for key, edge in scene.edges.items()}
    for old, key, points in past_hidden(routes, hidden):
        yield _edge(replace(scene.edges[old], key=key), points, covered)


def _edge(edge: PlacedEdge, points: tuple[Point, ...], covered: Covered) -> PlacedEdge:
    """Return an edge along these points as it is to be seen now."""
    if covered.is_over:
        return edge
    item = covered.edge(edge.item)
    label = None if edge.label is None else MEASURE.edge_label(item)
    return replace(edge, item=item, route=covered_route(points, edge.route), label=label)
