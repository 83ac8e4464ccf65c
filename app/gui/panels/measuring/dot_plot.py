"""The time of each round as a ring, by mode, above one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.contract.records import Mode
from app.gui.controls.written import write
from app.gui.panels.measuring.rows import (
    NAME_WIDTH,
    NUMBER_WIDTH,
    measured_modes,
    paint_name,
)
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_BASE, FONT_SECONDARY, FONT_SMALL
from app.session.language import ngettext, number, tr
from app.session.measuring.axis import TimeAxis, time_axis
from app.session.measuring.results import Measurement, OfMode
from app.session.measuring.words import NAMES
from app.session.numbers import duration

ROW: Final = 44
_AXIS: Final = 24
_TICK_ROOM: Final = 50
_RING, _STROKE, _APART = 2.5, 1.2, 6.0
_BOX_HEIGHT, _MEDIAN_HEIGHT = 20, 26
_STACK: Final = (0, -1, 1, -2, 2)
"""Where rings go that would cover each other, in steps from the middle of the row."""


class DotPlot(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._modes: list[tuple[Mode, OfMode]] = []
        self.setAccessibleName(tr("Time"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_measurement(self, found: Measurement | None) -> None:
        self._modes = measured_modes(found)
        self.setAccessibleDescription("; ".join(_said(mode, one) for mode, one in self._modes))
        self.setToolTip(self.accessibleDescription().replace("; ", "\n"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(NAME_WIDTH + NUMBER_WIDTH + 120, ROW * len(self._modes) + _AXIS)

    def paintEvent(self, event: QPaintEvent) -> None:
        height = ROW * len(self._modes)
        plot = QRectF(NAME_WIDTH, 0, self.width() - NAME_WIDTH - NUMBER_WIDTH, height)
        series = [list(one.seconds.values()) for _, one in self._modes]
        axis = time_axis(series, max(1, int(plot.width() / _TICK_ROOM)))
        if axis is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axis(painter, axis, plot)
        for place, (mode, found) in enumerate(self._modes):
            row = QRectF(0, place * ROW, self.width(), ROW)
            if place:
                painter.setPen(self._theme.colors.divider)
                painter.drawLine(QPointF(0, row.top()), QPointF(row.right(), row.top()))
            self._paint_row(painter, axis, mode, found, row, plot)

    def _paint_axis(self, painter: QPainter, axis: TimeAxis, plot: QRectF) -> None:
        colors, small = self._theme.colors, mono_font(FONT_SMALL)
        label = QRectF(0, plot.bottom() + 4, 56, _AXIS - 4)
        for tick in axis.ticks:
            x = _x(axis, plot, tick)
            painter.setPen(colors.divider)
            painter.drawLine(QPointF(x, 0), QPointF(x, plot.bottom()))
            label.moveCenter(QPointF(x, label.center().y()))
            center = Qt.AlignmentFlag.AlignHCenter
            write(painter, label, axis.label(tick), small, colors.text_secondary, center)
        unit = QRectF(plot.right(), label.top(), NUMBER_WIDTH, label.height())
        right = Qt.AlignmentFlag.AlignRight
        write(painter, unit, axis.unit, small, colors.text_secondary, right)
        if axis.beyond:
            text = ngettext("{count} off the axis", "{count} off the axis", axis.beyond)
            off = QRectF(0, label.top(), NAME_WIDTH - 28, label.height())
            said = text.format(count=number(axis.beyond))
            write(painter, off, said, ui_font(FONT_SMALL), colors.text_secondary)

    def _paint_row(
        self,
        painter: QPainter,
        axis: TimeAxis,
        mode: Mode,
        found: OfMode,
        row: QRectF,
        plot: QRectF,
    ) -> None:
        colors = self._theme.colors
        paint_name(painter, self._theme, mode, row)
        area = QRectF(plot.left(), row.top(), plot.width(), ROW)
        spread, y = found.spread, row.center().y()
        if spread is None:
            ink = colors.text_secondary
            write(painter, area, _without_time(found), ui_font(FONT_SECONDARY), ink)
            return
        box = QRectF(_x(axis, plot, spread.low), y - _BOX_HEIGHT / 2, 0, _BOX_HEIGHT)
        box.setRight(_x(axis, plot, spread.high))
        painter.fillRect(box, colors.selected)
        pen = QPen(colors.text_secondary, _STROKE)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        xs = [_x(axis, plot, one) for one in sorted(found.seconds.values())]
        for x, step in zip(xs, _stacked(xs), strict=True):
            painter.setPen(pen)
            painter.drawEllipse(QPointF(x, y + step * _APART), _RING, _RING)
        middle = _x(axis, plot, spread.median)
        painter.fillRect(QRectF(middle - 1, y - _MEDIAN_HEIGHT / 2, 2, _MEDIAN_HEIGHT), colors.ink)
        figure = QRectF(plot.right(), row.top(), NUMBER_WIDTH, ROW)
        text, bold = axis.figure(spread.median), mono_font(FONT_BASE, bold=True)
        write(painter, figure, text, bold, colors.text, Qt.AlignmentFlag.AlignRight)


def _x(axis: TimeAxis, plot: QRectF, seconds: float) -> float:
    """Return where a time is; what lies beyond the end of the axis is at the end."""
    return plot.left() + 4 + (plot.width() - 10) * axis.share(seconds)


def _stacked(xs: Sequence[float]) -> list[int]:
    """Return for each ring, from left to right, the step at which it covers no other."""
    last = dict.fromkeys(_STACK, -1e9)
    steps = []
    for x in xs:
        free = (step for step in _STACK if x - last[step] >= 2 * _RING + 0.5)
        step = next(free, min(_STACK, key=lambda one: last[one]))
        last[step] = x
        steps.append(step)
    return steps


def _without_time(found: OfMode) -> str:
    return tr("does not run") if found.error is not None else tr("not measured yet")


def _said(mode: Mode, found: OfMode) -> str:
    name, spread = tr(NAMES[mode]), found.spread
    if spread is None:
        return f"{name}: {found.error or _without_time(found)}"
    rounds = ngettext("{count} round", "{count} rounds", len(found.seconds))
    text = tr("{mode}: median {median}, middle half {low} to {high}, {rounds}")
    return text.format(
        mode=name,
        median=duration(spread.median),
        low=duration(spread.low),
        high=duration(spread.high),
        rounds=rounds.format(count=number(len(found.seconds))),
    )
