"""The keys of undo and redo in widgets with changes of their own to take back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


class UndoKeys(QObject):
    """Takes these keys while a widget, or one inside it, has the focus: else they edit the text."""

    undoWanted = Signal()
    redoWanted = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            for keys, wanted in (
                (QKeySequence.StandardKey.Undo, self.undoWanted),
                (QKeySequence.StandardKey.Redo, self.redoWanted),
            ):
                if event.matches(keys):
                    event.accept()
                    if event.type() == QEvent.Type.KeyPress:
                        wanted.emit()
                    return True
        return False
