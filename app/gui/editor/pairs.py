"""Brackets and quotes come in pairs: the closing one is put in ahead, and typed over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtGui import QTextCursor

from app.gui.editor.units import column_of

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor

_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
_QUOTES: Final = "\"'"
_ROOM: Final = re.compile(r"$|[\s)\]},:;]")
"""What may stand behind: before anything else a closing one is seldom wanted."""
_TEXT_BEGINS: Final = re.compile(r"(^|[^\w\"'])[rbufRBUF]{0,2}$")


class _Pair(NamedTuple):
    """Behind the opening one and before the closing one, wherever these have gone."""

    inside: QTextCursor
    closing: QTextCursor


class Pairs:
    """What was put in ahead is forgotten once the cursor has left the pair."""

    def __init__(self, editor: CodeEditor) -> None:
        self._editor = editor
        self._open: list[_Pair] = []
        editor.cursorPositionChanged.connect(self._follow)
        editor.sheetChanged.connect(self._open.clear)

    def type(self, text: str) -> bool:
        """Takes a key in; False where it is to be put in as it is."""
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
        """Takes Backspace between the two of an empty pair."""
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
        """Whether this closing one stands right here because it was put in ahead."""
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
        """The selection goes between the two, and stays selected."""
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
    """What stands behind a cursor."""
    return str(cursor.document().characterAt(cursor.position()))
