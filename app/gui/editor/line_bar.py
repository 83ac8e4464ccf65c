"""The bar below the text for going to a line."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from app.gui.editor.code_editor import CodeEditor
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import number, tr

_PLACE = re.compile(r"\s*(\d+)\s*(?:[:,]\s*(\d+))?\s*")


class LineBar(QWidget):
    """Accepts "12" and "12:5" (line and column, both from 1); the text scrolls while typing."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__()
        self.setObjectName("lineBar")
        self.setProperty("editorBar", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._editor = editor
        self._before = 0
        label = QLabel(tr("Go to line"))
        self.field = QLineEdit()
        self.field.setAccessibleName(tr("Line to go to"))
        self.field.setProperty("code", True)
        self.field.setFixedWidth(96)
        self.field.installEventFilter(self)
        label.setBuddy(self.field)
        self._note = QLabel()
        self._note.setProperty("secondary", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, 6, SPACE, 6)
        row.setSpacing(SPACE_SMALL)
        row.addWidget(label)
        row.addWidget(self.field)
        row.addWidget(self._note, 1)
        self.field.textChanged.connect(self._follow)
        self.hide()

    def open(self) -> None:
        cursor = self._editor.textCursor()
        self._before = cursor.position()
        self._note.setText(tr("of {line_count}").format(line_count=number(self._editor.line_count)))
        self.field.setText(str(cursor.blockNumber() + 1))
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def _follow(self, text: str) -> None:
        found = _PLACE.fullmatch(text)
        if not self.isVisible() or found is None:
            return
        line = min(max(1, int(found[1])), self._editor.blockCount())
        column = max(0, int(found[2]) - 1) if found[2] else 0
        self._editor.show_place(line, column)

    def _close(self, *, stays: bool) -> None:
        if not stays:
            self._editor.select(self._before, self._before)
        self.hide()
        self._editor.setFocus()

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
            self._close(stays=enter)
        return True
