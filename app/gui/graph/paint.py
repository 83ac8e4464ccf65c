"""The one way in which a scene is drawn: on the screen, into tiles and into files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.gui.graph import geometry as g
from app.gui.graph.canvas import Canvas
from app.gui.graph.paint_edges import paint_edge, paint_label
from app.gui.graph.paint_frames import paint_frame, paint_frame_header
from app.gui.graph.paint_hits import paint_hit
from app.gui.graph.paint_nodes import paint_node
from app.gui.graph.scene import PlacedEdge, PlacedNode, Scene
from app.gui.theme import Theme
from app.session.graph_items import StatusKey
from app.session.graph_part import Part


@dataclass(frozen=True, slots=True)
class Filter:
    """What is put aside, still there but pale, and what is put forward."""

    dimmed: frozenset[StatusKey] = frozenset()
    """The statuses that the legend hides."""
    kept: Part | None = None
    """All else is pale."""
    hits: Mapping[str, int] = field(default_factory=dict)
    """How much a search found in each node, by key."""

    def dims_node(self, node: PlacedNode | None) -> bool:
        if node is None:
            return False
        return node.status in self.dimmed or (
            self.kept is not None and node.key not in self.kept.nodes
        )

    def dims_edge(self, scene: Scene, edge: PlacedEdge) -> bool:
        source, target, _ = edge.key
        if self.kept is not None and edge.key not in self.kept.edges:
            return True
        return any(self.dims_node(scene.nodes.get(end)) for end in (source, target))


NOTHING_DIMMED = Filter()


def paint_scene(
    painter: QPainter,
    theme: Theme,
    scene: Scene,
    area: QRectF,
    zoom: float,
    filtered: Filter = NOTHING_DIMMED,
) -> None:
    """Draw what touches `area` (scene coordinates).  The painter is already scaled by `zoom`."""
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    canvas = Canvas(painter, theme, zoom)
    margin = 3 * g.RING_OFFSET
    area = area.adjusted(-margin, -margin, margin, margin)
    frames = scene.frames_in(area)
    for frame in frames:
        paint_frame(canvas, frame)
    edges = scene.edges_in(area)
    # Gradient edges last: where two lines cross, the one that carries more is whole.
    for edge in sorted(edges, key=lambda edge: edge.item.kind == "gradient"):
        with canvas.dimmed(filtered.dims_edge(scene, edge)):
            paint_edge(canvas, edge)
    for frame in frames:
        paint_frame_header(canvas, frame)
    nodes = scene.nodes_in(area)
    for node in nodes:
        with canvas.dimmed(filtered.dims_node(node)):
            paint_node(canvas, node)
    for edge in edges:
        with canvas.dimmed(filtered.dims_edge(scene, edge)):
            paint_label(canvas, edge)
    if filtered.hits:
        for node in nodes:
            if count := filtered.hits.get(node.key):
                paint_hit(canvas, node, count)
