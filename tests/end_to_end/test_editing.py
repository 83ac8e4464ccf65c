"""Keys of the editor that are commands of the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.contract.records import Trace
from app.gui.main_window import MainWindow

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
CTRL_SHIFT = CTRL | Qt.KeyboardModifier.ShiftModifier


def test_lines_move_double_go_and_are_selected(window: MainWindow) -> None:
    editor = window.editor
    window.load_text("a\nb\nc")
    editor.go_to(2)
    for key, held, text in (
        (Key.Key_Up, CTRL_SHIFT, "b\na\nc"),
        (Key.Key_Down, CTRL_SHIFT, "a\nb\nc"),
        (Key.Key_D, CTRL, "a\nb\nb\nc"),
        (Key.Key_K, CTRL_SHIFT, "a\nb\nc"),
        (Key.Key_Slash, CTRL, "a\nb\n# c"),
    ):
        QTest.keyClick(editor, key, held)
        assert editor.toPlainText() == text
    QTest.keyClick(editor, Key.Key_L, CTRL)
    assert editor.textCursor().selectedText() == "# c"


def test_undo_goes_back_behind_a_run(window: MainWindow, press_run: Callable[[], Trace]) -> None:
    editor = window.editor
    QTest.keyClicks(editor, "x = 1")
    press_run()
    QTest.keyClicks(editor, "2")
    press_run()
    assert editor.toPlainText() == "x = 12"
    for _ in range(4):
        QTest.keyClick(editor, Key.Key_Z, CTRL)
    assert editor.toPlainText() == ""
    for _ in range(4):
        QTest.keyClick(editor, Key.Key_Z, CTRL_SHIFT)
    assert editor.toPlainText() == "x = 12"
    press_run()
    mark = editor.mark(1)
    assert mark is not None
    assert mark.glyph == "dot"
