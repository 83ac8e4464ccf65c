"""Characters that a Qt document cannot hold, and the placeholders that replace them there.

In a document U+2029, U+FDD0 and U+FDD1 become line breaks, U+2028 breaks a line in two, and
`toPlainText` turns U+00A0 into a space; a byte order mark (U+FEFF) at the start of any of Qt's
strings is lost when Python reads it.  So a document holds a placeholder for each of the five, and
its text is read raw.  The placeholders are noncharacters, which Unicode reserves for such use; a
file that contains one of them looks like one that contains what it replaces.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QTextDocument

_REAL = "\u2028\u2029\ufdd0\ufdd1\ufeff"
_STAND_INS = "\ufdeb\ufdec\ufded\ufdee\ufdef"
_TO_DOCUMENT = str.maketrans(_REAL + _STAND_INS, _STAND_INS + len(_STAND_INS) * "\ufffd")
_FROM_DOCUMENT = str.maketrans(_STAND_INS, _REAL)
_REPLACING = re.compile(f"[{_STAND_INS}]")


def reserved(text: str) -> str | None:
    """Return the first character of a text that cannot be edited, if there is one."""
    found = _REPLACING.search(text)
    return found[0] if found else None


def to_document(text: str) -> str:
    """Return a text as a document can hold it, as long as before.

    >>> ascii(to_document("a\\u2028b"))
    "'a\\\\ufdebb'"
    """
    return text.translate(_TO_DOCUMENT) if _has_any(_REAL + _STAND_INS, text) else text


def from_document(raw: str) -> str:
    """Return the text of a document's raw text (`selectedText`, `toRawText`)."""
    text = raw.replace("\u2029", "\n")
    return text.translate(_FROM_DOCUMENT) if _has_any(_STAND_INS, text) else text


def _has_any(characters: str, text: str) -> bool:
    """Return whether a text has one of these characters; an expression takes ten times as long."""
    return any(one in text for one in characters)


def text_of(document: QTextDocument) -> str:
    """Return every character of a document, its lines ended by plain newlines."""
    return from_document(document.toRawText())
