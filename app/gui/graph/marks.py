"""What is drawn above the scene and changes often: selection, hover, search hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from app.gui.graph import geometry as g
from app.gui.graph.canvas import Canvas
from app.gui.graph.measure import EdgeKey
from app.gui.graph.paint_edges import DATA_WIDTH, GRADIENT_WIDTH
from app.gui.graph.paint_nodes import paint_node
from app.gui.graph.scene import PlacedEdge, PlacedNode, Scene
from app.session.graph_items import TensorItem

_EDGE_ALPHA: Final = 0.28
_HIT_RING: Final = 1.5
_HOVER_RING: Final = 2.0
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
    """Draw the marks in `area`.  Costs next to nothing while few things are marked."""
    if marks.hovered_edge is not None:
        _paint_edge_mark(canvas, scene.edges[marks.hovered_edge])
    if marks.tensors:
        _paint_tensors(canvas, scene, area, marks)
    for key in marks.hits:
        _paint_hit(canvas, scene.nodes[key])
    if marks.hovered is not None and marks.hovered not in marks.nodes:
        node = scene.nodes[marks.hovered]
        paint_node(canvas, node)  # whole, even where a filter has dimmed it
        _ring(canvas, node.rect, _radius(node), canvas.theme.colors.line, _HOVER_RING)
    for key in marks.nodes:
        _paint_chosen(canvas, scene.nodes[key], marks)


def _paint_chosen(canvas: Canvas, node: PlacedNode, marks: Marks) -> None:
    ink = canvas.theme.colors.ink
    _ring(canvas, node.rect, _radius(node), ink, g.RING_WIDTH, dotted=marks.by_keyboard)


def _paint_tensors(canvas: Canvas, scene: Scene, area: QRectF, marks: Marks) -> None:
    """Ring the capsules and pills of the marked tensors and shade their edges."""
    for edge in scene.edges_in(area):
        if edge.item.tensor in marks.tensors:
            _paint_edge_mark(canvas, edge)
    for node in scene.nodes_in(area):
        if isinstance(node.item, TensorItem) and node.item.tensor in marks.tensors:
            _paint_chosen(canvas, node, marks)
        for pill in node.pills:
            if any(one.tensor in marks.tensors for one in pill.pills):
                ink, radius = canvas.theme.colors.ink, pill.rect.height() / 2
                _ring(canvas, pill.rect, radius, ink, g.RING_WIDTH, offset=1)


def _paint_edge_mark(canvas: Canvas, edge: PlacedEdge) -> None:
    width = GRADIENT_WIDTH if edge.item.kind == "gradient" else DATA_WIDTH
    color = QColor(canvas.theme.colors.ink)
    color.setAlphaF(_EDGE_ALPHA)
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    canvas.painter.setPen(QPen(color, width + 4))
    canvas.painter.drawPath(edge.path)
    if edge.tunnel:
        canvas.painter.setPen(QPen(color, width, Qt.PenStyle.DotLine))
        canvas.painter.drawLine(edge.points[1], edge.points[-2])


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
