"""A lesson as a student takes it: opened from the menu, answered, run, checked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.lessons.panel import LessonPanel
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from tests.end_to_end.conftest import TIMEOUT
from tests.tools.answering import answering

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(window: MainWindow) -> LessonPanel:
    """The lesson on no_grad."""
    _choose(window, "4. no_grad")
    found = window.findChild(LessonPanel)
    assert found is not None
    return found


def _choose(window: MainWindow, title: str) -> None:
    next(action for action in window.lessons_menu.actions() if action.text() == title).trigger()


def _button(panel: LessonPanel, text: str) -> QPushButton:
    return next(b for b in panel.findChildren(QPushButton) if b.text() == text)


def _tick(panel: LessonPanel, *names: str) -> None:
    for row in panel.rows:
        if row.option in names:
            QTest.keyClick(row.card, Qt.Key.Key_Space)


def _check(qtbot: QtBot, window: MainWindow, panel: LessonPanel) -> None:
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.mouseClick(_button(panel, "Run and check"), Qt.MouseButton.LeftButton)


def test_a_lesson_shows_its_page_and_puts_its_snippet_into_the_editor(
    window: MainWindow, panel: LessonPanel
) -> None:
    assert panel.title == "no_grad"
    assert panel.isVisible()
    assert "x2 = lin1(x1)" in window.editor.toPlainText()
    assert [row.verdict for row in panel.rows] == ["", "", ""]
    assert window.documents.name == "04_no_grad.py"


def test_a_right_answer_is_told_with_reasons_and_remembered(
    qtbot: QtBot, window: MainWindow, panel: LessonPanel, settings: Settings
) -> None:
    _tick(panel, "lin0.weight", "lin1.weight")
    _check(qtbot, window, panel)
    assert panel.score == "3 of 3 right"
    assert panel.rows[0].verdict.startswith("Yes. lin0.weight.grad is None")
    assert "lin1(x1)" in panel.rows[0].verdict
    assert settings.lessons_done == {"04_no_grad"}
    done = [action.text() for action in window.lessons_menu.actions() if action.isChecked()]
    assert done[0] == "4. no_grad"


def test_a_wrong_answer_is_told_where_it_is_wrong(
    qtbot: QtBot, window: MainWindow, panel: LessonPanel, settings: Settings
) -> None:
    _tick(panel, "lin1.weight", "lin2.weight")
    _check(qtbot, window, panel)
    assert panel.score == "1 of 3 right"
    assert [row.verdict.split(".")[0] for row in panel.rows] == ["Yes", "Yes", "No"]
    assert settings.lessons_done == frozenset()


def test_answers_are_shown_only_after_they_were_given(
    qtbot: QtBot, window: MainWindow, panel: LessonPanel, press_run: Callable[[], Trace]
) -> None:
    press_run()
    assert panel.score == "Choose first: the answers follow yours."
    assert [row.verdict for row in panel.rows] == ["", "", ""]
    QTest.keyClick(panel.rows[0].card, Qt.Key.Key_2)
    assert panel.answer == {1}
    _check(qtbot, window, panel)
    assert panel.score == "2 of 3 right"


def test_a_new_answer_takes_the_verdicts_away(
    qtbot: QtBot, window: MainWindow, panel: LessonPanel
) -> None:
    _tick(panel, "lin0.weight")
    _check(qtbot, window, panel)
    _tick(panel, "lin1.weight")
    assert [row.verdict for row in panel.rows] == ["", "", ""]
    assert panel.score == ""


def test_the_check_follows_an_edited_snippet_which_can_be_reset(
    qtbot: QtBot, window: MainWindow, panel: LessonPanel
) -> None:
    original = window.editor.toPlainText()
    window.load_text(original.replace("with torch.no_grad():", "if True:"))
    _tick(panel, "lin0.weight")
    _check(qtbot, window, panel)
    assert panel.rows[0].verdict.startswith("No. The backward pass on line 13 reached")
    QTest.mouseClick(_button(panel, "Reset snippet"), Qt.MouseButton.LeftButton)
    assert window.editor.toPlainText() == original


def test_a_lesson_opens_in_a_tab_of_its_own_and_asks_nothing(
    window: MainWindow, settings: Settings
) -> None:
    QTest.keyClicks(window.editor, "mine")
    window.documents.save_drafts()
    with answering("Discard") as asked:
        _choose(window, "1. What a graph is")
        panel = window.lessons.panel
        QTest.keyClicks(window.editor, "# mine too")
        _press(panel.next)
    assert asked == []
    names = [tab.name for tab in window.documents.tabs]
    assert names == ["Untitled", "01_what_a_graph_is.py", "02_requires_grad.py"]
    assert window.documents.tabs[0].sheet.text == "mine"
    assert window.documents.tabs[1].sheet.text.startswith("# mine too")
    window.documents.save_drafts()
    window.documents.drafts.flush()
    assert len(list(settings.drafts_path.glob("*/*.json"))) == 2


def test_an_example_that_nobody_changed_stays_open(window: MainWindow) -> None:
    window.load_text("x = 1")
    _choose(window, "1. What a graph is")
    _choose(window, "2. requires_grad")
    assert window.documents.tabs[0].sheet.text == "x = 1"
    assert len(window.documents.tabs) == 2


def test_the_page_belongs_to_its_tab(qtbot: QtBot, window: MainWindow, panel: LessonPanel) -> None:
    dock = window.lessons.dock
    _tick(panel, "lin0.weight", "lin1.weight")
    _check(qtbot, window, panel)
    QTest.keyClick(window.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert dock.isHidden()
    assert not dock.toggleViewAction().isEnabled()
    assert not window.lessons.is_open
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL_SHIFT)
    assert panel.isVisible()
    assert panel.title == "no_grad"
    assert panel.score == "3 of 3 right"
    dock.toggleViewAction().trigger()
    assert dock.isHidden()
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL_SHIFT)
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert dock.isHidden()  # as the user left it
    _choose(window, "4. no_grad")
    assert panel.isVisible()
    assert len(window.documents.tabs) == 2


def test_reset_can_be_undone(window: MainWindow, panel: LessonPanel) -> None:
    QTest.keyClicks(window.editor, "# mine")
    mine = window.editor.sheet.text
    QTest.mouseClick(_button(panel, "Reset snippet"), Qt.MouseButton.LeftButton)
    assert window.editor.sheet.text != mine
    QTest.keyClick(window.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.sheet.text == mine


def test_the_arrows_lead_from_lesson_to_lesson(window: MainWindow, panel: LessonPanel) -> None:
    _choose(window, "1. What a graph is")
    assert not panel.previous.isEnabled()
    _press(panel.next)
    assert panel.title == "requires_grad"
    _press(panel.previous)
    assert panel.title == "What a graph is"
    _choose(window, "12. Memory and speed")
    assert not panel.next.isEnabled()


def _press(button: QToolButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("width", "beside"), [(1280, False), (1700, True)])
def test_a_lesson_has_a_column_of_its_own_where_there_is_room(
    qtbot: QtBot, window: MainWindow, width: int, beside: bool
) -> None:
    window.resize(width, 900)
    qtbot.waitUntil(lambda: window.width() == width)
    _choose(window, "4. no_grad")
    dock = window.findChild(QDockWidget, "dock.lesson")
    assert dock is not None
    assert dock.isVisible()
    assert (dock in window.tabifiedDockWidgets(window.docks.inspector)) is not beside
