"""Lines moved, copied, taken away and selected."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtGui import QTextCursor

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.editing import whole_lines
from tests.gui.editor.texts import FACE, now, put

Change = Callable[[QTextCursor], None]
CHANGES: list[tuple[Change, str, str]] = [
    (whole_lines.move_up, "a\nb|b\nc", "b|b\na\nc"),
    (whole_lines.move_up, "a\nb\nc|", "a\nc|\nb"),
    (whole_lines.move_up, f"{FACE}\n{FACE}|b", f"{FACE}|b\n{FACE}"),
    (whole_lines.move_up, "a|\nb", "a|\nb"),
    (whole_lines.move_down, "a|a\nb\nc", "b\na|a\nc"),
    (whole_lines.move_down, "a\n|b\nc", "a\nc\n|b"),
    (whole_lines.move_down, "a\n|b", "a\n|b"),
    (whole_lines.move_down, "a|\n", "\na|"),
    (whole_lines.duplicate, "a\nb|b\nc", "a\nbb\nb|b\nc"),
    (whole_lines.duplicate, "a|", "a\na|"),
    (whole_lines.delete, "a\nb|b\nc", "a\nc|"),
    (whole_lines.delete, "ab\ncd|", "ab|"),
    (whole_lines.delete, "a|", "|"),
]


@pytest.mark.parametrize(("change", "before", "after"), CHANGES)
def test_the_line_of_the_cursor(
    editor: CodeEditor, change: Change, before: str, after: str
) -> None:
    put(editor, before)
    text = editor.toPlainText()
    editor.edit(change)
    assert now(editor) == after
    editor.undo()
    assert editor.toPlainText() == text


@pytest.mark.parametrize(
    ("change", "before", "after", "selected"),
    [
        (whole_lines.move_up, "a\nb|b\nc|c\nd", "bb\ncc\na\nd", "b\nc"),
        (whole_lines.move_down, "a\n|b\n|c\nd", "a\nc\nb\nd", "b\n"),
        (whole_lines.duplicate, "a|a\nb|b\nc", "aa\nbb\naa\nbb\nc", "a\nb"),
        (whole_lines.delete, "a\nb|\nc|c\nd", "a\nd", ""),
        (whole_lines.select, "a\nb||b\nc", "a\nbb\nc", "bb\n"),
        (whole_lines.select, "a\n|bb\n|c\nd", "a\nbb\nc\nd", "bb\nc\n"),
        (whole_lines.select, "a\n|b|b", "a\nbb", "bb"),
    ],
)
def test_the_lines_of_a_selection(
    editor: CodeEditor, change: Change, before: str, after: str, selected: str
) -> None:
    put(editor, before)
    editor.edit(change)
    assert editor.toPlainText() == after
    assert editor.textCursor().selectedText().replace("\u2029", "\n") == selected
