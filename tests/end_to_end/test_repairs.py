"""Text from articles: pasted, repaired with one click, and run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.dialogs.changes_sheet import ChangesSheet
from app.gui.main_window import MainWindow
from app.session.repairs.ipython import plain_python
from tests.end_to_end.conftest import TIMEOUT
from tests.tools.articles import ARTICLES, WITH_PICTURES

CONTROL = Qt.KeyboardModifier.ControlModifier
MISSING = "x = torch.ones(2, requires_grad=True)\nx.sum().backward()"


def paste(qtbot: QtBot, window: MainWindow, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(window.editor, Qt.Key.Key_V, CONTROL)
    assert window.editor.sheet.text == text


def press(part: QWidget, word: str) -> None:
    button = next(b for b in part.findChildren(QPushButton) if b.text() == word)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def repair_and_run(qtbot: QtBot, window: MainWindow, part: QWidget) -> Trace:
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        press(part, "Repair and run")
    assert ready.args is not None
    trace = ready.args[0]
    assert isinstance(trace, Trace)
    return trace


@pytest.mark.parametrize("text", ARTICLES.values(), ids=ARTICLES)
def test_an_article_runs_after_one_click(qtbot: QtBot, window: MainWindow, text: str) -> None:
    paste(qtbot, window, text)
    notice = window.snippet.notice
    qtbot.waitUntil(lambda: "To run this text: " in notice.text)
    trace = repair_and_run(qtbot, window, notice)
    assert trace.error is None
    assert trace.operations
    assert notice.text == ""
    QTest.keyClick(window.editor, Qt.Key.Key_Z, CONTROL)
    assert window.editor.sheet.text == plain_python(text).text


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform says so of dialogs
def test_a_repair_can_be_looked_at_before(qtbot: QtBot, window: MainWindow) -> None:
    paste(qtbot, window, WITH_PICTURES)
    notice = window.snippet.notice
    qtbot.waitUntil(lambda: notice.text != "")
    press(notice, "Show…")
    sheet = window.findChild(ChangesSheet)
    assert sheet is not None
    assert "Put in small values for A." in sheet.steps.texts
    lines = sheet.changes.toPlainText().split("\n")
    assert "− Conclusion" in lines
    assert "+ # Conclusion" in lines
    assert "  B = A * 6" in lines
    assert repair_and_run(qtbot, window, sheet).error is None


def test_a_missing_import_is_offered_after_the_run(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(MISSING)
    assert press_run().error is not None
    notice = window.snippet.notice
    qtbot.waitUntil(lambda: notice.text == "To run this text: Import torch.")
    trace = repair_and_run(qtbot, window, notice)
    assert trace.error is None
    assert trace.snippet.text == f"import torch\n\n{MISSING}"


def test_an_offer_ends_with_typing_and_can_be_refused(qtbot: QtBot, window: MainWindow) -> None:
    notice = window.snippet.notice
    paste(qtbot, window, MISSING)
    qtbot.waitUntil(lambda: notice.text != "")
    QTest.keyClicks(window.editor, " ")
    assert notice.text == ""
    window.load_text("")
    paste(qtbot, window, MISSING)
    qtbot.waitUntil(lambda: notice.text != "")
    press(notice, "Not now")
    assert notice.text == ""
