"""The header above one of two runs: which it is, in a chip, and what it shows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY

_HEIGHT = 20
_GLYPH = 13
_LEFT, _RIGHT, _GAP = 6, 8, 5


class RunChip(QWidget):
    """Ink is the colour of a tool's state: the pinned run has an outline, that of now is filled."""

    def __init__(self, theme: Theme, glyph: Glyph | None) -> None:
        super().__init__()
        self._theme, self._text, self._glyph = theme, "", glyph
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def _start(self) -> int:
        return _LEFT + _GLYPH + _GAP if self._glyph else _RIGHT

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(ui_font(FONT_SECONDARY, bold=True)).horizontalAdvance(self._text)
        return QSize(self._start + round(width) + 1 + _RIGHT, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.ink, 1.5))
        is_filled = self._glyph is None
        painter.setBrush(colors.ink if is_filled else colors.panel)
        area = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        if self._glyph:
            top = (self.height() - _GLYPH) / 2
            paint_glyph(painter, self._glyph, QRectF(_LEFT, top, _GLYPH, _GLYPH), colors.ink)
        painter.setPen(colors.on_accent if is_filled else colors.ink)
        font = ui_font(FONT_SECONDARY, bold=True)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        baseline = (self.height() + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(self._start, round(baseline), self._text)


class RunHeader(Header):
    def __init__(self, theme: Theme, *, pinned: bool) -> None:
        super().__init__("")
        self._title.hide()
        self.chip = RunChip(theme, "pin" if pinned else None)
        self._row.insertWidget(0, self.chip)

    def add_icon(self, action: QAction) -> None:
        """Put an action's button at the right end, without its text."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setProperty("flat", True)
        button.setProperty("square", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_widget(button)
