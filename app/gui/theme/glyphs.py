"""The icons, painted: the shapes of `app.session.look.glyphs` in any colour at any size."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPen, QPixmap

from app.gui.theme.metrics import GLYPH_SIZE, GLYPH_STROKE
from app.session import resources
from app.session.look.glyphs import GLYPH_PATHS, GLYPHS, Command, Glyph, commands

__all__ = ["GLYPHS", "Glyph", "icon", "paint_glyph", "path_of", "pixmap", "program_icon"]


def program_icon() -> QIcon:
    return QIcon(str(resources.path("icons", "tapescope.svg")))


def path_of(commands: Iterable[Command]) -> QPainterPath:
    path = QPainterPath()
    for letter, n in commands:
        if letter == "M":
            path.moveTo(n[0], n[1])
        elif letter == "L":
            path.lineTo(n[0], n[1])
        elif letter == "C":
            path.cubicTo(*n)
        elif letter == "Q":
            path.quadTo(*n)
        elif letter == "A":
            cx, cy, radius, start, sweep = n
            path.arcTo(QRectF(cx - radius, cy - radius, 2 * radius, 2 * radius), start, sweep)
        elif letter == "O":
            cx, cy, radius = n
            path.addEllipse(QRectF(cx - radius, cy - radius, 2 * radius, 2 * radius))
        elif letter == "R":
            x, y, width, height, radius = n
            path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
        else:
            path.closeSubpath()
    return path


@cache
def _paths(name: Glyph) -> tuple[QPainterPath, QPainterPath]:
    paths = GLYPH_PATHS[name]
    return path_of(commands(paths.stroked)), path_of(commands(paths.filled))


def paint_glyph(painter: QPainter, name: Glyph, rect: QRectF, color: QColor) -> None:
    """Draw a glyph into `rect` (a square).  The painter is left as it was."""
    stroked, filled = _paths(name)
    pen = QPen(color, GLYPH_STROKE)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash := GLYPH_PATHS[name].dash:
        pen.setDashPattern([length / GLYPH_STROKE for length in dash])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / GLYPH_SIZE, rect.height() / GLYPH_SIZE)
    if not stroked.isEmpty():
        painter.strokePath(stroked, pen)
    if not filled.isEmpty():
        painter.fillPath(filled, color)
    painter.restore()


def pixmap(name: Glyph, color: QColor, size: int = GLYPH_SIZE, ratio: float = 1.0) -> QPixmap:
    """A glyph of `size` logical pixels on transparent ground."""
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint_glyph(painter, name, QRectF(0, 0, size, size), color)
    painter.end()
    return made


def icon(
    name: Glyph, color: QColor, disabled: QColor | None = None, size: int = GLYPH_SIZE
) -> QIcon:
    """A glyph as an icon, with the pixels of each screen that there is now."""
    pale = None if disabled is None else disabled.rgba()
    return _icon(name, color.rgba(), pale, size, _ratios())


@cache
def _icon(
    name: Glyph, color: int, disabled: int | None, size: int, ratios: frozenset[float]
) -> QIcon:
    made = QIcon()
    for ratio in ratios:
        made.addPixmap(pixmap(name, QColor.fromRgba(color), size, ratio))
        if disabled is not None:
            pale = pixmap(name, QColor.fromRgba(disabled), size, ratio)
            made.addPixmap(pale, QIcon.Mode.Disabled)
    return made


def _ratios() -> frozenset[float]:
    """Pixels per pixel of each screen; where that is 1.5, Wayland reports 2."""
    ratios = {screen.devicePixelRatio() for screen in QGuiApplication.screens()}
    return frozenset(ratios | {1.5} if 2.0 in ratios else ratios or {1.0})
