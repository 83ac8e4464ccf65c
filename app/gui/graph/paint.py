"""The one way in which a scene is drawn: on the screen, into tiles and into files."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.gui.graph import geometry as g
from app.gui.graph.canvas import Canvas
from app.gui.graph.paint_edges import paint_edge, paint_label
from app.gui.graph.paint_frames import paint_frame, paint_frame_header
from app.gui.graph.paint_nodes import paint_node
from app.gui.graph.scene import PlacedEdge, PlacedNode, Scene
from app.gui.theme import Theme
from app.session.graph_items import StatusKey


@dataclass(frozen=True, slots=True)
class Filter:
    """The statuses that the legend has put aside: still there, but pale."""

    dimmed: frozenset[StatusKey] = frozenset()

    def dims_node(self, node: PlacedNode | None) -> bool:
        return node is not None and node.status in self.dimmed

    def dims_edge(self, scene: Scene, edge: PlacedEdge) -> bool:
        source, target, _ = edge.key
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
    margin = 2 * g.RING_OFFSET
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
    for node in scene.nodes_in(area):
        with canvas.dimmed(filtered.dims_node(node)):
            paint_node(canvas, node)
    for edge in edges:
        with canvas.dimmed(filtered.dims_edge(scene, edge)):
            paint_label(canvas, edge)
