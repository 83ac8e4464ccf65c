"""Small pictures of scenes: their shapes without text, kept per theme."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPixmap

from app.gui.theme import Theme
from app.gui.theme.metrics import RADIUS
from app.session.look.colors import BY_ROLE

if TYPE_CHECKING:
    from app.session.scenes.records import Shape

SIZE: Final = QSize(196, 116)
_KEPT: Final = 200
_RADIUS: Final = 2.5


def paint_thumbnail(
    painter: QPainter, theme: Theme, picture: tuple[Shape, ...], at: QRectF
) -> None:
    """Paint the picture of a scene into a rectangle of any size."""
    colors = theme.colors
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colors.line, 1))
    painter.setBrush(colors.canvas)
    painter.drawRoundedRect(at.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    painter.setClipRect(at.adjusted(1, 1, -1, -1))
    for word, x, y, width, height in picture:
        rect = QRectF(x * at.width(), y * at.height(), width * at.width(), height * at.height())
        _paint_shape(painter, theme, word, rect.translated(at.topLeft()))
    painter.restore()


def _paint_shape(painter: QPainter, theme: Theme, word: str, rect: QRectF) -> None:
    """Paint a rectangle; `word` says how, and the role of its colour: "line recorded-g"."""
    how, _, role = word.partition(" ")
    if role not in BY_ROLE[theme.name]:
        return
    color = theme.color(role)
    if how == "fill":
        painter.fillRect(rect, color)
        return
    if how == "dots":
        dots = QPen(color, 1.5, Qt.PenStyle.DotLine)
        painter.setPen(dots)
        ends = rect.center() - rect.topLeft()
        across = QPointF(ends.x(), 0) if rect.height() > rect.width() else QPointF(0, ends.y())
        painter.drawLine(rect.topLeft() + across, rect.bottomRight() - across)
        return
    pen = QPen(color, 3 if how == "ring" else 1.5)
    if how == "dash":
        pen.setDashPattern([2, 1.5])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush if how == "ring" else QColor(theme.colors.node))
    painter.drawRoundedRect(rect, _RADIUS, _RADIUS)


def paint_image(painter: QPainter, image: QImage, at: QRectF, line: QColor) -> None:
    """Paint a drawn scene into a rectangle, with a border; what is too high or wide is cut."""
    painter.save()
    clip = QPainterPath()
    clip.addRoundedRect(at, RADIUS, RADIUS)
    painter.setClipPath(clip)
    part = QRectF(QPointF(), at.size().scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio))
    part.moveCenter(QRectF(image.rect()).center())
    painter.drawImage(at, image, part)
    painter.restore()
    painter.setPen(QPen(line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(at.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


@lru_cache(_KEPT)
def thumbnail(theme: Theme, picture: tuple[Shape, ...], ratio: float) -> QPixmap:
    """Return the small picture of a scene."""
    pixmap = QPixmap(SIZE * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_thumbnail(painter, theme, picture, QRectF(0, 0, SIZE.width(), SIZE.height()))
    painter.end()
    return pixmap
