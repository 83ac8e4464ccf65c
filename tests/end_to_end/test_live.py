"""Live: the picture follows the writing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.editor import underlining
from app.gui.features.programs.live import Live
from app.gui.main_window import MainWindow
from app.gui.panels.chip import GlyphLabel
from app.gui.running.run_controller import Job
from app.gui.settings import Settings
from tests.end_to_end.conftest import TIMEOUT, trace_shown

PressRun = Callable[[], Trace]
START = "import torch\nx = torch.ones(2, requires_grad=True)\n"


@pytest.fixture
def live(window: MainWindow) -> Live:
    """Switched on by a click, with a short text in the editor."""
    window.settings.live_limit = 60.0  # the machine of the tests may be slow
    window.load_text(START)
    click_switch(window)
    assert window.live.is_on
    window.editor.go_to(3)
    return window.live


def click_switch(window: MainWindow) -> None:
    switch = window.toolbar.live
    assert isinstance(switch, QAbstractButton)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    window.editor.setFocus()


def is_greyed(window: MainWindow) -> bool:
    return window.graph.is_outdated


def functions(window: MainWindow) -> list[str]:
    """What the trace that is shown called, in order."""
    trace = trace_shown(window)
    return [] if trace is None else [operation.name for operation in trace.operations]


def test_writing_is_traced_after_a_pause(qtbot: QtBot, window: MainWindow, live: Live) -> None:
    QTest.keyClicks(window.editor, "y = x + 1")
    qtbot.waitUntil(lambda: functions(window) == ["ones", "add"], timeout=TIMEOUT)
    mark = window.editor.mark(3)
    assert mark is not None
    assert mark.glyph == "recorded"
    QTest.keyClicks(window.editor, " + x")
    qtbot.waitUntil(lambda: functions(window) == ["ones", "add", "add"], timeout=TIMEOUT)


def test_switching_it_on_runs_what_is_there(qtbot: QtBot, window: MainWindow) -> None:
    window.load_text(START)
    click_switch(window)
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    click_switch(window)
    QTest.keyClicks(window.editor, "#")
    assert not window.live.is_on
    assert is_greyed(window)  # the picture is of another text, also where it is not run again
    QTest.keyClick(window.editor, Qt.Key.Key_Backspace)
    assert not is_greyed(window)


def test_the_sign_of_a_banner_is_beside_its_only_line(window: MainWindow) -> None:
    window.banner.show_message("Line 2: unexpected indent.")
    QApplication.processEvents()
    parts = [window.banner.findChild(kind) for kind in (GlyphLabel, QLabel, QToolButton)]
    middles = {part.geometry().center().y() for part in parts if part is not None}
    assert max(middles) - min(middles) <= 1


def test_it_is_remembered(qtbot: QtBot, window: MainWindow, live: Live) -> None:
    later = MainWindow(Settings(window.settings.path))
    qtbot.addWidget(later)
    assert later.live.is_on
    later.close()


def test_the_old_picture_is_greyed_until_the_new_one_is_there(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    assert not is_greyed(window)
    QTest.keyClicks(window.editor, "x * 2")
    assert is_greyed(window)
    qtbot.waitUntil(lambda: functions(window) == ["ones", "mul"], timeout=TIMEOUT)
    assert not is_greyed(window)


def test_going_back_to_the_text_that_ran_runs_nothing(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    trace = trace_shown(window)
    window.settings.live_pause = 50
    QTest.keyClicks(window.editor, "q")
    QTest.keyClick(window.editor, Qt.Key.Key_Backspace)
    assert not is_greyed(window)
    with qtbot.assertNotEmitted(window.controller.started, wait=200):
        pass
    assert trace_shown(window) is trace


def test_a_text_that_is_not_complete_keeps_the_last_run(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    QTest.keyClicks(window.editor, "y = (x +")
    qtbot.waitUntil(lambda: window.banner.text != "", timeout=TIMEOUT)
    assert window.banner.text == "Line 3: invalid syntax. Showing the last run."
    assert functions(window) == ["ones"]
    assert is_greyed(window)
    assert window.actions_.run.isEnabled()
    QTest.keyClicks(window.editor, " 1)")
    qtbot.waitUntil(lambda: functions(window) == ["ones", "add"], timeout=TIMEOUT)
    assert window.banner.text == ""


@pytest.mark.parametrize(
    ("written", "words", "underlined"),
    [
        ("if x:", "Line 3 is not complete: expected an indented block after 'if'", ":"),
        ("  y = x + 1", "Line 3: unexpected indent.", " y = x + 1"),
        ("y = x + on", "Line 3: name 'on' is not defined.", "on"),
        ("y = x.requires_", "Line 3: 'Tensor' object has no attribute", "x.requires_"),
    ],
)
def test_a_line_being_written_keeps_the_last_run_and_says_why(
    qtbot: QtBot, window: MainWindow, live: Live, written: str, words: str, underlined: str
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    QTest.keyClicks(window.editor, written)
    qtbot.waitUntil(lambda: window.banner.text.startswith(words), timeout=TIMEOUT)
    assert functions(window) == ["ones"]
    assert is_greyed(window)
    sheet = window.editor.sheet
    stretches = [(start, end) for start, end, _ in underlining.stretches(sheet)]
    assert [sheet.text[start:end] for start, end in stretches] == [underlined]
    QTest.keyClick(window.editor, Qt.Key.Key_Backspace)
    assert list(underlining.stretches(sheet)) == []


def test_a_name_that_is_unknown_elsewhere_is_an_error(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    QTest.keyClicks(window.editor, "y = nowhere")
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    QTest.keyClicks(window.editor, "# written on the next line")
    qtbot.waitUntil(lambda: "NameError on line 3" in window.banner.text, timeout=TIMEOUT)


def test_a_newer_text_ends_the_run_of_the_older(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    started: list[str] = []
    window.controller.started.connect(lambda job: started.append(job.text))
    QTest.keyClicks(window.editor, "while True: x + 1")
    qtbot.waitUntil(lambda: len(started) == 1, timeout=TIMEOUT)
    QTest.keyClick(window.editor, Qt.Key.Key_Home)
    QTest.keyClicks(window.editor, "# ")
    qtbot.waitUntil(lambda: len(started) == 2, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=TIMEOUT)
    assert started[1].endswith("# while True: x + 1")
    trace = trace_shown(window)
    assert trace is not None
    assert trace.run.status == "ok"
    assert window.live.is_on
    assert window.actions_.run.isEnabled()
    assert not window.actions_.stop.isEnabled()


def test_a_slow_run_switches_it_off_and_goes_on(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    window.settings.live_limit = 0.5
    QTest.keyClicks(window.editor, "while True: x + 1")
    qtbot.waitUntil(lambda: not window.live.is_on, timeout=TIMEOUT)
    assert window.banner.text.startswith("Live is paused: this run takes longer than 0.5 s.")
    assert not window.toolbar.live.isChecked()
    assert window.settings.live  # the user's own choice is for the next start
    assert window.controller.is_running
    QTest.keyClick(window.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "add" in functions(window), timeout=TIMEOUT)
    assert window.status.run_text.startswith("Stopped after ")


def test_run_is_pressed_while_a_live_run_goes_on(
    qtbot: QtBot, window: MainWindow, live: Live, press_run: PressRun
) -> None:
    with qtbot.waitSignal(window.controller.started, timeout=TIMEOUT):
        QTest.keyClicks(window.editor, "y = x + 1")
    trace = press_run()
    assert [operation.name for operation in trace.operations] == ["ones", "add"]
    assert "Finished" in window.status.run_text


def test_no_key_is_lost_and_no_runs_pile_up(qtbot: QtBot, window: MainWindow, live: Live) -> None:
    window.settings.live_pause = 0
    started: list[Job] = []
    window.controller.started.connect(started.append)
    text = "y = " + " + ".join(["x"] * 60)
    for key in text:
        QTest.keyClicks(window.editor, key)
        qtbot.wait(1)  # lets runs begin between the keys
    assert window.editor.toPlainText() == START + text
    qtbot.waitUntil(lambda: functions(window).count("add") == 59, timeout=TIMEOUT)
    assert started[-1].text == START + text
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=TIMEOUT)


def test_an_error_while_writing_does_not_open_the_console(
    qtbot: QtBot, window: MainWindow, live: Live
) -> None:
    QTest.keyClicks(window.editor, "1 / 0")
    qtbot.waitUntil(lambda: "ZeroDivisionError" in window.banner.text, timeout=TIMEOUT)
    assert "ZeroDivisionError" in window.console.toPlainText()
    assert not window.console.isVisible()


def test_another_tab_is_left_alone(qtbot: QtBot, window: MainWindow, live: Live) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    window.settings.live_pause = 50
    QTest.keyClicks(window.editor, "x + 1")
    QTest.keyClick(window.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    with qtbot.assertNotEmitted(window.controller.started, wait=200):
        assert window.editor.toPlainText() == ""


def test_what_is_selected_stays_selected(qtbot: QtBot, window: MainWindow, live: Live) -> None:
    QTest.keyClicks(window.editor, "y = x + 1")
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        qtbot.waitUntil(lambda: functions(window) == ["ones", "add"], timeout=TIMEOUT)
    window.workspace.select_operation(1)
    assert window.editor.selected_lines == {3}
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    QTest.keyClicks(window.editor, "z = x * 2")
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        qtbot.waitUntil(lambda: functions(window) == ["ones", "add", "mul"], timeout=TIMEOUT)
    assert len(window.graph.selected_nodes) == 1
    assert window.editor.selected_lines == {3}
    assert "add" in window.details.title


def test_what_acts_outside_is_not_run_unasked(
    qtbot: QtBot, window: MainWindow, live: Live, press_run: PressRun, tmp_path: Path
) -> None:
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    path = tmp_path / "x.pt"
    QTest.keyClicks(window.editor, f"torch.save(x, '{path}')")
    qtbot.waitUntil(lambda: window.banner.text != "", timeout=TIMEOUT)
    assert window.banner.text.startswith("Live waits: line 3 calls torch.save(). Showing the last")
    assert not path.exists()
    assert window.live.is_on
    press_run()
    assert path.exists()


def test_a_file_that_was_only_opened_waits_for_its_first_run(
    qtbot: QtBot, window: MainWindow, live: Live, press_run: PressRun, tmp_path: Path
) -> None:
    """Live may still be on from yesterday, and the file from anywhere."""
    qtbot.waitUntil(lambda: functions(window) == ["ones"], timeout=TIMEOUT)
    path = tmp_path / "found.py"
    path.write_text("import torch\nx = torch.zeros(1)\n")
    press_run()  # of the text whose tab the file takes over
    window.documents.open(path)
    assert len(window.documents.tabs) == 1
    window.editor.go_to(3)
    with qtbot.assertNotEmitted(window.controller.started, wait=2 * window.settings.live_pause):
        QTest.keyClicks(window.editor, "x + 1")
    assert window.banner.text.startswith("Live waits: found.py was opened and never run.")
    assert functions(window) == []
    press_run()
    assert functions(window) == ["zeros", "add"]
    QTest.keyClicks(window.editor, " + x")
    qtbot.waitUntil(lambda: functions(window) == ["zeros", "add", "add"], timeout=TIMEOUT)
