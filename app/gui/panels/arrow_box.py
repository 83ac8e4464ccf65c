"""A choice from a list with the window's own arrow: style sheets take the platform's away."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from app.gui.theme.glyphs import paint_glyph

_INSET, _ARROW = 10, 14


class ArrowBox(QComboBox):
    """It takes its colours from the palette, so that dialogs need not pass a theme on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        arrow = QRectF(self.width() - _INSET - _ARROW, 0, _ARROW, _ARROW)
        arrow.moveTop((self.height() - _ARROW) / 2)
        paint_glyph(QPainter(self), "chevron_down", arrow, self.palette().placeholderText().color())
