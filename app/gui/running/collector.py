"""Python's cyclic garbage collector, kept to the window's thread."""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from app.session import garbage

_EVERY_MS: Final = 1000


class Collector(QObject):
    """Runs the cyclic collector by a timer, and never otherwise.

    Left to itself it runs in whichever thread makes the next object.  In a worker it would destroy
    widgets and connections there, while the window's thread uses them: Qt crashes, or waits for a
    lock for ever.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._hands: object = None
        timer = QTimer(self, interval=_EVERY_MS)
        timer.timeout.connect(self._collect)
        timer.start()

    def _collect(self) -> None:
        before, self._hands = self._hands, _hands()
        garbage.collect(at_leisure=before == self._hands)


def _hands() -> object:
    """Return what changes where the user moves the mouse or types."""
    focus = QApplication.focusWidget()
    query = Qt.InputMethodQuery.ImCursorRectangle
    return QCursor.pos(), QApplication.mouseButtons(), focus and focus.inputMethodQuery(query)
