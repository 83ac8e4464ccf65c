"""A plain text edit that copies and pastes every character as it is."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtWidgets import QPlainTextEdit

from app.gui.editor.text.line_endings import insert
from app.gui.editor.text.stand_ins import from_document, to_document

_LINE_BREAK = re.compile(r"\r\n?")


class ExactTextEdit(QPlainTextEdit):
    pasted = Signal()
    """Text was pasted or dropped, and is in the document."""

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(from_document(self.textCursor().selectedText()))
        return data

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text; its lines get the line endings of the file."""
        if source.hasText() and not self.isReadOnly():
            text = _LINE_BREAK.sub("\n", source.text())
            insert(self.textCursor(), to_document(text))
            self.ensureCursorVisible()
            self.pasted.emit()
