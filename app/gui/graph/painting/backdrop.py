"""The background of the graph with its dots, and messages if there is no graph."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE, RADIUS_CARD

DOT_SPACING: Final = 16
_VEIL: Final = 0.55


def dotted(theme: Theme, ratio: float, dots: int) -> QPixmap:
    """Return a square of the background with so many dots in a row and in a column.

    The first is half a distance from its corner, so that squares beside each other fit.
    """
    side = round(DOT_SPACING * ratio)
    dot, square = QPixmap(side, side), QPixmap(dots * side, dots * side)
    dot.setDevicePixelRatio(ratio)
    square.setDevicePixelRatio(ratio)
    dot.fill(theme.colors.canvas)
    inner = QPainter(dot)
    inner.setRenderHint(QPainter.RenderHint.Antialiasing)
    inner.setPen(Qt.PenStyle.NoPen)
    inner.setBrush(theme.colors.grid)
    inner.drawEllipse(QPointF(DOT_SPACING / 2, DOT_SPACING / 2), 1, 1)
    inner.end()
    inner = QPainter(square)
    inner.drawTiledPixmap(QRectF(QPointF(), square.deviceIndependentSize()), dot)
    inner.end()
    return square


def paint_veil(painter: QPainter, theme: Theme, area: QRectF) -> None:
    """Paint a veil over an old graph while a new one is being made."""
    painter.save()
    painter.setOpacity(_VEIL)
    painter.fillRect(area, theme.colors.canvas)
    painter.restore()


def paint_message(painter: QPainter, theme: Theme, room: QRectF, message: str, zoom: float) -> None:
    """Paint a sentence in the middle of `room`, on a card so that it is readable over a graph."""
    painter.setFont(ui_font(round(FONT_BASE * zoom)))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    inner = room.adjusted(24, 24, -24, -24)
    words = painter.boundingRect(inner, int(flags), message)
    painter.setPen(theme.colors.divider)
    painter.setBrush(theme.colors.panel)
    painter.drawRoundedRect(words.adjusted(-16, -10, 16, 10), RADIUS_CARD, RADIUS_CARD)
    painter.setPen(theme.colors.text_secondary)
    painter.drawText(words, int(flags), message)
