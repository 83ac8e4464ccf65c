"""A label that elides its text if there is no room for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

_INSET = 4


class ElidedLabel(QLabel):
    """Elides at the end; a `centred` one elides in the middle and keeps a margin."""

    def __init__(self, *, centred: bool = False) -> None:
        super().__init__()
        self._inset = _INSET if centred else 0
        self._mode = Qt.TextElideMode.ElideMiddle if centred else Qt.TextElideMode.ElideRight
        side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        room = self.width() - 2 * self._inset
        text = self.fontMetrics().elidedText(self.text(), self._mode, room)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), self.alignment(), text)
