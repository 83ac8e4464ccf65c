"""Keys that act wherever the focus is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication


class FirstKeys(QObject):
    """Handles keys before any widget receives them, between `start` and `stop`.

    Dialogs and menus keep their keys.
    """

    def start(self) -> None:
        """Handle keys, before whoever has begun to do so earlier."""
        self.stop()
        if (application := QApplication.instance()) is not None:
            application.installEventFilter(self)

    def stop(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def takes(self, event: QKeyEvent) -> bool:
        """Return whether a key is for this one."""
        raise NotImplementedError

    def press(self, event: QKeyEvent) -> None:
        """Do what a key means that this one takes."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if QApplication.activeModalWidget() or QApplication.activePopupWidget():
            return False
        if not isinstance(event, QKeyEvent) or not self.takes(event):
            return False
        event.accept()  # of a shortcut: the key itself follows
        if event.type() == QEvent.Type.KeyPress:
            self.press(event)
        return True


def is_held(event: QKeyEvent, *, but: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> bool:
    """Return whether Ctrl, Alt or the like is held with a key, or Shift; `but` one of them."""
    return bool(event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | but))
