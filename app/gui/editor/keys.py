"""What keys do to Python text beyond putting a character in: indentation and comments.

Every function is one step of undo.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from app.gui.editor.units import column_of

INDENT = 4
_OPENS_BLOCK = re.compile(r":\s*(#.*)?$")
_ENDS_BLOCK = re.compile(r"\s*(return|pass|break|continue|raise)\b")
_COMMENT = re.compile(r"(\s*)# ?")


def leading(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def new_line(cursor: QTextCursor) -> None:
    """A line break, indented as the line before it asks for."""
    cursor.beginEditBlock()
    cursor.removeSelectedText()
    before = cursor.block().text()[: column_of(cursor)]
    width = len(leading(before).expandtabs(INDENT))
    if _OPENS_BLOCK.search(before):
        width += INDENT
    elif _ENDS_BLOCK.match(before):
        width = max(0, width - INDENT)
    cursor.insertText("\n" + " " * width)
    cursor.endEditBlock()


def indent(cursor: QTextCursor) -> None:
    """The selected lines four columns to the right, or spaces to the next stop of four."""
    if not cursor.hasSelection():
        cursor.insertText(" " * (INDENT - cursor.positionInBlock() % INDENT))
        return
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        if block.text().strip():
            QTextCursor(block).insertText(" " * INDENT)
    cursor.endEditBlock()


def dedent(cursor: QTextCursor) -> None:
    """The selected lines, or the cursor's, up to four columns to the left."""
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        spaces = len(block.text()) - len(block.text().lstrip(" "))
        _remove(block, 0, min(INDENT, spaces))
    cursor.endEditBlock()


def in_indentation(cursor: QTextCursor) -> bool:
    """Whether only spaces, and at least one, stand before the cursor, and nothing is selected."""
    before = cursor.block().text()[: column_of(cursor)]
    return bool(before) and not before.strip(" ") and not cursor.hasSelection()


def delete_indentation(cursor: QTextCursor) -> None:
    """Back to the previous stop of four columns."""
    column = cursor.positionInBlock()
    for _ in range((column - 1) % INDENT + 1):
        cursor.deletePreviousChar()


def toggle_comment(cursor: QTextCursor) -> None:
    """Comment the selected lines out, or in again if all of them are comments."""
    blocks = [block for block in selected_blocks(cursor) if block.text().strip()]
    if not blocks:
        return
    cursor.beginEditBlock()
    if all(_COMMENT.match(block.text()) for block in blocks):
        for block in blocks:
            if found := _COMMENT.match(block.text()):
                _remove(block, found.end(1), found.end() - found.end(1))
    else:
        column = min(len(leading(block.text())) for block in blocks)
        for block in blocks:
            at = QTextCursor(block)
            at.setPosition(block.position() + column)
            at.insertText("# ")
    cursor.endEditBlock()


def home(cursor: QTextCursor, mode: QTextCursor.MoveMode) -> None:
    """To the first character that is no space, or from there to the line's start."""
    block = cursor.block()
    first = len(leading(block.text()))
    column = 0 if cursor.positionInBlock() == first else first
    cursor.setPosition(block.position() + column, mode)


def selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    """The lines that the selection touches; a line whose very start ends it is not one."""
    document: QTextDocument = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    if last != first and cursor.selectionEnd() == last.position():
        last = last.previous()
    return [
        document.findBlockByNumber(number)
        for number in range(first.blockNumber(), last.blockNumber() + 1)
    ]


def _remove(block: QTextBlock, start: int, count: int) -> None:
    at = QTextCursor(block)
    at.setPosition(block.position() + start)
    at.setPosition(block.position() + start + count, QTextCursor.MoveMode.KeepAnchor)
    at.removeSelectedText()
