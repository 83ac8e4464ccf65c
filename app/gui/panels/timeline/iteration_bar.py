"""The field in the timeline's header for going to an iteration."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.gui.theme.metrics import SPACE_SMALL
from app.session.language import number, tr


class IterationBar(QWidget):
    """Accepts a number from 1; the run follows while the user types."""

    numberChosen = Signal(int)
    left = Signal(bool)
    """Whether the user wants to stay at the iteration."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("iterationBar")
        label = QLabel(tr("Go to iteration"))
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Iteration to go to"))
        self.field.setProperty("code", True)
        self.field.setFixedWidth(64)
        self.field.installEventFilter(self)
        label.setBuddy(self.field)
        self._of = QLabel()
        self._of.setProperty("secondary", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, SPACE_SMALL, 0)
        row.setSpacing(SPACE_SMALL)
        for widget in (label, self.field, self._of):
            row.addWidget(widget)
        self._count = 0
        self.field.textEdited.connect(self._follow)
        self.hide()

    def open(self, at: int, count: int) -> None:
        """Ask for an iteration of `count`; `at` is the one that is shown."""
        self._count = count
        self._of.setText(tr("of {count}").format(count=number(count)))
        self.field.setText(str(at))
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def _follow(self, text: str) -> None:
        if text.strip().isdecimal():
            self.numberChosen.emit(min(max(1, int(text)), self._count))

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
