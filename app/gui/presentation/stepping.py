"""The keys that step through the run while presenting, wherever the focus is."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

_Key = Qt.Key
_REMOTE: Final = {_Key.Key_PageDown: 1, _Key.Key_PageUp: -1}
"""The keys that a presenter's remote sends."""
_STEPS: Final = _REMOTE | {
    _Key.Key_Space: 1,
    _Key.Key_Right: 1,
    _Key.Key_Down: 1,
    _Key.Key_Left: -1,
    _Key.Key_Up: -1,
}


class SteppingKeys(QObject):
    """Handles keys before any widget receives them, between `start` and `stop`.

    Dialogs and menus keep their keys, and so do an editable text and a field with text, except for
    the keys of a remote.
    """

    stepped = Signal(int)
    """Forward (1) or back (-1)."""

    def start(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.installEventFilter(self)

    def stop(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if not isinstance(event, QKeyEvent) or (step := _step(event)) == 0:
            return False
        event.accept()  # of a shortcut: the key itself follows
        if event.type() == QEvent.Type.KeyPress:
            self.stepped.emit(step)
        return True


def _step(event: QKeyEvent) -> int:
    key = Qt.Key(event.key())
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if held or QApplication.activeModalWidget() or QApplication.activePopupWidget():
        return 0
    return (_REMOTE if _is_written_in(QApplication.focusWidget()) else _STEPS).get(key, 0)


def _is_written_in(widget: QWidget | None) -> bool:
    if isinstance(widget, QLineEdit):
        return bool(widget.text())
    return isinstance(widget, QPlainTextEdit) and not widget.isReadOnly()
