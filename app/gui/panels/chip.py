"""A status as a pill: glyph and words on the status's tint."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SMALL

_HEIGHT = 20
_GLYPH = 13


class Chip(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._glyph: Glyph = "dot"
        self._tone: ToneKey = "neutral"
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_status(self, glyph: Glyph, tone: ToneKey, text: str) -> None:
        self._glyph, self._tone, self._text = glyph, tone, text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(ui_font(FONT_SMALL)).horizontalAdvance(self._text)
        return QSize(5 + _GLYPH + 5 + round(width) + 8, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self._theme.tone(self._tone)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone.fill)
        painter.drawRoundedRect(QRectF(self.rect()), _HEIGHT / 2, _HEIGHT / 2)
        top = (self.height() - _GLYPH) / 2
        paint_glyph(painter, self._glyph, QRectF(5, top, _GLYPH, _GLYPH), tone.graphic)
        painter.setPen(tone.text)
        painter.setFont(ui_font(FONT_SMALL))
        area = self.rect().adjusted(5 + _GLYPH + 5, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._text)


class GlyphLabel(QWidget):
    """A widget with one glyph, in the colour of a status or of secondary text."""

    def __init__(self, theme: Theme, glyph: Glyph, tone: ToneKey | None, size: int = 16) -> None:
        super().__init__()
        self._theme, self._glyph, self._tone = theme, glyph, tone
        self.setFixedSize(size, size)

    def set_glyph(self, glyph: Glyph, tone: ToneKey | None) -> None:
        self._glyph, self._tone = glyph, tone
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        color = theme.tone(self._tone).graphic if self._tone else theme.colors.text_secondary
        painter = QPainter(self)
        paint_glyph(painter, self._glyph, QRectF(self.rect()), color)
