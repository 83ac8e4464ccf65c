from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.editing import keys
from tests.gui.editor.texts import FACE, now, put

Key = Qt.Key


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1|", "x = 1\n|"),
        ("with a:|", "with a:\n    |"),
        ("with a:  # why|", "with a:  # why\n    |"),
        ("    x = 1|", "    x = 1\n    |"),
        ("    return x|", "    return x\n|"),
        ("        pass|", "        pass\n    |"),
        ("x = {1: 2}|", "x = {1: 2}\n|"),
        ("    a|b|c", "    a\n    |c"),
        ("\twith a:|", "\twith a:\n\t\t|"),
        ("\t\treturn|", "\t\treturn\n\t|"),
        ("x = 1  # note:|", "x = 1  # note:\n|"),
        ("# note:|", "# note:\n|"),
        ("x = 'a:|", "x = 'a:\n|"),
        ("x = f(|", "x = f(\n    |"),
        ("    x = [  # why|", "    x = [  # why\n        |"),
        ("  x = {|}  # why", "  x = {\n      |\n  }  # why"),
        ("x = '(|'", "x = '(\n|'"),
        ("return f(|)", "return f(\n    |\n)"),
        ("  |  x", "  \n  |  x"),
    ],
)
def test_return_indents(editor: CodeEditor, before: str, after: str) -> None:
    put(editor, before)
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("|x", "    |x"),
        ("ab|c", "ab  |c"),
        ("|a\n\nb|", "    a\n\n    b|"),
        ("|a\n|b", "    a\n|b"),
        (f"{FACE}|c", f"{FACE}   |c"),
        ("\t|x", "\t\t|x"),
        ("a\t|x", "a\t    |x"),
        ("|\ta\nb|", "\t\ta\n    b|"),
    ],
)
def test_tab_indents(editor: CodeEditor, before: str, after: str) -> None:
    put(editor, before)
    QTest.keyClick(editor, Key.Key_Tab)
    assert now(editor) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("      x|", "  x|"),
        ("  |x", "|x"),
        ("|    a\n  b\nc|", "a\nb\nc|"),
        ("\t\tx|", "\tx|"),
        ("\t  x|", "  x|"),
    ],
)
def test_shift_tab_dedents(editor: CodeEditor, before: str, after: str) -> None:
    put(editor, before)
    QTest.keyClick(editor, Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert now(editor) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("        |x", "    |x"),
        ("      |x", "    |x"),
        ("x  |", "x |"),
        ("a\n|b", "a|b"),
        ("\t\t|x", "\t|x"),
        ("\t     |x", "\t    |x"),
        (" \t |x", " \t|x"),
    ],
)
def test_backspace_takes_indentation_in_steps(editor: CodeEditor, before: str, after: str) -> None:
    put(editor, before)
    QTest.keyClick(editor, Key.Key_Backspace)
    assert now(editor) == after


def test_home_goes_to_the_code_and_then_to_the_margin(editor: CodeEditor) -> None:
    put(editor, "    x = 1|")
    QTest.keyClick(editor, Key.Key_Home)
    assert now(editor) == "    |x = 1"
    QTest.keyClick(editor, Key.Key_Home)
    assert now(editor) == "|    x = 1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("|x = 1", "# x = 1"),
        ("|if a:\n    b\n\nc|", "# if a:\n#     b\n\n# c"),
        ("|    a\n        b|", "    # a\n    #     b"),
        ("|# a\n#b|", "a\nb"),
        ("|# a\nb|", "# # a\n# b"),
    ],
)
def test_comments_come_and_go(editor: CodeEditor, before: str, after: str) -> None:
    put(editor, before)
    editor.edit(keys.toggle_comment)
    assert editor.toPlainText() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("if a:\n    b\n    else|", "if a:\n    b\nelse:|"),
        ("if a:\n\tb\n\telif c|", "if a:\n\tb\nelif c:|"),
        ("  try:\n    b\n\n    except E as e|", "  try:\n    b\n\n  except E as e:|"),
        ("while a:\n    if b:\n        c\n    else|", "while a:\n    if b:\n        c\n    else:|"),
        (
            "if a:\n    try:\n        b\n        finally|",
            "if a:\n    try:\n        b\n    finally:|",
        ),
        ("def f():\n    b\n    else|", "def f():\n    b\n    else:|"),
        ("if a:\n    x = [b if b else|", "if a:\n    x = [b if b else:|"),
        ("    else|", "    else:|"),
    ],
)
def test_what_continues_a_statement_goes_below_it(
    editor: CodeEditor, before: str, after: str
) -> None:
    put(editor, before)
    QTest.keyClicks(editor, ":")
    assert now(editor) == after


def test_one_undo_takes_a_key_back(editor: CodeEditor) -> None:
    put(editor, "|a\nb\nc|")
    QTest.keyClick(editor, Key.Key_Tab)
    editor.undo()
    assert editor.toPlainText() == "a\nb\nc"
