"""The two units of a text's length: Python's characters, and the UTF-16 units of Qt's positions.

A character outside the basic plane, such as an emoji, is one character and two units.  Columns of
a trace and everything that indexes a string are characters; every position that a cursor or a
block of a document gives or takes is units.
"""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

_UTF_16 = "utf-16-le"


def units(text: str, characters: int) -> int:
    """Return the number of units of the first characters of a text.

    >>> units("a😀b", 2)
    3
    """
    before = text[:characters]
    if before.isascii():
        return len(before)
    return len(before.encode(_UTF_16, "surrogatepass")) // 2


def characters(text: str, units: int) -> int:
    """Return the number of characters in the first units of a text; a split one does not count.

    >>> characters("a😀b", 3), characters("a😀b", 2)
    (2, 1)
    """
    before = text[:units]  # at least as long as is asked for: no character is less than a unit
    if before.isascii():
        return len(before)
    return len(before.encode(_UTF_16, "surrogatepass")[: 2 * units].decode(_UTF_16, "ignore"))


def column_of(cursor: QTextCursor) -> int:
    """Return the number of characters before a cursor in its line."""
    return characters(cursor.block().text(), cursor.positionInBlock())
