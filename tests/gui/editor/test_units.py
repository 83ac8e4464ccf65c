"""A character of two units, in a line and in the lines before it, puts nothing out of its place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.searching.find_bar import FindBar
from app.gui.editor.searching.line_bar import LineBar
from app.gui.editor.text.units import characters, units
from app.gui.theme import Theme
from app.session.source.underlines import Severity, Underline
from tests.gui.editor.texts import FACE, now, put, underlined
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS
Key = Qt.Key
LINE = f"s = '{FACE}'; y = g(x)"


@pytest.mark.parametrize("text", ["", "abc", "aé€", f"a{FACE}b{FACE}", f"{FACE}{FACE}", "a\nb"])
def test_there_and_back(text: str) -> None:
    for count in range(len(text) + 3):
        assert units(text, count) == len(text[:count].encode("utf-16-le")) // 2
        assert characters(text, units(text, count)) == min(count, len(text))


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
@pytest.mark.parametrize("part", ["g(x)", "y", FACE])
def test_underlines_are_under_their_columns(
    editor: CodeEditor, severity: Severity, part: str
) -> None:
    text = f"# {FACE}\n{LINE}"
    put(editor, "|" + text)
    editor.set_marks({}, text)
    column = LINE.index(part)
    editor.set_underlines([Underline(2, column, 2, column + len(part), severity, "said")])
    assert underlined(editor) == [part]
    editor.set_underlines([Underline(2, column, 2, column, severity, "said")])
    assert underlined(editor) == [part[0]]


@pytest.mark.parametrize("part", ["s", FACE, "y", "g", "x"])
def test_a_name_is_asked_for_by_its_column(qtbot: QtBot, editor: CodeEditor, part: str) -> None:
    text = f"# {FACE}\n{LINE}"
    put(editor, "|" + text)
    editor.set_marks({}, text)
    asked: list[tuple[int, str]] = []

    def explain(line: int, column: int) -> str:
        asked.append((line, LINE[column]))
        return ""

    editor.explainer = explain
    cursor = QTextCursor(editor.document().findBlockByNumber(1))
    while not text_from(cursor).startswith(part):
        assert cursor.movePosition(QTextCursor.MoveOperation.NextCharacter)
    place = editor.cursorRect(cursor).center() + QPoint(3, 0)
    port = editor.viewport()
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, place, port.mapToGlobal(place)))
    assert asked == [(2, part)]


def text_from(cursor: QTextCursor) -> str:
    rest = QTextCursor(cursor)
    rest.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    return rest.selectedText()


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        (f"'{FACE}'\nf|(x)", "()"),
        (f"f(x, '{FACE}')|", "()"),
        (f"f|('{FACE})', x)", "()"),
        (f"'{FACE}'\na|[f(1)]", "[]"),
        (f"'{FACE}{FACE}' |f(x)", ""),
    ],
)
def test_brackets_at_the_cursor(editor: CodeEditor, text: str, pair: str) -> None:
    put(editor, text)
    assert sorted(underlined(editor)) == list(pair)
    starts = sorted(extra.cursor.selectionStart() for extra in editor.extraSelections())
    flat = text.replace("|", "")
    if pair:
        assert starts == [units(flat, flat.index(pair[0])), units(flat, flat.rindex(pair[1]))]


@pytest.mark.parametrize(("typed", "column"), [("2:11", 10), ("2:7", 6), ("2:6", 5), ("2:99", 18)])
def test_a_column_is_gone_to(editor: CodeEditor, qtbot: QtBot, typed: str, column: int) -> None:
    put(editor, f"|# {FACE}\n{LINE}")
    bar = LineBar(editor)
    qtbot.addWidget(bar)
    bar.open()
    QTest.keyClicks(bar.field, typed)
    assert now(editor) == f"# {FACE}\n{LINE[:column]}|{LINE[column:]}"


def test_what_is_found_is_selected_and_replaced(editor: CodeEditor, qtbot: QtBot) -> None:
    put(editor, f"|loss = '{FACE}'; loss = 1\n# {FACE} {FACE}\nloss")
    bar = FindBar(Theme("light"), editor)
    qtbot.addWidget(bar)
    bar.open(replacing=True)
    bar.what.setText("loss")
    for step in range(3):
        cursor = editor.textCursor()
        assert (cursor.selectedText(), bar.count) == ("loss", f"{step + 1} of 3")
        bar.step(1)
    bar.instead.setText(f"{FACE}l")
    bar.replace_one()
    assert editor.textCursor().selectedText() == "loss"
    assert bar.count == "1 of 2"
    bar.replace_all()
    assert editor.toPlainText() == (f"{FACE}l = '{FACE}'; {FACE}l = 1\n# {FACE} {FACE}\n{FACE}l")
    bar.what.setText(FACE)
    assert editor.textCursor().selectedText() == FACE
    assert bar.count.endswith("of 6")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [(f"'{FACE}'|", True), (f"'{FACE}' |", False), (f"'{FACE}{FACE}'  # |", True),
     (f"f('{FACE}', g|)", False)],
)  # fmt: skip
def test_what_is_quoted(editor: CodeEditor, text: str, quoted: bool) -> None:
    put(editor, text)
    assert editor.is_quoted(editor.textCursor()) is quoted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"if a == '{FACE}'|:", f"if a == '{FACE}'\n|:"),
        (f"if a == '{FACE}':|", f"if a == '{FACE}':\n    |"),
    ],
)
def test_return_looks_at_what_is_before_the_cursor(
    editor: CodeEditor, before: str, after: str
) -> None:
    put(editor, before)
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor) == after


def test_colours_are_under_their_characters(qtbot: QtBot, editor: CodeEditor) -> None:
    put(editor, f"|s = '{FACE}{FACE}', 12, f(s)  # {FACE}")
    block = editor.document().begin()
    qtbot.waitUntil(lambda: bool(block.layout().formats()))
    cursor, coloured = QTextCursor(block), []
    for one in block.layout().formats():
        cursor.setPosition(one.start)
        cursor.setPosition(one.start + one.length, QTextCursor.MoveMode.KeepAnchor)
        coloured.append(cursor.selectedText())
    assert "".join(coloured).replace("'", "") == f"{FACE}{FACE}12f# {FACE}"
    assert {"12", "f", f"# {FACE}"} <= set(coloured)
