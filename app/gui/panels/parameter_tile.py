"""A square tile for parameters; operations have glyphs without a tile."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.contract.records import TrainState
from app.gui.theme import Theme
from app.gui.theme.glyphs import paint_glyph
from app.session.look.marks import TRAINS

_SIZE = 16


class ParameterTile(QWidget):
    def __init__(self, theme: Theme, state: TrainState) -> None:
        super().__init__()
        self._theme, self._state = theme, state
        self.setFixedSize(_SIZE, _SIZE)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glyph, key = TRAINS[self._state]
        tone = self._theme.tone(key)
        is_filled = self._state == "trained"
        style = Qt.PenStyle.DotLine if self._state == "frozen" else Qt.PenStyle.SolidLine
        painter.setPen(QPen(tone.graphic, 1.5, style))
        painter.setBrush(tone.graphic if is_filled else tone.fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 3.5, 3.5)
        color = self._theme.colors.on_accent if is_filled else tone.graphic
        paint_glyph(painter, glyph, QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), color)
