"""Draws the values of a tensor: a heat map and a histogram, or their spread; curves of figures."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.gui.panels.gradients.over_iterations import span_of
from app.gui.panels.gradients.sparkline import paint_sparkline, paint_usual
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.heat import paint_heat_map
from app.gui.theme.metrics import FONT_SMALL
from app.session.details.pictures import CurvePicture, ValuesPicture
from app.session.numbers import short

HEIGHT = 56
"""The height of a picture with its margins."""
_SPREAD_HEIGHT, _CURVE_HEIGHT = 34, 84
_MAP_HEIGHT, _BARS_HEIGHT = 40, 26
_NOTE = 14
"""The height of a line below the heat map."""
_MOST_CELL = 18
_GAP = 20


def height_of(picture: ValuesPicture | CurvePicture) -> int:
    if isinstance(picture, CurvePicture):
        return _CURVE_HEIGHT
    if not picture.rows:
        return _SPREAD_HEIGHT
    return HEIGHT + _NOTE if picture.shown else HEIGHT


def paint_picture(
    painter: QPainter, theme: Theme, area: QRectF, picture: ValuesPicture | CurvePicture
) -> None:
    if isinstance(picture, CurvePicture):
        _paint_curve(painter, theme, area.adjusted(0, 4, 0, -8), picture)
        return
    if not picture.rows:
        _paint_spread(painter, theme, area, picture)
        return
    columns = max(len(row) for row in picture.rows)
    room = (area.width() - _GAP) / 2
    width = min(room, columns * _MOST_CELL)
    height = min(_MAP_HEIGHT, len(picture.rows) * _MOST_CELL)
    place = QRectF(round(area.left()) + 0.5, round(area.top()) + 4.5, width, height)
    paint_heat_map(painter, theme, place, picture.rows)
    if picture.shown:
        _paint_words(painter, theme, place.translated(0, height + 3), picture.shown)
    left = area.left() + room + _GAP
    _paint_bars(painter, theme, QRectF(left, area.top() + 4, room, _BARS_HEIGHT), picture)


def _paint_curve(painter: QPainter, theme: Theme, area: QRectF, picture: CurvePicture) -> None:
    span = span_of(picture.values)
    color = theme.tone("gradient").graphic
    if picture.is_update:
        color = theme.colors.text_secondary
        paint_usual(painter, theme, area, span)
    painter.setPen(QPen(theme.colors.divider, 1))
    painter.drawLine(QLineF(area.left(), area.bottom(), area.right(), area.bottom()))
    paint_sparkline(painter, theme, area, picture.values, span, color, None)


def _paint_bars(painter: QPainter, theme: Theme, area: QRectF, picture: ValuesPicture) -> None:
    """Paint the histogram, with the least and the greatest value below its ends."""
    colors, most = theme.colors, max(picture.counts)
    step = area.width() / len(picture.counts)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.text_tertiary)
    for place, count in enumerate(picture.counts):
        if count:
            height = max(1.5, area.height() * count / most)
            left = area.left() + place * step
            painter.drawRect(QRectF(left + 0.5, area.bottom() - height, step - 1, height))
    painter.setPen(QPen(colors.line, 1))
    painter.drawLine(QLineF(area.left(), area.bottom() + 0.5, area.right(), area.bottom() + 0.5))
    below = area.translated(0, area.height() + 2)
    _paint_ends(painter, theme, below, picture)
    if picture.strange:
        painter.setPen(theme.tone("cut").text)
        painter.drawText(_line(below), Qt.AlignmentFlag.AlignHCenter, picture.strange)


def _paint_spread(painter: QPainter, theme: Theme, area: QRectF, picture: ValuesPicture) -> None:
    """Paint a line from least to greatest, a bar of one deviation around the mean, a tick at 0."""
    colors, accent = theme.colors, theme.tone("gradient")
    middle, scale = area.top() + 9.0, area.width() / (picture.high - picture.low)

    def x(value: float) -> float:
        return area.left() + (min(max(value, picture.low), picture.high) - picture.low) * scale

    painter.setPen(QPen(colors.line, 1.5))
    painter.drawLine(QLineF(area.left(), middle, area.right(), middle))
    start, end = x(picture.mean - picture.deviation), x(picture.mean + picture.deviation)
    painter.setPen(QPen(accent.graphic, 1))
    painter.setBrush(accent.fill)
    painter.drawRoundedRect(QRectF(start, middle - 5, max(2.0, end - start), 10), 2, 2)
    painter.drawLine(QLineF(x(picture.mean), middle - 5, x(picture.mean), middle + 5))
    if picture.low < 0 < picture.high:
        painter.setPen(QPen(colors.text, 1))
        painter.drawLine(QLineF(x(0), middle - 7, x(0), middle + 7))
    _paint_ends(painter, theme, QRectF(area.left(), middle + 7, area.width(), 16), picture)


def _paint_ends(painter: QPainter, theme: Theme, area: QRectF, picture: ValuesPicture) -> None:
    _paint_words(painter, theme, area, short(picture.low))
    painter.drawText(_line(area), Qt.AlignmentFlag.AlignRight, short(picture.high))


def _paint_words(painter: QPainter, theme: Theme, area: QRectF, words: str) -> None:
    painter.setFont(ui_font(FONT_SMALL))
    painter.setPen(theme.colors.text_tertiary)
    painter.drawText(_line(area), Qt.AlignmentFlag.AlignLeft, words)


def _line(area: QRectF) -> QRectF:
    return QRectF(area.left(), area.top(), area.width(), 14)
