"""What the editor says of what the mouse points at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.editor.gutter import Gutter
from app.gui.main_window import MainWindow
from tests.gui.conftest import THREE_LAYERS

PressRun = Callable[[], Trace]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # of tooltips, offscreen


def point_at(qtbot: QtBot, widget: QWidget, place: QPoint) -> str:
    """Rests the mouse there; the tooltip that comes."""
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    event = QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place))
    QApplication.sendEvent(widget, event)
    return QToolTip.text() if QToolTip.isVisible() else ""


def place_of(window: MainWindow, line: int, part: str) -> QPoint:
    """The middle of the first letter of `part`."""
    editor = window.editor
    block = editor.document().findBlockByNumber(line - 1)
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + block.text().index(part))
    return editor.cursorRect(cursor).center() + QPoint(3, 0)


def underlined(window: MainWindow) -> list[QTextEdit.ExtraSelection]:
    found = window.editor.extraSelections()
    return [one for one in found if one.format.underlineColor().isValid()]


@pytest.fixture
def at(qtbot: QtBot, window: MainWindow) -> Callable[[int, str], str]:
    """What is said of a part of a line."""
    port = window.editor.viewport()
    return lambda line, part: point_at(qtbot, port, place_of(window, line, part))


def test_a_name_tells_its_tensor(
    window: MainWindow, press_run: PressRun, at: Callable[[int, str], str]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    said = at(11, "x2")
    assert "[2, 2] float32" in said
    assert "requires_grad = False, no grad_fn" in said
    assert "grad_fn = " in at(12, "x3")
    assert "Linear" in at(8, "lin0")
    assert "requires_grad = True, a leaf" in at(4, "x")
    assert "x.grad is None: lin0(x) on line 8 was recorded" in at(4, "x")
    assert at(9, "with") == ""
    assert at(1, "import") == ""


def test_an_error_is_told_at_its_columns(
    window: MainWindow, press_run: PressRun, at: Callable[[int, str], str]
) -> None:
    window.load_text("import torch\nx = torch.ones(2)\ny = x + x @ torch.ones(3)")
    press_run()
    extra, *others = underlined(window)
    assert {e.cursor.selectedText() for e in (extra, *others)} == {"x @ torch.ones(3)"}
    said = at(3, "@")
    assert "RuntimeError: inconsistent tensor size" in said
    assert "The shapes do not fit in" in said
    assert "[2] float32" in at(2, "x")


def test_an_emoji_before_an_error_shifts_nothing(window: MainWindow, press_run: PressRun) -> None:
    window.load_text("import torch\nx = torch.ones(2)\ns = '😀'; y = x + x @ torch.ones(3)")
    press_run()
    extra, *others = underlined(window)
    assert {e.cursor.selectedText() for e in (extra, *others)} == {"x @ torch.ones(3)"}
    QTest.mouseClick(window.banner, Qt.MouseButton.LeftButton)
    assert window.editor.textCursor().position() == extra.cursor.selectionStart()
    column = "s = '😀'; y = x + x @".rindex("x") + 1
    assert f"Line 3, column {column}" in [one.text() for one in window.status.findChildren(QLabel)]


def test_the_gutter_tells_the_story_of_a_line(
    qtbot: QtBot, window: MainWindow, press_run: PressRun
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    gutter = window.editor.gutter
    top = place_of(window, 10, "x2").y()
    said = point_at(qtbot, gutter, QPoint(gutter.width() - 8, top))
    assert "linear: skipped — no_grad, line 9" in said


def test_a_line_that_was_changed_says_nothing(
    window: MainWindow, press_run: PressRun, at: Callable[[int, str], str]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    window.editor.go_to(11, 0)
    window.editor.insertPlainText("  ")
    assert at(11, "x2") == ""


def test_marks_say_what_they_mean(qtbot: QtBot, window: MainWindow, press_run: PressRun) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    gutter = window.editor.findChild(Gutter)
    assert isinstance(gutter, Gutter)
    line = window.editor.cursorRect(
        QTextCursor(window.editor.document().findBlockByNumber(3))
    ).center()
    said = point_at(qtbot, gutter, QPoint(gutter.width() - 12, line.y()))
    assert "A tensor that no recorded operation made" in said
    row = window.graph.legend_line.findChild(QAbstractButton)
    assert isinstance(row, QAbstractButton)
    said = point_at(qtbot, row, row.rect().center())
    assert "recorded: 3" in said
    assert "Autograd added a node" in said
