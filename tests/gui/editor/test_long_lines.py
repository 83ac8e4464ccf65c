"""A line that is too long to be laid out as a whole can be edited all the same."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.text.document_layout import LONGEST

LINE = "x = '" + "a" * 100_000 + "'"
BELOW = "\n".join(f"y{n} = {n}" for n in range(200))


def laid_out(editor: CodeEditor, number: int = 1) -> int:
    """Return how many units of a line are laid out."""
    block = editor.sheet.block(number)
    editor.sheet.layout.blockBoundingRect(block)
    return block.layout().lineAt(0).textLength()


def shown(editor: CodeEditor, text: str) -> None:
    editor.replace_text(text)
    editor.resize(600, 300)
    editor.show()


def test_only_its_beginning_is_laid_out(editor: CodeEditor) -> None:
    shown(editor, f"{LINE}\ny = 1")
    assert laid_out(editor) == LONGEST
    assert laid_out(editor, 2) == len("y = 1")
    width = editor.blockBoundingRect(editor.sheet.block(1)).width()
    assert width < editor.horizontalScrollBar().maximum() + editor.width()
    assert [line.height for line in editor.visible_lines()] == [24, 24]


def test_it_is_edited_where_it_is_not_shown(editor: CodeEditor) -> None:
    shown(editor, f"{LINE}\n{BELOW}")
    cursor = editor.textCursor()
    cursor.setPosition(50_000)
    editor.setTextCursor(cursor)
    assert laid_out(editor) > 50_000
    bar = editor.verticalScrollBar()
    bar.setValue(bar.maximum())
    QTest.keyClicks(editor, "bc")
    assert bar.value() == 0, "the cursor is in sight"
    assert editor.viewport().rect().contains(editor.cursorRect())
    changed = f"{LINE[:50_000]}bc{LINE[50_000:]}"
    assert editor.sheet.text == f"{changed}\n{BELOW}"
    bar.setValue(bar.maximum())
    editor.undo()
    assert editor.sheet.text == f"{LINE}\n{BELOW}"
    assert editor.textCursor().position() == 50_000


def test_its_end_and_its_start_are_reached_by_keys(editor: CodeEditor) -> None:
    shown(editor, f"{LINE}\n{BELOW}")
    QTest.keyClick(editor, Qt.Key.Key_End)
    assert editor.textCursor().atBlockEnd()
    QTest.keyClicks(editor, ";")
    assert editor.sheet.text == f"{LINE};\n{BELOW}"
    assert laid_out(editor) == LONGEST
    QTest.keyClick(editor, Qt.Key.Key_Down)
    QTest.keyClick(editor, Qt.Key.Key_Up)
    QTest.keyClick(editor, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    assert editor.textCursor().selectionStart() == 0
    assert editor.textCursor().block().blockNumber() == 0


def test_its_end_can_be_scrolled_to_after_an_edit_below_it(editor: CodeEditor) -> None:
    shown(editor, f"{LINE}\n{BELOW}")
    laid_out(editor)
    bar = editor.horizontalScrollBar()
    most = bar.maximum()
    assert most > editor.width()
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.End)
    for text in ("z", "\n"):
        cursor.insertText(text)
        laid_out(editor)
        editor.resize(editor.width(), editor.height() - 1)  # which sets the bar again
        assert bar.maximum() == most


def test_a_line_that_became_short_is_laid_out_whole(editor: CodeEditor) -> None:
    shown(editor, f"{LINE}\ny = 1")
    cursor = editor.textCursor()
    cursor.setPosition(3)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    assert laid_out(editor) == 3
    cursor.insertText("b" * 20_000)
    assert laid_out(editor) == LONGEST
    editor.replace_text("y = 1")
    assert editor.horizontalScrollBar().maximum() == 0


EDGE = 8
"""Pixels before the text begins."""


def colours(editor: CodeEditor, y: int) -> list[str]:
    """The colours along a row of pixels of the text."""
    image = editor.viewport().grab().toImage()
    return [image.pixelColor(x, y).name() for x in range(image.width())]


def test_what_is_shown_of_it_is_painted_with_selection_and_the_rest_is_counted(
    editor: CodeEditor,
) -> None:
    shown(editor, f"{LINE}\ny = 1")
    top, bottom = (int(line.top) for line in editor.visible_lines())
    selected = editor.palette().highlight().color().name()
    assert selected not in colours(editor, top + 1)
    editor.selectAll()
    across = colours(editor, top + 1)[EDGE:]  # above the letters
    assert set(across) == {selected}
    assert len(set(colours(editor, top + 12))) > 1  # letters
    editor.set_hits(((90_000, 90_010),))  # in what is not shown
    assert editor.theme.colors.hit.name() not in colours(editor, top + 12)
    cursor = editor.textCursor()
    cursor.setPosition(len(LINE) + 1)
    editor.setTextCursor(cursor)
    assert laid_out(editor) == LONGEST
    bar = editor.horizontalScrollBar()
    bar.setValue(bar.maximum())
    after = colours(editor, top + 12)[-150:]
    assert len(set(after)) > 1, "… 90,007 more characters"
    assert len(set(colours(editor, bottom + 12)[-150:])) == 1, "the short line has none"
