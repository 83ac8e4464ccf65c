"""The losses of runs over the value of an element, and the line whose slope is `.grad`."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_SMALL, SPACE_MEDIUM
from app.session.language import tr
from app.session.nudging.axes import Axis, loss_axis, tangent, value_axis
from app.session.nudging.results import Nudging
from app.session.nudging.words import figure, value_text

_HEIGHT: Final = 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 8, 40
_TICK_WIDTH, _TICK_HEIGHT = 44, 22
_RING, _BASE, _SHOWN = 3.0, 4.5, 7.0
_LINE: Final = 15
_H_CENTER, _H_RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight


class _Place:
    """Where values and losses are in a plot."""

    def __init__(self, area: QRectF, values: Axis, losses: Axis) -> None:
        self.area, self.values, self.losses = area, values, losses

    def x(self, value: float) -> float:
        return self.area.left() + self.area.width() * self.values.share(value)

    def y(self, loss: float) -> float:
        return self.area.bottom() - self.area.height() * self.losses.share(loss)

    def point(self, value: float, loss: float) -> QPointF:
        return QPointF(self.x(value), self.y(loss))


class NudgePlot(QWidget):
    """Nothing is drawn between runs: each ring is one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._nudging: Nudging | None = None
        self._shown: float | None = None
        self.setAccessibleName(tr("Loss over the value"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_nudging(self, nudging: Nudging | None, shown: float | None, words: str) -> None:
        """Show the runs; `shown` is the value, as it was asked for, whose step is drawn."""
        self._nudging, self._shown = nudging, shown
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        nudging = self._nudging
        if nudging is None:
            return
        area = QRectF(self.rect()).adjusted(
            SPACE_MEDIUM + _LEFT - 8, _TOP, -_RIGHT - SPACE_MEDIUM, -_BOTTOM
        )
        outcome = None if self._shown is None else nudging.runs.get(self._shown)
        value = nudging.value if outcome is None else outcome.value
        values = value_axis(nudging, value, max(1, int(area.width() / _TICK_WIDTH)))
        rings = [one for one in nudging.rings() if values.low <= one.value <= values.high]
        losses = loss_axis(nudging, rings, max(1, int(area.height() / _TICK_HEIGHT)))
        place = _Place(area, values, losses)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axes(painter, place, nudging)
        self._paint_tangent(painter, place, nudging, value)
        painter.setPen(QPen(self._theme.colors.text_secondary, 1.5))
        painter.setBrush(self._theme.colors.panel)
        for one in rings:
            painter.drawEllipse(place.point(one.value, one.loss), _RING, _RING)
        self._paint_step(painter, place, nudging)

    def _paint_axes(self, painter: QPainter, place: _Place, nudging: Nudging) -> None:
        colors, small, area = self._theme.colors, mono_font(FONT_SMALL), place.area
        for tick in place.losses.ticks:
            y = round(place.y(tick)) + 0.5
            painter.setPen(colors.divider)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            label = QRectF(SPACE_MEDIUM - 8, y - 8, area.left() - SPACE_MEDIUM + 2, 16)
            write(painter, label, place.losses.label(tick), small, colors.text_tertiary, _H_RIGHT)
        for tick in place.values.ticks:
            label = QRectF(place.x(tick) - 26, area.bottom() + 5, 52, _LINE)
            if label.left() >= area.left() - 30 and label.right() <= area.right() + 30:
                text = place.values.label(tick)
                write(painter, label, text, small, colors.text_tertiary, _H_CENTER)
        below = QRectF(area.left(), area.bottom() + 5 + _LINE, area.width(), _LINE)
        words, ink = ui_font(FONT_SMALL), colors.text_secondary
        write(painter, below, tr("value of {name}").format(name=nudging.name), words, ink)
        rest = below.adjusted(below.width() / 2, 0, 0, 0)
        write(painter, rest, tr("each ring is one run"), words, ink, _H_RIGHT)

    def _paint_tangent(
        self, painter: QPainter, place: _Place, nudging: Nudging, value: float
    ) -> None:
        ends = tangent(nudging, value, place.values, place.losses)
        if ends is None:
            return
        tone, loss = self._theme.tone("gradient"), nudging.target.loss
        points = [place.point(end, loss + nudging.grad * (end - nudging.value)) for end in ends]
        painter.setPen(QPen(tone.graphic, 3))
        painter.drawLine(*points)
        bold, text = ui_font(FONT_SMALL, bold=True), tr("slope = .grad")
        width = QFontMetricsF(bold).horizontalAdvance(text) + 2
        # At the end away from the step, on the side from which the line leads away.
        is_left = value >= nudging.value
        end = points[0] if is_left else points[1]
        left = end.x() + 14 if is_left else end.x() - 14 - width
        is_below = points[0].y() >= points[1].y() if is_left else points[0].y() <= points[1].y()
        top = end.y() - 3 if is_below else end.y() + 3 - _LINE
        top = min(max(top, place.area.top()), place.area.bottom() - _LINE + 4)
        write(painter, QRectF(left, top, width, _LINE), text, bold, tone.text)

    def _paint_step(self, painter: QPainter, place: _Place, nudging: Nudging) -> None:
        """Paint the traced run, and from there the step and the change of the loss."""
        colors, loss = self._theme.colors, nudging.target.loss
        base = place.point(nudging.value, loss)
        outcome = None if self._shown is None else nudging.runs.get(self._shown)
        is_step = outcome is not None and math.isfinite(outcome.loss)
        if outcome is not None and is_step and outcome.value != nudging.value:
            end = place.point(outcome.value, outcome.loss)
            corner = QPointF(end.x(), base.y())
            painter.setPen(QPen(colors.ink, 1.5, Qt.PenStyle.DotLine))
            painter.drawLine(base, corner)
            painter.setPen(QPen(colors.ink, 1.5))
            painter.drawLine(corner, end)
            self._write_step(painter, base, end, outcome.value - nudging.value,
                             outcome.loss - loss, place.area)  # fmt: skip
            painter.setBrush(colors.panel)
            painter.setPen(QPen(colors.ink, 2))
            painter.drawEllipse(end, _SHOWN, _SHOWN)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.ink)
        painter.drawEllipse(base, _BASE, _BASE)

    def _write_step(
        self,
        painter: QPainter,
        base: QPointF,
        end: QPointF,
        step: float,
        change: float,
        area: QRectF,
    ) -> None:
        colors, mono = self._theme.colors, mono_font(FONT_SMALL)
        metrics = QFontMetricsF(mono)
        rises = end.y() <= base.y()
        text = f"ε = {value_text(step)}"
        width = metrics.horizontalAdvance(text) + 2
        top = base.y() + 5 if rises else base.y() - 5 - _LINE
        top = min(max(top, area.top()), area.bottom() - _LINE)
        left = min(max((base.x() + end.x() - width) / 2, area.left()), area.right() - width)
        write(painter, QRectF(left, top, width, _LINE), text, mono, colors.text)
        text = figure(change, signed=True)
        width = metrics.horizontalAdvance(text) + 2
        outwards = end.x() + 12 if step > 0 else end.x() - 12 - width
        is_inside = area.left() <= outwards and outwards + width <= self.width()
        inwards = end.x() - 12 - width if step > 0 else end.x() + 12
        middle = (base.y() + end.y()) / 2
        at = QRectF(outwards if is_inside else inwards, middle - _LINE / 2, width, _LINE)
        write(painter, at, text, mono, colors.text)
