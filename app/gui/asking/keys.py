"""The keys with which a room is asked, wherever the focus is."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

_Key = Qt.Key
Step = Literal["turn", "cover", "end"]
_STEPS: Final[dict[int, Step]] = {
    _Key.Key_Space: "turn",
    _Key.Key_PageDown: "turn",
    _Key.Key_PageUp: "cover",
    _Key.Key_Q: "end",
    _Key.Key_Escape: "end",
}
_IN_FIELD: Final = (_Key.Key_PageDown, _Key.Key_PageUp, _Key.Key_Escape)
"""What a presenter's remote sends acts in a field, too, and Esc leaves it."""


class AskingKeys(QObject):
    """Handles keys before any widget receives them, between `start` and `stop`.

    Dialogs and menus keep their keys, and a field keeps what is typed.  Space presses a button that
    has the focus, but in a presentation.
    """

    guessed = Signal(int)
    """The number of an option, from 0."""
    stepped = Signal(str)
    """A `Step`."""

    _presses_buttons = True

    def start(self, *, presses_buttons: bool) -> None:
        """Handle keys, before whoever has begun to do so earlier."""
        self._presses_buttons = presses_buttons
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)
            application.installEventFilter(self)

    def stop(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if not isinstance(event, QKeyEvent) or not self._is_for_asking(event):
            return False
        event.accept()  # of a shortcut: the key itself follows
        if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            self._press(event.key())
        return True

    def _press(self, key: int) -> None:
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit) and key == _Key.Key_Escape:
            field.clearFocus()  # the next one ends
        elif key in _STEPS:
            self.stepped.emit(_STEPS[key])
        else:
            self.guessed.emit(key - _Key.Key_1)

    def _is_for_asking(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held or QApplication.activeModalWidget() or QApplication.activePopupWidget():
            return False
        key, focused = event.key(), QApplication.focusWidget()
        if isinstance(focused, QLineEdit):
            return key in _IN_FIELD
        if key == _Key.Key_Space and isinstance(focused, QAbstractButton):
            return not self._presses_buttons
        return key in _STEPS or _Key.Key_1 <= key <= _Key.Key_4
