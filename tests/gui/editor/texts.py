"""Texts with their cursor, written as "x = |1": how tests put them in and read them back."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

from app.gui.editor.code_editor import CodeEditor


def put(editor: CodeEditor, text: str) -> None:
    """A text with the cursor at the bar, or with what is between two bars selected."""
    parts = text.split("|")
    editor.replace_text("".join(parts))
    cursor = editor.textCursor()
    cursor.setPosition(len(parts[0]))
    if len(parts) == 3:
        cursor.setPosition(len(parts[0]) + len(parts[1]), QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def now(editor: CodeEditor) -> str:
    text, at = editor.toPlainText(), editor.textCursor().position()
    return f"{text[:at]}|{text[at:]}"
