"""Pairs of brackets and quotes: the closing one is inserted at once, and can be typed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtGui import QTextCursor

from app.gui.editor.text.units import column_of

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor

_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "\"'"
_ROOM: Final = re.compile(r"$|[\s)\]},:;]")
"""What may follow an automatic closing bracket; before other text it is seldom wanted."""
_TEXT_BEGINS: Final = re.compile(r"(^|[^\w\"'])[rbufRBUF]{0,2}$")


class _Pair(NamedTuple):
    """The places after the opening and before the closing one; they move with the text."""

    inside: QTextCursor
    closing: QTextCursor


class Pairs:
    """Inserts closing brackets; an inserted one is forgotten when the cursor leaves the pair."""

    def __init__(self, editor: CodeEditor) -> None:
        self._editor = editor
        self._open: list[_Pair] = []
        editor.cursorPositionChanged.connect(self._follow)
        editor.sheetChanged.connect(self._open.clear)

    def type(self, text: str) -> bool:
        """Handle a typed text; return False if it should be inserted normally."""
        cursor = self._editor.textCursor()
        closing = _BRACKETS.get(text) or (text if text and text in _QUOTES else "")
        if cursor.hasSelection():
            return bool(closing) and self._wrap(cursor, text, closing)
        if self._is_ahead(cursor, text):
            cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
            self._editor.setTextCursor(cursor)
            return True
        return bool(closing) and self._is_wanted(cursor, text) and self._put(cursor, text, closing)

    def delete(self) -> bool:
        """Handle Backspace in an empty pair; return False elsewhere."""
        cursor = self._editor.textCursor()
        pair = self._open[-1] if self._open else None
        if pair is None or cursor.hasSelection() or pair.inside != pair.closing:
            return False
        if pair.closing != cursor or not self._is_ahead(cursor, _character(pair.closing)):
            return False
        cursor.beginEditBlock()
        cursor.deletePreviousChar()
        cursor.deleteChar()
        cursor.endEditBlock()
        return True

    def _is_ahead(self, cursor: QTextCursor, text: str) -> bool:
        """Return whether the closing one at the cursor was inserted automatically."""
        closing = self._open[-1].closing if self._open else None
        return closing is not None and closing == cursor and _character(closing) == text

    def _is_wanted(self, cursor: QTextCursor, text: str) -> bool:
        line, column = cursor.block().text(), column_of(cursor)
        if not _ROOM.match(line[column:]) or self._editor.is_quoted(cursor):
            return False
        return text in _BRACKETS or bool(_TEXT_BEGINS.search(line[:column]))

    def _put(self, cursor: QTextCursor, opening: str, closing: str) -> bool:
        cursor.insertText(opening + closing)
        cursor.movePosition(QTextCursor.MoveOperation.PreviousCharacter)
        self._editor.setTextCursor(cursor)
        inside = QTextCursor(cursor)
        inside.setKeepPositionOnInsert(True)
        self._open.append(_Pair(inside, QTextCursor(cursor)))
        return True

    def _wrap(self, cursor: QTextCursor, opening: str, closing: str) -> bool:
        """Put the selection between the two, and keep it selected."""
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        edit = QTextCursor(cursor)
        edit.beginEditBlock()
        edit.setPosition(end)
        edit.insertText(closing)
        edit.setPosition(start)
        edit.insertText(opening)
        edit.endEditBlock()
        cursor.setPosition(start + 1)
        cursor.setPosition(end + 1, QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        return True

    def _follow(self) -> None:
        position = self._editor.textCursor().position()
        while self._open:
            inside, closing = self._open[-1]
            if inside.position() <= position <= closing.position():
                break
            self._open.pop()


def _character(cursor: QTextCursor) -> str:
    """Return the character after a cursor."""
    return str(cursor.document().characterAt(cursor.position()))
