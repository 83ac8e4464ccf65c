"""Moving, copying, deleting and selecting whole lines: the current ones, or the selected ones.

Every function is one undo step, and leaves the cursor in the lines that it changed.
"""

from __future__ import annotations

from PySide6.QtGui import QTextBlock, QTextCursor

from app.gui.editor.editing.keys import selected_blocks
from app.gui.editor.text.line_endings import insert

_KEEP = QTextCursor.MoveMode.KeepAnchor


def move_up(cursor: QTextCursor) -> None:
    """Move the lines above the previous line."""
    blocks = selected_blocks(cursor)
    above = blocks[0].previous()
    if above.isValid():
        text, length = above.text(), above.length()
        edit = QTextCursor(cursor.document())
        edit.beginEditBlock()
        places = cursor.anchor(), cursor.position()
        edit.setPosition(_end(blocks[-1]))
        insert(edit, f"\n{text}")
        _remove(edit, above.position(), above.position() + length)
        edit.endEditBlock()
        _select(cursor, *(place - length for place in places))


def move_down(cursor: QTextCursor) -> None:
    """Move the lines below the next line."""
    blocks = selected_blocks(cursor)
    below = blocks[-1].next()
    if below.isValid():
        text, length = below.text(), below.length()
        edit = QTextCursor(cursor.document())
        edit.beginEditBlock()
        places = cursor.anchor(), cursor.position()
        start, end = blocks[0].position(), _end(blocks[-1])
        _remove(edit, end, end + length)
        edit.setPosition(start)
        insert(edit, f"{text}\n")
        edit.endEditBlock()
        _select(cursor, *(place + length for place in places))


def duplicate(cursor: QTextCursor) -> None:
    """Copy the lines below themselves; the cursor goes to the copy."""
    blocks = selected_blocks(cursor)
    start, end = blocks[0].position(), _end(blocks[-1])
    places = cursor.anchor(), cursor.position()
    text = "\n".join(block.text() for block in blocks)
    edit = QTextCursor(cursor.document())
    edit.setPosition(end)
    insert(edit, f"\n{text}")
    _select(cursor, *(place + end + 1 - start for place in places))


def delete(cursor: QTextCursor) -> None:
    """Delete the lines; the cursor goes to the next line, in the same column."""
    blocks = selected_blocks(cursor)
    column = cursor.position() - cursor.block().position()
    start, end = blocks[0].position(), _end(blocks[-1])
    if blocks[-1].next().isValid():
        _remove(cursor, start, end + 1)
    else:
        _remove(cursor, max(0, start - 1), end)
    block = cursor.block()
    cursor.setPosition(min(block.position() + column, _end(block)))


def select(cursor: QTextCursor) -> None:
    """Select the lines with their line breaks; called again, also select the next line."""
    first = cursor.document().findBlock(cursor.selectionStart())
    last = cursor.document().findBlock(cursor.selectionEnd())
    following = last.next()
    end = following.position() if following.isValid() else _end(last)
    _select(cursor, first.position(), end)


def _end(block: QTextBlock) -> int:
    return block.position() + block.length() - 1


def _remove(cursor: QTextCursor, start: int, end: int) -> None:
    _select(cursor, start, end)
    cursor.removeSelectedText()


def _select(cursor: QTextCursor, anchor: int, position: int) -> None:
    cursor.setPosition(anchor)
    cursor.setPosition(position, _KEEP)
