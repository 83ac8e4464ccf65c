"""A field for going somewhere by a number, with the keys that end it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.gui.theme.metrics import SPACE_SMALL


class GoToBar(QWidget):
    """Reports what the user types, so that the view can follow it.

    Enter and Esc close it, and so does a click outside it.
    """

    typed = Signal(str)
    left = Signal(bool)
    """Whether the user closed it with Enter, to stay there, or with Esc, to go back."""

    def __init__(self, title: str, name: str, width: int) -> None:
        """`name` is that of the field, `width` its width in pixels."""
        super().__init__()
        label = QLabel(title)
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.field.setProperty("code", True)
        self.field.setFixedWidth(width)
        self.field.installEventFilter(self)
        self.field.textEdited.connect(self.typed)
        label.setBuddy(self.field)
        self._note = QLabel()
        self._note.setProperty("secondary", True)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, SPACE_SMALL, 0)
        self.row.setSpacing(SPACE_SMALL)
        for widget in (label, self.field, self._note):
            self.row.addWidget(widget)
        self.hide()

    def ask(self, at: int, note: str) -> None:
        """Ask for a number; `at` is the present one, and `note` is shown after the field."""
        self._note.setText(note)
        self.field.setText(str(at))
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.FocusOut:
                self.hide()
            return False
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not enter and event.key() != Qt.Key.Key_Escape:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            self.hide()
            self.left.emit(enter)
        return True
