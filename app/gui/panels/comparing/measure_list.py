"""What can be counted of two runs, side by side: outlined bars are pinned, filled ones now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr

if TYPE_CHECKING:
    from app.session.comparing.measures import Measure
    from app.session.comparing.sides import Sides

ROW: Final = 28
_INSET: Final = 12
_TITLE_SHARE, _SIGN = 0.30, 28
_BAR, _BAR_HEIGHT, _WORDS = 64, 8, 94
_LEAST_FOR_BARS = 400
"""A narrower list has numbers only."""


class MeasureList(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("measures")
        self._theme = theme
        self._measures: Sequence[Measure] = ()
        self._order = 0, 1
        """The runs from the left."""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_swapped(self, swapped: bool) -> None:
        """Show the second run left of the first, or right of it."""
        self._order = (1, 0) if swapped else (0, 1)
        self.update()

    @property
    def measures(self) -> Sequence[Measure]:
        return self._measures

    def show_measures(self, measures: Sequence[Measure], sides: Sides) -> None:
        self._measures = measures
        lines = (
            f"{one.title}: {sides.first.title} {one.first}, {sides.second.title} {one.second}"
            for one in measures
        )
        self.setAccessibleName(tr("Side by side"))
        self.setAccessibleDescription("; ".join(lines))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, ROW * len(self._measures))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.colors.panel)
        for place, measure in enumerate(self._measures):
            self._paint(painter, measure, QRectF(0, place * ROW, self.width(), ROW))

    def _paint(self, painter: QPainter, measure: Measure, row: QRectF) -> None:
        colors = self._theme.colors
        title = row.adjusted(_INSET, 0, 0, 0)
        title.setWidth(row.width() * _TITLE_SHARE)
        font = ui_font(FONT_SECONDARY)
        write(painter, title, measure.title, font, colors.text_secondary)
        sign = QRectF(title.right(), row.top(), _SIGN, ROW)
        if measure.is_equal is not None:
            centre = Qt.AlignmentFlag.AlignHCenter
            bold = ui_font(14, bold=not measure.is_equal)
            ink = colors.text_tertiary if measure.is_equal else colors.text
            write(painter, sign, "=" if measure.is_equal else "≠", bold, ink, centre)
        half = (row.width() - sign.right() - _INSET) / 2
        ink = colors.text if measure.is_equal is False else colors.text_secondary
        for place, side in enumerate(self._order):
            words = (measure.first, measure.second)[side]
            area = QRectF(sign.right() + place * half, row.top(), half, ROW)
            if measure.shares is not None and row.width() >= _LEAST_FOR_BARS:
                bar = QRectF(0, area.center().y() - _BAR_HEIGHT / 2, _BAR, _BAR_HEIGHT)
                bar.moveLeft(area.left())
                bar.setWidth(min(_BAR, half - _WORDS))
                self._paint_bar(painter, bar, measure.shares[side], is_now=side == 1)
                area.setLeft(bar.right() + 8)
            write(painter, area, words, mono_font(FONT_SECONDARY), ink)
        painter.setPen(colors.divider)
        end = row.bottom() - 0.5
        painter.drawLine(QPointF(row.left(), end), QPointF(row.right(), end))

    def _paint_bar(self, painter: QPainter, place: QRectF, share: float, *, is_now: bool) -> None:
        colors = self._theme.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.hover)
        painter.drawRoundedRect(place, 2, 2)
        if not share:
            return
        bar = QRectF(place)
        bar.setWidth(max(3.0, place.width() * share))
        painter.setPen(QPen(colors.ink, 1.5))
        painter.setBrush(colors.ink if is_now else colors.panel)
        painter.drawRoundedRect(bar.adjusted(0.75, 0.75, -0.75, -0.75), 2, 2)
