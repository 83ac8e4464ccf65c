"""What the user sees while a graph is laid out: the old picture pales, then a hint appears."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter

from app.gui.graph.backdrop import paint_message, paint_veil
from app.gui.theme import Theme

VEIL_MS: Final = 150
"""Most layouts are faster: nothing flickers for those."""
HINT_MS: Final = 500


class Waiting(QObject):
    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.is_veiled = False
        self.hint = ""
        self._operations = 0
        self._veil_timer = self._timer(VEIL_MS, self._veil)
        self._hint_timer = self._timer(HINT_MS, self._show_hint)

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    def start(self, operations: int) -> None:
        """So many operations are being laid out; a newer graph does not start the wait anew."""
        self._operations = operations
        if not self.is_veiled and not self._veil_timer.isActive():
            self._veil_timer.start()
            self._hint_timer.start()

    def stop(self) -> None:
        self._veil_timer.stop()
        self._hint_timer.stop()
        self.is_veiled, self.hint = False, ""

    def paint(self, painter: QPainter, theme: Theme, whole: QRectF, room: QRectF) -> None:
        if self.is_veiled:
            paint_veil(painter, theme, whole)
        if self.hint:
            paint_message(painter, theme, room, self.hint)

    def _veil(self) -> None:
        self.is_veiled = True
        self.changed.emit()

    def _show_hint(self) -> None:
        self.hint = f"Laying out {self._operations:,} operations …"
        self.changed.emit()
