"""The header above one of two runs: which it is, in a chip, and what it shows."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT, FONT_SECONDARY, ROOM_HEADER_HEIGHT

_HEIGHT = 20
_GLYPH = 13
_LEFT, _RIGHT, _GAP = 6, 8, 5
_ROOM_SCALE = 1.4


class RunChip(QWidget):
    """Ink is the colour of a tool's state: the pinned run has an outline, that of now is filled."""

    def __init__(self, theme: Theme, glyph: Glyph | None) -> None:
        super().__init__()
        self._theme, self._text, self._glyph = theme, "", glyph
        self._scale = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_large(self, large: bool) -> None:
        self._scale = _ROOM_SCALE if large else 1.0
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
        return QSize(self._start + round(width) + 1 + _RIGHT, _HEIGHT) * self._scale

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._scale, self._scale)
        size = QSizeF(self.size()) / self._scale
        painter.setPen(QPen(colors.ink, 1.5))
        is_filled = self._glyph is None
        painter.setBrush(colors.ink if is_filled else colors.panel)
        area = QRectF(QPointF(), size).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        if self._glyph:
            top = (size.height() - _GLYPH) / 2
            paint_glyph(painter, self._glyph, QRectF(_LEFT, top, _GLYPH, _GLYPH), colors.ink)
        painter.setPen(colors.on_accent if is_filled else colors.ink)
        font = ui_font(FONT_SECONDARY, bold=True)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        baseline = (size.height() + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(self._start, round(baseline), self._text)


class RunHeader(Header):
    def __init__(self, theme: Theme, *, pinned: bool) -> None:
        super().__init__("")
        self._title.hide()
        self.chip = RunChip(theme, "pin" if pinned else None)
        self._row.insertWidget(0, self.chip)

    def set_large(self, large: bool) -> None:
        """Be read from the last row of a room, without buttons, or as usual."""
        self.setFixedHeight(ROOM_HEADER_HEIGHT if large else DOCK_HEADER_HEIGHT)
        self.chip.set_large(large)
        self._note.setProperty("roomNote" if large else "subtitle", True)
        self._note.setProperty("subtitle" if large else "roomNote", False)
        self._note.style().polish(self._note)
        for button in self.findChildren(QToolButton):
            button.setVisible(not large)

    def add_icon(self, action: QAction) -> None:
        """Put an action's button at the right end, without its text."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setProperty("flat", True)
        button.setProperty("square", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_widget(button)
