"""Texts with their cursor, written as "x = |1": how tests put them in and read them back."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

from app.gui.editor.code_editor import CodeEditor

FACE = "\N{GRINNING FACE}"
"""One character, and two of the units in which the editor counts."""


def put(editor: CodeEditor, text: str) -> None:
    """A text with the cursor at the bar, or with what is between two bars selected."""
    parts = text.split("|")
    editor.replace_text("".join(parts))
    cursor = editor.textCursor()
    cursor.setPosition(_length(parts[0]))
    if len(parts) == 3:
        cursor.setPosition(_length(parts[0] + parts[1]), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def now(editor: CodeEditor) -> str:
    """The text with a bar at the cursor."""
    cursor, document = editor.textCursor(), editor.document()
    before, after = QTextCursor(document), QTextCursor(document)
    before.setPosition(cursor.position(), QTextCursor.MoveMode.KeepAnchor)
    after.setPosition(cursor.position())
    after.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    return f"{before.selectedText()}|{after.selectedText()}".replace("\u2029", "\n")


def underlined(editor: CodeEditor) -> list[str]:
    """The stretches of the text that have a look of their own: underlines and brackets."""
    return [extra.cursor.selectedText() for extra in editor.extraSelections()]


def _length(text: str) -> int:
    return sum(2 if character > "\uffff" else 1 for character in text)
