"""A label that elides its text if there is no room for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from app.gui.controls.shortened import ends_of

_INSET, _LEAST = 4, 5


class ElidedLabel(QLabel):
    """Elides at the end; a `centred` one elides in the middle and keeps a margin.

    Where there is a `short` text, it is shown rather than the beginning of the text.  A beginning
    of a letter or two says nothing, and is not shown.
    """

    def __init__(self, *, centred: bool = False) -> None:
        super().__init__()
        self.short = ""
        self._inset = _INSET if centred else 0
        self._mode = Qt.TextElideMode.ElideMiddle if centred else Qt.TextElideMode.ElideRight
        side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> str:
        """What there is room for."""
        metrics, room = self.fontMetrics(), self.width() - 2 * self._inset
        text = ends_of(self.text(), room)
        if self.short and metrics.horizontalAdvance(text) > room:
            text = self.short
        elided = metrics.elidedText(text, self._mode, room)
        return "" if elided != text and len(elided) < _LEAST else elided

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), self.alignment(), self.shown)
