"""The keys of a presentation, wherever the focus is."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app.gui.controls.first_keys import FirstKeys, is_held
from app.gui.presentation.magnifier import Magnifier

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
    "nudge",
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
    _Key.Key_U: "nudge",
    _Key.Key_Backspace: "wipe",
    _Key.Key_Delete: "wipe",
}
_PANES: Final = {Qt.Key(_Key.Key_1 + place): place for place in range(9)}
_OF_GRAPH: Final = (_Key.Key_B, _Key.Key_F, _Key.Key_K, _Key.Key_N, _Key.Key_Q, _Key.Key_Z)
"""Keys that act in the graph, from everywhere."""


class RoomKeys(FirstKeys):
    """What can be written in keeps its keys except those of a remote.

    So does a widget with a `wants_key`, as far as that says.
    """

    pressed = Signal(str)
    """A `Command`."""
    panePressed = Signal(int)

    def __init__(self, graph: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._graph = graph

    def takes(self, event: QKeyEvent) -> bool:
        if is_held(event, but=Qt.KeyboardModifier.ShiftModifier):
            return False
        if _command(event) is not None:
            return True
        key, focused = event.key(), _focused()
        is_graphs = key in _OF_GRAPH and focused is not self._graph
        return not _is_written_in(focused, event) and (key in _PANES or is_graphs)

    def press(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if (command := _command(event)) is not None:
            self.pressed.emit(command)
        elif key in _PANES:
            self.panePressed.emit(_PANES[key])
        else:
            self._graph.keyPressEvent(event)


def _focused() -> QWidget | None:
    """Return what has the keyboard, also inside of what is magnified."""
    focused = QApplication.focusWidget()
    return focused.focused if isinstance(focused, Magnifier) else focused


def _command(event: QKeyEvent) -> Command | None:
    is_written = _is_written_in(_focused(), event)
    command = (_REMOTE if is_written else _COMMANDS).get(Qt.Key(event.key()))
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return "other pen" if command == "pen" else None
    return command


def _is_written_in(widget: QWidget | None, event: QKeyEvent) -> bool:
    if isinstance(widget, QLineEdit):
        return bool(widget.text() or event.text().strip())
    if isinstance(widget, QAbstractSpinBox):
        return event.key() != _Key.Key_Space
    if (wants := getattr(widget, "wants_key", None)) is not None:
        return event.key() != _Key.Key_Period and bool(wants(event))  # a remote sends the point
    return isinstance(widget, QPlainTextEdit) and not widget.isReadOnly()
