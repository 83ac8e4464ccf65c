"""The table of steps: what the loss changes, and how far that over ε is from `.grad`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, SPACE_MEDIUM, TABLE_HEADER_HEIGHT
from app.session.language import tr, translatable
from app.session.nudging.results import REFERENCE_STEPS, Nudging
from app.session.nudging.target import element_text
from app.session.nudging.words import cells, figure, value_text

_ROW: Final = 26
_SHARES: Final = (0.0, 0.245, 0.575, 0.8)
"""Where the columns begin, as shares of the width."""
_TITLES = (
    translatable("Step ε"),
    translatable("Change of loss"),
    translatable("Change / ε"),
    translatable("Off .grad by"),
)
_GLYPH: Final = 13


class NudgeTable(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._nudging: Nudging | None = None
        self.rows: Sequence[Sequence[str]] = ()
        """The texts of the lines: that of the step that is shown first, then smaller ones."""
        self.setAccessibleName(tr("Steps"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_nudging(self, nudging: Nudging | None, shown: float | None) -> None:
        """Show the step to the value that was asked for, and the reference steps."""
        self._nudging = nudging
        self.rows = () if nudging is None else _lines(nudging, shown)
        said = [" | ".join(row) for row in self.rows]
        if nudging is not None:
            said.append(f"{_grad_name(nudging)} {figure(nudging.grad)}")
        self.setAccessibleDescription("; ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = 2 + len(REFERENCE_STEPS)
        return QSize(300, TABLE_HEADER_HEIGHT + lines * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._nudging is None:
            return
        colors = self._theme.colors
        painter = QPainter(self)
        header = QRectF(0, 0, self.width(), TABLE_HEADER_HEIGHT)
        painter.fillRect(header, colors.raised)
        for y in (header.top(), header.bottom() - 1):
            painter.fillRect(QRectF(0, y, self.width(), 1), colors.divider)
        small = ui_font(FONT_SMALL)
        for place, title in enumerate(_TITLES):
            write(painter, self._cell(place, header), tr(title), small, colors.text_tertiary)
        for number, row in enumerate(self.rows):
            area = QRectF(0, TABLE_HEADER_HEIGHT + number * _ROW, self.width(), _ROW)
            if not number:
                painter.fillRect(area, colors.selected)
            painter.fillRect(QRectF(0, area.bottom() - 1, self.width(), 1), colors.divider)
            for place, text in enumerate(row):
                ink = colors.text_secondary if place == 3 else colors.text
                font = mono_font(FONT_SECONDARY, bold=place == 2)
                write(painter, self._cell(place, area), text, font, ink)
        self._paint_grad(painter, self._nudging)

    def _cell(self, column: int, row: QRectF) -> QRectF:
        room = self.width() - 2 * SPACE_MEDIUM
        ends = (*_SHARES, 1.0)
        left = SPACE_MEDIUM + room * ends[column]
        return QRectF(left, row.top(), room * (ends[column + 1] - ends[column]) - 4, row.height())

    def _paint_grad(self, painter: QPainter, nudging: Nudging) -> None:
        tone = self._theme.tone("gradient")
        top = TABLE_HEADER_HEIGHT + len(self.rows) * _ROW
        area = QRectF(0, top, self.width(), _ROW)
        painter.fillRect(area, tone.fill)
        glyph = QRectF(SPACE_MEDIUM, area.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
        paint_glyph(painter, "gradient", glyph, tone.graphic)
        mono, words = mono_font(FONT_SECONDARY, bold=True), ui_font(FONT_SECONDARY)
        end = self._cell(2, area)
        name = QRectF(glyph.right() + 6, top, end.left() - glyph.right() - 10, _ROW)
        rest = tr(", step to zero")
        needed = QFontMetricsF(words).horizontalAdvance(rest) + 2
        width = min(QFontMetricsF(mono).horizontalAdvance(_grad_name(nudging)) + 1, name.width())
        write(painter, QRectF(name.left(), top, width, _ROW), _grad_name(nudging), mono, tone.text)
        if width + needed <= name.width():
            at = QRectF(name.left() + width, top, needed, _ROW)
            write(painter, at, rest, words, tone.text)
        write(painter, end, figure(nudging.grad), mono, tone.text)


def _grad_name(nudging: Nudging) -> str:
    return f"{nudging.target.name}.grad{element_text(nudging.element)}"


def _lines(nudging: Nudging, shown: float | None) -> list[tuple[str, ...]]:
    steps = [(nudging.moved_by(step), step) for step in REFERENCE_STEPS]
    if shown is None or shown == nudging.value:
        steps.insert(0, (nudging.value, 0.0))
    else:
        steps.insert(0, (shown, shown - nudging.value))
    rows = ((nudging.row(value), step) for value, step in steps)
    return [(value_text(step), "–", "–", "–") if row is None else cells(row) for row, step in rows]
