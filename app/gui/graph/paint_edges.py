"""Edges: where values flow, where the gradient came back, and where it was cut."""

from __future__ import annotations

from math import atan2, degrees, hypot
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF

from app.gui.graph import text
from app.gui.graph.canvas import Canvas, Detail
from app.gui.graph.scene import PlacedEdge
from app.gui.theme.status import pen
from app.session.look import geometry as g

DATA_WIDTH: Final = 1.5
GRADIENT_WIDTH: Final = 3.0
HALO_WIDTH: Final = 6.0
_CHEVRON_WIDTH: Final = 2.0
_LEAST_WIDTH: Final = 0.6


def paint_edge(canvas: Canvas, edge: PlacedEdge) -> None:
    """The line and what says its kind.  Its label is drawn by `paint_label`, above all lines."""
    if edge.item.kind == "gradient":
        _paint_gradient(canvas, edge)
    elif edge.item.kind == "waiting":
        _paint_waiting(canvas, edge)
    elif edge.item.kind == "cut":
        color, width = canvas.theme.tone("cut").graphic, _visible(canvas, DATA_WIDTH)
        _stroke(canvas, edge.path, pen(color, width, (3, 3)))
    else:
        _paint_data(canvas, edge)


def _visible(canvas: Canvas, width: float) -> float:
    """A width that still leaves a trace on the screen, however far one zooms out."""
    return max(width, _LEAST_WIDTH / canvas.zoom)


def _stroke(canvas: Canvas, path: QPainterPath, with_pen: QPen) -> None:
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    canvas.painter.setPen(with_pen)
    canvas.painter.drawPath(path)


def _paint_data(canvas: Canvas, edge: PlacedEdge) -> None:
    color = canvas.theme.colors.line
    _stroke(canvas, edge.path, pen(color, _visible(canvas, DATA_WIDTH)))
    if canvas.detail is not Detail.BLOCKS:
        _paint_arrow(canvas, edge.points[-2], edge.points[-1], color)


def _paint_arrow(canvas: Canvas, before: QPointF, tip: QPointF, color: QColor) -> None:
    painter = canvas.painter
    painter.save()
    painter.translate(tip)
    painter.rotate(degrees(atan2(tip.y() - before.y(), tip.x() - before.x())))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    back, half = -g.ARROW_LENGTH, g.ARROW_HALF_WIDTH
    painter.drawPolygon(QPolygonF([QPointF(0, 0), QPointF(back, -half), QPointF(back, half)]))
    painter.restore()


def _paint_gradient(canvas: Canvas, edge: PlacedEdge) -> None:
    color = canvas.theme.tone("gradient").graphic
    _stroke(canvas, edge.path, pen(color, _visible(canvas, GRADIENT_WIDTH)))
    if canvas.detail is Detail.BLOCKS:
        return
    _paint_chevrons(canvas, edge, two=True)


def _paint_waiting(canvas: Canvas, edge: PlacedEdge) -> None:
    """The gradient is still to come."""
    color, width = canvas.theme.tone("gradient").graphic, _visible(canvas, DATA_WIDTH)
    _stroke(canvas, edge.path, pen(color, width, (2, 4), dotted=True))
    if canvas.detail is not Detail.BLOCKS:
        _paint_chevrons(canvas, edge, two=False)


def _paint_chevrons(canvas: Canvas, edge: PlacedEdge, *, two: bool) -> None:
    """In the middle of the longest piece; `two` where it is long enough for them."""
    start, end = max(edge.segments, key=lambda segment: _length(*segment))
    middle, length = (start + end) / 2, _length(start, end)
    if not length:
        return
    along = (end - start) / length
    offsets: tuple[float, ...] = (0.0,)
    if two and length > g.TWO_CHEVRONS_ABOVE:
        offsets = (-g.CHEVRON_SPACING / 2, g.CHEVRON_SPACING / 2)
    color, ground = canvas.theme.tone("gradient").graphic, canvas.theme.colors.canvas
    for offset in offsets:
        paint_chevron(canvas, middle + along * offset, along, color, ground)


def paint_chevron(
    canvas: Canvas, at: QPointF, along: QPointF, color: QColor, ground: QColor
) -> None:
    """An open chevron that points against `along`; a gap of `ground` parts it from the line."""
    painter = canvas.painter
    painter.save()
    painter.translate(at)
    painter.rotate(degrees(atan2(along.y(), along.x())) - 90)
    half, tip = g.CHEVRON_HALF_WIDTH, g.CHEVRON_HALF_HEIGHT
    chevron = QPainterPath(QPointF(-half, tip))
    chevron.lineTo(0, -tip)
    chevron.lineTo(half, tip)
    halo = QPen(ground, HALO_WIDTH)
    halo.setCapStyle(Qt.PenCapStyle.FlatCap)
    _stroke(canvas, chevron, halo)
    line = QPen(color, _CHEVRON_WIDTH)
    line.setCapStyle(Qt.PenCapStyle.RoundCap)
    line.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    _stroke(canvas, chevron, line)
    painter.restore()


def _length(start: QPointF, end: QPointF) -> float:
    return hypot(end.x() - start.x(), end.y() - start.y())


def paint_label(canvas: Canvas, edge: PlacedEdge) -> None:
    label, rect = edge.label, edge.label_rect
    if label is None or canvas.detail is not Detail.FULL:
        return
    colors = canvas.theme.colors
    gradient = edge.item.kind == "gradient"
    detail_color = canvas.theme.tone("gradient").text if gradient else colors.text_secondary
    x, baseline = rect.x(), rect.y() + 12
    canvas.text(x, baseline, label.name, text.SMALL_MONO_BOLD, colors.text)
    if label.two_lines:
        baseline += g.LABEL_HEIGHT - 1
    elif label.name:
        x += text.SMALL_MONO_BOLD.width(label.name) + 8
    canvas.text(x, baseline, label.detail, text.SMALL, detail_color)
