"""What lies behind the graph: the canvas with its dots, and messages where there is no graph."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from app.gui.graph.camera import Camera
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE, RADIUS_CARD

DOT_SPACING: Final = 16
_VEIL: Final = 0.55


def paint_dots(painter: QPainter, theme: Theme, area: QRectF, camera: Camera) -> None:
    """Dots that move with the graph, and stay as far apart at every zoom."""
    ratio = painter.device().devicePixelRatioF()
    dot = QPixmap(round(DOT_SPACING * ratio), round(DOT_SPACING * ratio))
    dot.setDevicePixelRatio(ratio)
    dot.fill(theme.colors.canvas)
    pen = QPainter(dot)
    pen.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen.setPen(Qt.PenStyle.NoPen)
    pen.setBrush(theme.colors.grid)
    pen.drawEllipse(QPointF(DOT_SPACING / 2, DOT_SPACING / 2), 1, 1)
    pen.end()
    origin = camera.to_widget(QPointF(0, 0))
    offset = QPointF(round(-origin.x()) % DOT_SPACING, round(-origin.y()) % DOT_SPACING)
    painter.drawTiledPixmap(area, dot, offset)


def paint_veil(painter: QPainter, theme: Theme, area: QRectF) -> None:
    """What lies below is old: a newer picture is being made."""
    painter.save()
    painter.setOpacity(_VEIL)
    painter.fillRect(area, theme.colors.canvas)
    painter.restore()


def paint_message(painter: QPainter, theme: Theme, room: QRectF, message: str) -> None:
    """A sentence in the middle of `room`, on a card so that it can be read above a graph."""
    painter.setFont(ui_font(FONT_BASE))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    inner = room.adjusted(24, 24, -24, -24)
    words = painter.boundingRect(inner, int(flags), message)
    painter.setPen(theme.colors.divider)
    painter.setBrush(theme.colors.panel)
    painter.drawRoundedRect(words.adjusted(-16, -10, 16, 10), RADIUS_CARD, RADIUS_CARD)
    painter.setPen(theme.colors.text_secondary)
    painter.drawText(words, int(flags), message)
