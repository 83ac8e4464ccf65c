"""What is drawn above the scene and changes often: selection, hover, search hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from app.gui.graph import geometry as g
from app.gui.graph.canvas import Canvas
from app.gui.graph.paint_edges import DATA_WIDTH, GRADIENT_WIDTH
from app.gui.graph.paint_nodes import paint_node
from app.gui.graph.scene import EdgeKey, PlacedNode, Scene
from app.session.graph_items import TensorItem

_HIT_RING: Final = 1.5
_HOVER_RING: Final = 1.5
_LEAST_RING: Final = 1.5
"""Rings never get thinner than this on the screen, however far one zooms out."""


@dataclass(frozen=True, slots=True)
class Marks:
    """`tensors` ring whatever stands for them: capsules, pills, edges."""

    nodes: frozenset[str] = frozenset()
    tensors: frozenset[int] = frozenset()
    by_keyboard: bool = False
    hits: frozenset[str] = frozenset()
    hovered: str | None = None
    hovered_edge: EdgeKey | None = None


def paint_marks(canvas: Canvas, scene: Scene, area: QRectF, marks: Marks) -> None:
    for edge in scene.edges_in(area):
        if edge.item.tensor in marks.tensors or edge.key == marks.hovered_edge:
            width = GRADIENT_WIDTH if edge.item.kind == "gradient" else DATA_WIDTH
            color = QColor(canvas.theme.colors.ink)
            color.setAlphaF(0.28)
            canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
            canvas.painter.setPen(QPen(color, width + 4))
            canvas.painter.drawPath(edge.path)
    for node in scene.nodes_in(area):
        _paint_node_marks(canvas, node, marks)


def _paint_node_marks(canvas: Canvas, node: PlacedNode, marks: Marks) -> None:
    colors = canvas.theme.colors
    if node.key in marks.hits:
        _paint_hit(canvas, node)
    chosen = node.key in marks.nodes or (
        isinstance(node.item, TensorItem) and node.item.tensor in marks.tensors
    )
    if chosen:
        _ring(canvas, node.rect, _radius(node), colors.ink, g.RING_WIDTH, dotted=marks.by_keyboard)
    elif node.key == marks.hovered:
        paint_node(canvas, node)
        _ring(canvas, node.rect, _radius(node), colors.line, _HOVER_RING)
    for pill in node.pills:
        if any(one.tensor in marks.tensors for one in pill.pills):
            _ring(canvas, pill.rect, pill.rect.height() / 2, colors.ink, g.RING_WIDTH, offset=1)


def _radius(node: PlacedNode) -> float:
    if isinstance(node.item, TensorItem):
        return node.rect.height() / 2
    return g.NODE_RADIUS


def _ring(
    canvas: Canvas,
    rect: QRectF,
    radius: float,
    color: QColor,
    width: float,
    *,
    offset: float = g.RING_OFFSET,
    dotted: bool = False,
) -> None:
    width = max(width, _LEAST_RING / canvas.zoom)
    made = QPen(color, width)
    if dotted:
        made.setDashPattern([0.1, 2])
        made.setCapStyle(Qt.PenCapStyle.RoundCap)
    canvas.painter.setPen(made)
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    around = rect.adjusted(-offset, -offset, offset, offset)
    canvas.painter.drawRoundedRect(around, radius + offset, radius + offset)


def _paint_hit(canvas: Canvas, node: PlacedNode) -> None:
    """A yellow band around the node; the node itself stays as it is."""
    offset, radius = g.RING_OFFSET, _radius(node)
    band = QPainterPath()
    outer = node.rect.adjusted(-offset, -offset, offset, offset)
    band.addRoundedRect(outer, radius + offset, radius + offset)
    inside = QPainterPath()
    inside.addRoundedRect(node.rect, radius, radius)
    canvas.painter.fillPath(band.subtracted(inside), canvas.theme.colors.hit)
    _ring(canvas, node.rect, radius, canvas.theme.colors.hit_ring, _HIT_RING)
