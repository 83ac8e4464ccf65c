"""What did not run is seen at once, and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.editor.code_editor import CodeEditor
from app.gui.main_window import MainWindow
from app.gui.theme import Theme
from tests.end_to_end.test_pointing import point_at

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # of tooltips, offscreen

TEXT = """\
import torch
def train(x):
    # the loss
    loss = (x * 2).sum()
    loss.backward()

if False:
    train(torch.ones(2))
print("done")"""


LARGE = 28
"""A size at which every font's strokes fill whole pixels: at smaller sizes the letters of many
fonts show only shades of their colour."""


def rect_of(editor: CodeEditor, number: int) -> QRect:
    line = next(line for line in editor.visible_lines() if line.number == number)
    return QRect(0, round(line.top), editor.viewport().width(), round(line.height))


def colors(editor: CodeEditor, number: int) -> set[int]:
    image = editor.viewport().grab(rect_of(editor, number)).toImage()
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_lines_that_did_not_run_have_a_mark_and_recede(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    editor = window.editor
    editor.set_font_size(LARGE)
    window.load_text(TEXT)
    keyword = Theme("light").tone("gradient").text.rgb()
    window.set_theme(Theme("light"))
    qtbot.waitUntil(lambda: keyword in colors(editor, 8))

    press_run()

    marks = [mark.glyph if (mark := editor.mark(number)) else None for number in range(1, 10)]
    assert marks == ["dot", "dot", None, "not_run", "not_run", None, "dot", "not_run", "dot"]
    assert keyword not in colors(editor, 8)
    assert Theme("light").colors.text_tertiary.rgb() in colors(editor, 8)
    assert keyword in colors(editor, 9)


def test_the_mark_and_the_editor_say_why(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    editor = window.editor
    window.load_text(TEXT)
    press_run()

    why = "Line 8 did not run. The if on line 7 was never true."
    place = QPoint(editor.gutter.width() - 8, rect_of(editor, 8).center().y())
    assert point_at(qtbot, editor.gutter, place) == why
    editor.go_to(8)
    assert editor.accessibleDescription() == why
    assert window.words.texts[-1] == (
        "Lines 4–5 did not run. train(), defined on line 2, was never called."
    )


def test_the_header_explains_the_mark_while_there_is_one(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    def explained() -> bool:
        labels = window.snippet.header.findChildren(QLabel)
        return any(label.text() == "not run" and label.isVisibleTo(window) for label in labels)

    window.load_text(TEXT)
    assert not explained()
    press_run()
    assert explained()
    QTest.keyClicks(window.editor, "#")
    assert not explained()
    window.load_text("x = 1")
    press_run()
    assert not explained()


def test_a_line_that_is_changed_is_no_longer_said_not_to_have_run(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run()
    window.editor.go_to(8, 4)
    QTest.keyClicks(window.editor, "x")
    assert window.editor.mark(8) is None
    kept = window.editor.mark(5)
    assert kept is not None
    assert kept.is_not_run


def test_what_is_scrolled_into_view_recedes_too(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    editor = window.editor
    editor.set_font_size(LARGE)
    tertiary = Theme("light").colors.text_tertiary.rgb()
    window.set_theme(Theme("light"))
    window.load_text(f"if 0:\n    x = 1{200 * chr(10)}    x = [1]\ny = 2")
    press_run()
    editor.verticalScrollBar().setValue(editor.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: tertiary in colors(editor, 202))
    assert tertiary not in colors(editor, 203)
