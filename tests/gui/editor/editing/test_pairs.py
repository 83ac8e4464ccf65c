"""Brackets and quotes in pairs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.editor.code_editor import CodeEditor
from tests.gui.editor.texts import FACE, now, put

Key = Qt.Key


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("f|", "(", "f(|)"),
        ("f|", "(x)", "f(x)|"),
        ("f|", "([{1: 2}])", "f([{1: 2}])|"),
        ("f|", "()()", "f()()|"),
        ("x = |", "'a'", "x = 'a'|"),
        ("x = |", "f'a {b}'", "x = f'a {b}'|"),
        ("|", '"""a"""', '"""a"""|'),
        ("f(|)", "'", "f('|')"),
        (f"{FACE} |", "(x)", f"{FACE} (x)|"),
        # Where a closing one is not wanted
        ("f|x", "(", "f(|x"),
        ("it|", "'s", "it's|"),
        ("# |", "(", "# (|"),
        ("'|'", "(", "'(|'"),
        ("x = '|", "a'", "x = 'a'|"),
        # Typed over is only what was put in ahead
        ("f(x|)", ")", "f(x)|)"),
        # Around what is selected
        ("x = |a + b|", "(", "x = (a + b|)"),
        ("x = |a|", '"', 'x = "a|"'),
    ],
)
def test_typing(editor: CodeEditor, before: str, typed: str, after: str) -> None:
    put(editor, before)
    QTest.keyClicks(editor, typed)
    assert now(editor) == after


def test_backspace_takes_both_of_an_empty_pair(editor: CodeEditor) -> None:
    put(editor, "f|")
    QTest.keyClicks(editor, "(['")
    for after in ("f([|])", "f(|)", "f|", "|"):
        QTest.keyClick(editor, Key.Key_Backspace)
        assert now(editor) == after


def test_backspace_between_brackets_that_were_there_takes_one(editor: CodeEditor) -> None:
    put(editor, "f(|)")
    QTest.keyClick(editor, Key.Key_Backspace)
    assert now(editor) == "f|)"


def test_what_the_cursor_has_left_is_not_typed_over(editor: CodeEditor) -> None:
    put(editor, "f|")
    QTest.keyClicks(editor, "(a")
    QTest.keyClick(editor, Key.Key_Home)
    QTest.keyClick(editor, Key.Key_End)
    QTest.keyClick(editor, Key.Key_Left)
    QTest.keyClicks(editor, ")")
    assert now(editor) == "f(a)|)"


def test_a_pair_may_go_over_lines(editor: CodeEditor) -> None:
    put(editor, "f|")
    QTest.keyClicks(editor, "(")
    QTest.keyClick(editor, Key.Key_Return)
    QTest.keyClicks(editor, "a,")
    assert now(editor) == "f(\n    a,|\n)"
    QTest.keyClick(editor, Key.Key_Right)
    QTest.keyClicks(editor, ")")
    assert now(editor) == "f(\n    a,\n)|"


def test_a_pair_is_one_step_of_undo(editor: CodeEditor) -> None:
    put(editor, "f |")
    QTest.keyClicks(editor, "(")
    editor.undo()
    assert editor.toPlainText() == "f "


def test_a_selection_stays_selected_between_them(editor: CodeEditor) -> None:
    put(editor, "|a\nb|")
    QTest.keyClicks(editor, "([")
    assert editor.toPlainText() == "([a\nb])"
    editor.undo()
    editor.undo()
    assert editor.toPlainText() == "a\nb"
