"""The loss over the iterations of a run, above the slider of the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan, log10

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.gui.panels.gradients.sparkline import paint_bad_zone
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL
from app.session.iterations.series import Began, Curve, first_bad, iteration_at
from app.session.language import number, tr
from app.session.numbers import short

HEIGHT = 80
_GRID = 3
_INSET = 8
_LABELS = 164
_MOST_LINEAR = 100.0
"""From this ratio of greatest to least on the scale is logarithmic."""


@dataclass(frozen=True, slots=True)
class LossCurve:
    """The values with the columns of the timeline at which they were known."""

    columns: Sequence[int]
    events: Sequence[int]
    values: Sequence[float | None]
    is_loss: bool

    @classmethod
    def of(cls, curve: Curve, columns: Sequence[int]) -> LossCurve | None:
        """Return the curve of a run; None if there are fewer than two values."""
        known = [one for one in curve.values if one is not None]
        if len(known) < 2:
            return None
        return cls(columns, curve.events, curve.values, curve.is_loss)

    @property
    def bad(self) -> int | None:
        """The first iteration whose value is not finite."""
        return first_bad(self.values)

    def at(self, event: int | None) -> int | None:
        """Return the last iteration up to an event (None: the end); None before the first."""
        return iteration_at(self.events, event)


class _Scale:
    """Values and heights, linear or, for a wide range of positive values, logarithmic."""

    def __init__(self, values: Sequence[float | None], area: QRectF) -> None:
        known = [one for one in values if one is not None and isfinite(one)]
        low, high = min(known, default=0.0), max(known, default=1.0)
        self.is_log = low > 0 and high / low > _MOST_LINEAR
        self._area = area
        self._low, self._high = (log10(low), log10(high)) if self.is_log else (low, high)
        if self._high - self._low <= 0:
            self._low, self._high = self._low - 0.5, self._high + 0.5

    def y(self, value: float) -> float:
        place = log10(value) if self.is_log else value
        share = (place - self._low) / (self._high - self._low)
        return self._area.bottom() - share * self._area.height()

    def grid(self) -> list[tuple[float, float]]:
        """Return the heights of the lines of the grid and their values."""
        found = []
        for step in range(_GRID):
            place = self._low + (self._high - self._low) * step / (_GRID - 1)
            value = 10**place if self.is_log else place
            found.append((self.y(value), value))
        return found


def paint_curve(
    painter: QPainter,
    theme: Theme,
    curve: LossCurve,
    width: float,
    event: int | None,
    xs: Sequence[float],
) -> None:
    """Paint the curve at the top of the timeline; `xs` are the places of its values.

    `event` is the moment that is shown, None for the end of the run.
    """
    area = QRectF(_LABELS, _INSET, width - _LABELS - 28, HEIGHT - 2 * _INSET)
    paint_values(painter, theme, curve.values, area, xs)
    _paint_words(painter, theme, curve, area, event, xs)


def paint_values(
    painter: QPainter,
    theme: Theme,
    values: Sequence[float | None],
    area: QRectF,
    xs: Sequence[float],
) -> None:
    """Paint values as a curve in an area, with a grid whose labels are at the left of it."""
    colors = theme.colors
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scale = _Scale(values, area)
    painter.setFont(mono_font(FONT_SMALL))
    for y, value in scale.grid():
        painter.setPen(QPen(colors.divider, 1))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
        painter.setPen(colors.text_tertiary)
        label = QRectF(area.left() - 68, y - 8, 60, 16)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(label, side, short(value))
    if (bad := first_bad(values)) is not None:
        paint_bad_zone(painter, theme, area, xs[bad])
    points = [
        QPointF(x, scale.y(value))
        for x, value in zip(xs, values, strict=True)
        if value is not None and isfinite(value) and not (scale.is_log and value <= 0)
    ]
    painter.setPen(QPen(colors.text, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))


def _paint_words(
    painter: QPainter,
    theme: Theme,
    curve: LossCurve,
    area: QRectF,
    event: int | None,
    xs: Sequence[float],
) -> None:
    colors = theme.colors
    painter.setPen(colors.text)
    painter.setFont(ui_font(FONT_SECONDARY, bold=True))
    name = tr("loss") if curve.is_loss else tr("norm of all gradients")
    painter.drawText(QRectF(14, area.top() - 4, 44, 32), Qt.TextFlag.TextWordWrap, name)
    at = curve.at(event)
    if at is not None and (value := curve.values[at]) is not None:
        painter.setFont(ui_font(FONT_SMALL))
        painter.setPen(colors.text_secondary)
        said = short(value) if isfinite(value) else tr("NaN") if value != value else tr("Inf")
        text = tr("{value} at {iteration}").format(value=said, iteration=number(at + 1))
        painter.drawText(QRectF(14, area.bottom() - 10, 90, 16), 0, text)
    if (bad := curve.bad) is not None:
        tone, value = theme.tone("cut"), curve.values[bad]
        painter.setPen(tone.text)
        painter.setFont(ui_font(FONT_SECONDARY, bold=True))
        is_nan = value is None or isnan(value)
        text = Began("nan" if is_nan else "inf", bad).title
        width = painter.fontMetrics().horizontalAdvance(text)
        left = xs[bad] + 8
        if left + width > area.right():
            left = xs[bad] - 8 - width
        painter.drawText(QPointF(left, area.top() + 14), text)
