"""Line endings that differ from the other ones of a file, each kept with its line break.

A Qt document has one kind of line break.  What a break was in the file is a property of the break's
own character format: it is deleted with the break and comes back with it on undo.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument, QTextFormat

_ENDING = QTextFormat.Property.UserProperty + 7


def endings_in(document: QTextDocument) -> dict[int, str]:
    """Return the kept endings by line, counted from 0."""
    found = {}
    block = document.begin().next()
    while block.isValid():
        ending = block.charFormat().property(_ENDING)
        if isinstance(ending, str) and ending:
            found[block.blockNumber() - 1] = ending
        block = block.next()
    return found


def keep_endings(cursor: QTextCursor, endings: Mapping[int, str]) -> None:
    """Give the lines of the cursor's document these endings, and all others the file's own."""
    before = endings_in(cursor.document())
    for line in before.keys() | endings.keys():
        if before.get(line) != endings.get(line):
            look = QTextCharFormat()
            look.setProperty(_ENDING, endings.get(line, ""))
            cursor.setPosition(cursor.document().findBlockByNumber(line + 1).position())
            cursor.mergeBlockCharFormat(look)


def insert(cursor: QTextCursor, text: str) -> None:
    """Insert a document's text in place of the selection; its line breaks are the file's own.

    Qt gives a new break the properties of the one before it.
    """
    start = cursor.selectionStart()
    cursor.beginEditBlock()
    cursor.insertText(text)
    block = cursor.document().findBlock(start)  # not before: Qt may have put another in its place
    own = QTextCharFormat()
    own.setProperty(_ENDING, "")
    for _ in range(text.count("\n")):
        block = block.next()
        if block.charFormat().property(_ENDING):
            QTextCursor(block).mergeBlockCharFormat(own)
    cursor.endEditBlock()
