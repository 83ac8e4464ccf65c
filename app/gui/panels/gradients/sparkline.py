"""Small curves over iterations, on a logarithmic scale that a whole column shares."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.gui.panels.gradients.over_iterations import LogSpan
from app.gui.theme import Theme
from app.gui.theme.status import pen
from app.session.iterations.series import first_bad

WIDTH, HEIGHT = 112, 24
_USUAL_RATIO = 1e-3
"""The ratio of update to value that is usual; a dotted line."""


def paint_sparkline(
    painter: QPainter,
    theme: Theme,
    area: QRectF,
    values: Sequence[float | None],
    span: LogSpan,
    color: QColor,
    at: int | None,
) -> None:
    """Paint a curve with the playhead at an iteration; what is not finite has a zone."""
    if (bad := first_bad(values)) is not None:
        paint_bad_zone(painter, theme, area, x_of(area, bad, len(values)))
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for piece in pieces(area, values, span):
        if len(piece) > 1:
            painter.drawPolyline(QPolygonF(piece))
        else:
            painter.drawPoint(piece[0])
    if at is not None:
        x = round(x_of(area, at, len(values))) + 0.5
        painter.setPen(QPen(theme.colors.ink, 1.5))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))


def paint_usual(painter: QPainter, theme: Theme, area: QRectF, span: LogSpan) -> None:
    """Paint the line at the usual ratio, if it is in the span."""
    share = span.share(_USUAL_RATIO)
    if 0 <= share <= 1:
        y = area.bottom() - share * area.height()
        painter.setPen(pen(theme.colors.line, 1, (1, 3)))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))


def paint_bad_zone(painter: QPainter, theme: Theme, area: QRectF, x: float) -> None:
    """Paint the zone from `x` on in which values are not finite."""
    tone = theme.tone("cut")
    left = min(x, area.right() - 2)
    painter.fillRect(QRectF(left, area.top(), area.right() - left, area.height()), tone.fill)
    painter.setPen(pen(tone.graphic, 1, (3, 3)))
    painter.drawLine(QLineF(left, area.top(), left, area.bottom()))


def x_of(area: QRectF, place: int, count: int) -> float:
    return area.left() + area.width() * place / max(1, count - 1)


def pieces(area: QRectF, values: Sequence[float | None], span: LogSpan) -> list[list[QPointF]]:
    """Return the points of a curve, in pieces between which nothing is known.

    Where iterations are closer than pixels, the least and the greatest of a pixel are points.
    """
    found: list[list[QPointF]] = [[]]
    per_pixel = max(1, int(len(values) / max(1.0, area.width())))
    for start in range(0, len(values), per_pixel):
        known = [
            one for one in values[start : start + per_pixel] if one is not None and isfinite(one)
        ]
        x = x_of(area, start, len(values))
        if not known:
            found.append([])
            continue
        ends = (known[0],) if per_pixel == 1 else (min(known), max(known))
        for value in ends:
            share = span.share(value) if value > 0 else 0.0
            found[-1].append(QPointF(x, area.bottom() - max(0.0, min(1.0, share)) * area.height()))
    return [piece for piece in found if piece]
