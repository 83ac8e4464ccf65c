"""A combo box with an arrow of its own, because style sheets remove the platform's."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox

from app.gui.controls.corners import round_corners
from app.gui.theme.glyphs import paint_glyph

_INSET, _ARROW = 10, 14


class ArrowBox(QComboBox):
    """Takes its colours from the palette, so that dialogs need no theme."""

    def showPopup(self) -> None:
        super().showPopup()
        round_corners(self.view().window())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        arrow = QRectF(self.width() - _INSET - _ARROW, 0, _ARROW, _ARROW)
        arrow.moveTop((self.height() - _ARROW) / 2)
        paint_glyph(QPainter(self), "chevron_down", arrow, self.palette().placeholderText().color())
