"""The keys of a presentation, wherever the focus is."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

_Key = Qt.Key
Command = Literal[
    "next",
    "back",
    "step",
    "step back",
    "begin",
    "blank",
    "spotlight",
    "pen",
    "other pen",
    "wipe",
    "swap",
]
"""`next` and `back` are of scenes if there are some; `step` is of the run.  `begin`, `blank`: what
else a remote sends; `swap` exchanges two screens."""
_REMOTE: Final[dict[Qt.Key, Command]] = {
    _Key.Key_PageDown: "next",
    _Key.Key_PageUp: "back",
    _Key.Key_F5: "begin",
}
"""The keys that a remote sends and that write nothing."""
_COMMANDS: Final[dict[Qt.Key, Command]] = _REMOTE | {
    _Key.Key_Space: "next",
    _Key.Key_Right: "next",
    _Key.Key_Left: "back",
    _Key.Key_Down: "step",
    _Key.Key_Up: "step back",
    _Key.Key_Period: "blank",
    _Key.Key_S: "spotlight",
    _Key.Key_P: "pen",
    _Key.Key_X: "swap",
    _Key.Key_Backspace: "wipe",
    _Key.Key_Delete: "wipe",
}
_PANES: Final = {Qt.Key(_Key.Key_1 + place): place for place in range(9)}
_OF_GRAPH: Final = (_Key.Key_B, _Key.Key_F, _Key.Key_K, _Key.Key_N, _Key.Key_Q, _Key.Key_Z)
"""Keys that act in the graph, from everywhere."""


class RoomKeys(QObject):
    """Handles keys before any widget receives them, between `start` and `stop`.

    Dialogs and menus keep their keys, and so do an editable text and a field with text, except for
    the keys of a remote.
    """

    pressed = Signal(str)
    """A `Command`."""
    panePressed = Signal(int)

    def __init__(self, graph: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._graph = graph

    def start(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.installEventFilter(self)

    def stop(self) -> None:
        if (application := QApplication.instance()) is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if not isinstance(event, QKeyEvent) or not _may_be_ours(event):
            return False
        key, focused = Qt.Key(event.key()), QApplication.focusWidget()
        is_written = _is_written_in(focused, event)
        command = (_REMOTE if is_written else _COMMANDS).get(key)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            command = "other pen" if command == "pen" else None
        if command is None and (is_written or self._is_left_alone(key, focused)):
            return False
        event.accept()  # of a shortcut: the key itself follows
        if event.type() == QEvent.Type.KeyPress:
            self._obey(command, key, event)
        return True

    def _is_left_alone(self, key: Qt.Key, focused: QWidget | None) -> bool:
        return key not in _PANES and (key not in _OF_GRAPH or focused is self._graph)

    def _obey(self, command: Command | None, key: Qt.Key, event: QKeyEvent) -> None:
        if command is not None:
            self.pressed.emit(command)
        elif key in _PANES:
            self.panePressed.emit(_PANES[key])
        else:
            self._graph.keyPressEvent(event)


def _may_be_ours(event: QKeyEvent) -> bool:
    plain = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
    is_held = event.modifiers() & ~plain
    return not (is_held or QApplication.activeModalWidget() or QApplication.activePopupWidget())


def _is_written_in(widget: QWidget | None, event: QKeyEvent) -> bool:
    if isinstance(widget, QLineEdit):
        return bool(widget.text() or event.text().strip())
    return isinstance(widget, QPlainTextEdit) and not widget.isReadOnly()
