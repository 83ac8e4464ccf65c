"""The bars under the text: find, replace, go to a line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.searching.find_bar import FindBar
from app.gui.editor.searching.line_bar import LineBar
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.theme import Theme
from tests.gui.editor.texts import now, put
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS
Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
TEXT = "loss = 1\nLoss = loss + 2\nclosed = 3"


@pytest.fixture
def panel(qtbot: QtBot) -> SnippetPanel:
    shown = SnippetPanel(Theme("light"))
    shown.resize(520, 600)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    shown.editor.replace_text(TEXT)
    shown.editor.setFocus()
    return shown


@pytest.fixture
def editor(panel: SnippetPanel) -> CodeEditor:
    return panel.editor


@pytest.fixture
def bar(panel: SnippetPanel) -> FindBar:
    panel.find_bar.open(replacing=True)
    return panel.find_bar


def selected(editor: CodeEditor) -> tuple[int, int]:
    cursor = editor.textCursor()
    return cursor.selectionStart(), cursor.selectionEnd()


def test_what_is_typed_is_found_and_stepped_through(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "loss")
    assert bar.count == "1 of 3"
    assert selected(editor) == (0, 4)
    for key, held, place in (
        (Key.Key_Return, Qt.KeyboardModifier.NoModifier, "2 of 3"),
        (Key.Key_F3, Qt.KeyboardModifier.NoModifier, "3 of 3"),
        (Key.Key_Return, Qt.KeyboardModifier.NoModifier, "1 of 3"),
        (Key.Key_Return, SHIFT, "3 of 3"),
        (Key.Key_F3, SHIFT, "2 of 3"),
    ):
        QTest.keyClick(bar.what, key, held)
        assert bar.count == place
    QTest.keyClick(bar.what, Key.Key_Escape)
    assert not bar.isVisible()
    assert editor.hasFocus()
    assert selected(editor) == (9, 13)


def test_f3_goes_on_from_the_text(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "loss")
    editor.setFocus()
    QTest.keyClick(editor, Key.Key_F3)
    assert selected(editor) == (9, 13)


def test_case_words_and_expressions_are_switched(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "lo.?s")
    assert bar.count == "No match"
    QTest.mouseClick(bar.regex, Qt.MouseButton.LeftButton)
    assert bar.count == "1 of 4"
    QTest.mouseClick(bar.word, Qt.MouseButton.LeftButton)
    assert bar.count == "1 of 3"
    QTest.mouseClick(bar.case, Qt.MouseButton.LeftButton)
    assert bar.count == "1 of 2"
    bar.what.setText("(")
    assert bar.count == "Invalid expression"


def test_finding_begins_at_the_cursor_and_takes_what_is_selected(
    panel: SnippetPanel, editor: CodeEditor
) -> None:
    put(editor, TEXT.replace("Loss", "|Loss|"))
    panel.find_bar.open(replacing=False)
    assert panel.find_bar.what.text() == "Loss"
    assert panel.find_bar.count == "2 of 3"
    assert not panel.find_bar.instead.isVisible()


def test_one_is_replaced_and_the_next_one_found(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "loss")
    QTest.keyClicks(bar.instead, "l")
    QTest.keyClick(bar.instead, Key.Key_Return)
    assert editor.toPlainText() == "l = 1\nLoss = loss + 2\nclosed = 3"
    assert bar.count == "1 of 2"
    assert selected(editor) == (6, 10)


def test_all_are_replaced_as_one_step_of_undo(bar: FindBar, editor: CodeEditor) -> None:
    bar.what.setText("loss")
    bar.instead.setText("a lot of loss")
    button = next(b for b in bar.findChildren(QToolButton) if b.text() == "Replace all")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert editor.toPlainText() == TEXT.replace("loss", "a lot of loss").replace(
        "Loss", "a lot of loss"
    )
    assert bar.count == "3 places replaced"
    editor.undo()
    assert editor.toPlainText() == TEXT


def test_groups_come_back_in_what_replaces(bar: FindBar, editor: CodeEditor) -> None:
    bar.regex.setChecked(True)
    bar.what.setText(r"(\w+) = (\d)")
    bar.instead.setText(r"\2 = \1")
    bar.replace_all()
    assert editor.toPlainText() == "1 = loss\nLoss = loss + 2\n3 = closed"


def test_hits_follow_the_text(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "loss")
    editor.setFocus()
    put(editor, "|")
    assert bar.count == "No match"
    QTest.keyClicks(editor, "loss loss")
    assert bar.count == "2"


def test_hits_are_drawn(bar: FindBar, editor: CodeEditor) -> None:
    QTest.keyClicks(bar.what, "closed")
    editor.select(0, 0)
    line = next(line for line in editor.visible_lines() if line.number == 3)
    image = editor.viewport().grab().toImage()
    row = round(line.top + line.height / 2)
    fills = {image.pixelColor(x, row - 7).name() for x in range(8, 50)}
    assert Theme("light").colors.hit.name() in fills


@pytest.mark.parametrize(
    ("typed", "place"),
    [("2", "|Loss = loss + 2"), ("2:8", "Loss = |loss + 2"), ("99", "|closed = 3"), ("", "")],
)
def test_a_line_is_gone_to(panel: SnippetPanel, typed: str, place: str) -> None:
    editor, bar = panel.editor, panel.line_bar
    bar.open()
    QTest.keyClicks(bar.field, typed)
    QTest.keyClick(bar.field, Key.Key_Return)
    assert editor.hasFocus()
    assert not bar.isVisible()
    assert place in now(editor)


def test_escape_goes_back_to_where_one_was(panel: SnippetPanel) -> None:
    editor, bar = panel.editor, panel.line_bar
    put(editor, TEXT.replace("closed", "clo|sed"))
    bar.open()
    QTest.keyClicks(bar.field, "1")
    assert editor.textCursor().blockNumber() == 0
    QTest.keyClick(bar.field, Key.Key_Escape)
    assert "clo|sed" in now(editor)


def test_a_line_out_of_sight_comes_into_view(panel: SnippetPanel) -> None:
    editor = panel.editor
    editor.replace_text("\n".join(f"x{n} = {n}" for n in range(300)))
    bar: LineBar = panel.line_bar
    bar.open()
    QTest.keyClicks(bar.field, "200")
    assert 200 in {line.number for line in editor.visible_lines()}
