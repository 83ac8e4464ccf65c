"""The keys with which a room is asked, wherever the focus is."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from app.gui.controls.first_keys import FirstKeys, is_held

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


class AskingKeys(FirstKeys):
    """A field keeps what is typed.  Space presses a button that has the focus, but in a
    presentation."""

    guessed = Signal(int)
    """The number of an option, from 0."""
    stepped = Signal(str)
    """A `Step`."""

    presses_buttons = True

    def press(self, event: QKeyEvent) -> None:
        field, key = QApplication.focusWidget(), event.key()
        if event.isAutoRepeat():
            return
        if isinstance(field, QLineEdit) and key == _Key.Key_Escape:
            field.clearFocus()  # the next one ends
        elif key in _STEPS:
            self.stepped.emit(_STEPS[key])
        else:
            self.guessed.emit(key - _Key.Key_1)

    def takes(self, event: QKeyEvent) -> bool:
        key, focused = event.key(), QApplication.focusWidget()
        if is_held(event):
            return False
        if isinstance(focused, QLineEdit):
            return key in _IN_FIELD
        if key == _Key.Key_Space and isinstance(focused, QAbstractButton):
            return not self.presses_buttons
        return key in _STEPS or _Key.Key_1 <= key <= _Key.Key_4
