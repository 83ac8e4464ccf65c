"""The memory of each mode as a bar: outlined at the peak, filled what is held at the end."""

from __future__ import annotations

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
from app.gui.theme.fonts import mono_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr
from app.session.measuring.results import Measurement, OfMode
from app.session.measuring.words import NAMES
from app.session.numbers import size

ROW: Final = 26
_HEIGHT, _GAP = 10, 16


class MemoryBars(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._modes: list[tuple[Mode, OfMode]] = []
        self.setAccessibleName(tr("Peak memory"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_measurement(self, found: Measurement | None) -> None:
        self._modes = [(mode, one) for mode, one in measured_modes(found) if one.peak is not None]
        self.setAccessibleDescription("; ".join(_said(mode, one) for mode, one in self._modes))
        self.setToolTip(self.accessibleDescription().replace("; ", "\n"))
        self.updateGeometry()
        self.update()

    @property
    def is_empty(self) -> bool:
        return not self._modes

    def sizeHint(self) -> QSize:
        return QSize(NAME_WIDTH + NUMBER_WIDTH + 120, ROW * len(self._modes))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        largest = max((one.peak or 0 for _, one in self._modes), default=0) or 1
        for place, (mode, found) in enumerate(self._modes):
            row = QRectF(0, place * ROW, self.width(), ROW)
            if place:
                painter.setPen(self._theme.colors.divider)
                painter.drawLine(QPointF(0, row.top()), QPointF(row.right(), row.top()))
            self._paint_row(painter, mode, found, row, largest)

    def _paint_row(
        self, painter: QPainter, mode: Mode, found: OfMode, row: QRectF, largest: int
    ) -> None:
        colors = self._theme.colors
        paint_name(painter, self._theme, mode, row)
        number = NUMBER_WIDTH + _GAP
        room = row.width() - NAME_WIDTH - number
        bar = QRectF(NAME_WIDTH + 4, row.center().y() - _HEIGHT / 2, 0, _HEIGHT)
        bar.setWidth(max(2.0, room * (found.peak or 0) / largest))
        held = QRectF(bar)
        held.setWidth(room * max(0, found.held or 0) / largest)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.ink)
        painter.drawRoundedRect(held, 1, 1)
        painter.setPen(QPen(colors.ink, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(bar, 2, 2)
        figure = QRectF(row.right() - number, row.top(), number, ROW)
        bold, right = mono_font(FONT_SECONDARY, bold=True), Qt.AlignmentFlag.AlignRight
        write(painter, figure, size(found.peak or 0), bold, colors.text, right)


def _said(mode: Mode, found: OfMode) -> str:
    text = tr("{mode}: {peak} at the peak, {held} held at the end")
    values = {"peak": size(found.peak or 0), "held": size(found.held or 0)}
    return text.format(mode=tr(NAMES[mode]), **values)
