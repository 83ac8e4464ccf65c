"""The Measure tab: real measurements in the real window."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from app.gui.panels.measuring.panel import MeasurePanel
from app.session.measuring.kept import from_text
from tests.end_to_end.conftest import TIMEOUT
from tests.support import snippet
from tests.tools.answering import SIZE_HINTS, answering

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
TEXT = snippet("""
    net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
    x = torch.ones(32, 8)
    with torch.no_grad():
        y = net(x)
    loss = net(x).sum()
    loss.backward()
""")
SLOW = "import time\n\ntime.sleep(0.05)\n"


@pytest.fixture
def open_tab(qtbot: QtBot, window: MainWindow) -> Callable[[str, int], None]:
    """Shows the tab with a text whose cursor is on a line, and waits for what it offers."""

    def show(text: str, line: int) -> None:
        window.load_text(text)
        window.editor.go_to(line)
        QTest.keyClick(window.editor, Qt.Key.Key_M, CONTROL | SHIFT)
        qtbot.waitUntil(lambda: panel_of(window).isVisible())
        waits_for_lines(qtbot, window)

    return show


def panel_of(window: MainWindow) -> MeasurePanel:
    return window.measure_tab.measurements.panel


def waits_for_lines(qtbot: QtBot, window: MainWindow) -> None:
    panel = panel_of(window)
    qtbot.waitUntil(lambda: panel.lines.isEnabled() or bool(panel.why.text()), timeout=TIMEOUT)


def is_done(window: MainWindow) -> bool:
    return panel_of(window).button.accessibleName() != "Stop measuring"


def measure(qtbot: QtBot, window: MainWindow) -> None:
    QTest.mouseClick(panel_of(window).button, LEFT)
    assert not is_done(window)
    qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)


def test_a_region_is_measured_and_kept_with_its_machine(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    open_tab(TEXT, 6)
    panel = panel_of(window)
    assert panel.lines.text() == "Lines 5–6"
    assert panel.chosen_lines == (5, 6)
    measure(qtbot, window)
    said = panel.plot.accessibleDescription()
    assert [part.split(":")[0] for part in said.split("; ")] == [
        "as written", "grad", "no_grad", "inference_mode",
    ]  # fmt: skip
    assert said.count("21 rounds") == 4
    assert len(panel.time_cards.texts) == 3
    assert panel.memory_cards.texts == [
        "no_grad needs 8.0 KiB less at the peak. It holds 8.0 KiB less at the end.",
        "inference_mode needs 8.0 KiB less at the peak. It holds 8.0 KiB less at the end.",
    ]
    assert "grad: 24.0 KiB at the peak, 16.0 KiB held at the end" in (
        panel.bars.accessibleDescription()
    )
    assert panel.machine.text().startswith("Untitled, lines 5–6, ")
    assert re.search(r"torch \S+, CPU, \d+ threads?, ", panel.machine.text())
    assert window.status.run_text.startswith("84 runs measured")
    (kept,) = from_text(window.settings.measurements)
    assert kept.lines == (5, 6)
    assert kept.found.machine is not None
    assert kept.found.machine.torch in panel.machine.text()


def test_the_whole_text_shows_what_fails_and_earlier_ones_open_by_keys(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    open_tab("import torch\nx = torch.ones(3, requires_grad=True)\n(x * 2).sum().backward()\n", 2)
    panel = panel_of(window)
    measure(qtbot, window)
    QTest.mouseClick(panel.whole, LEFT)
    measure(qtbot, window)
    assert len(panel.failure_cards.texts) == 2
    assert panel.failure_cards.texts[0].startswith("It does not run under no_grad: RuntimeError")
    assert panel.time_cards.texts == []
    assert "does not require grad" in panel.plot.accessibleDescription()
    assert [row.isVisible() for row in panel.past] == [True, True, False, False, False]
    assert [row.isChecked() for row in panel.past[:2]] == [True, False]
    panel.past[1].setFocus()
    QTest.keyClick(panel.past[1], Qt.Key.Key_Space)
    assert [row.isChecked() for row in panel.past[:2]] == [False, True]
    assert panel.failure_cards.texts == []
    assert panel.machine.text().startswith("Untitled, line 2, ")


def test_lines_that_cannot_run_again_alone_are_off_and_say_why(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    open_tab(TEXT, 8)
    panel = panel_of(window)
    assert panel.lines.text() == "Line 8"
    measure(qtbot, window)
    qtbot.waitUntil(lambda: not panel.lines.isEnabled())
    assert panel.why.text().startswith("Line 8 changes net.0.weight.grad, so rounds")
    assert panel.why.isVisible()
    assert panel.whole.isChecked()
    window.editor.go_to(7)
    qtbot.waitUntil(lambda: panel.lines.isEnabled())
    assert panel.lines.text() == "Line 7"
    window.editor.go_to(1)
    qtbot.waitUntil(lambda: not panel.lines.isEnabled())
    assert panel.why.text() == (
        "Line 1 only defines or imports something: choose lines that use it."
    )


def test_selected_lines_and_cells_are_offered_as_whole_statements(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    open_tab("import torch\n# %%\nx = torch.ones(2)\ny = x * 2\n# %%\nz = 3\n", 4)
    panel = panel_of(window)
    assert panel.lines.text() == "Lines 3–4"
    window.load_text(TEXT)
    cursor = window.editor.textCursor()
    cursor.setPosition(window.editor.document().findBlockByNumber(3).position())
    keep = QTextCursor.MoveMode.KeepAnchor
    cursor.setPosition(window.editor.document().findBlockByNumber(5).position() + 2, keep)
    window.editor.setTextCursor(cursor)
    qtbot.waitUntil(lambda: panel.lines.text() == "Lines 4–6")


def test_what_was_measured_before_a_stop_is_shown_with_its_count(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    open_tab(SLOW, 3)
    panel = panel_of(window)
    QTest.mouseClick(panel.whole, LEFT)
    QTest.mouseClick(panel.button, LEFT)
    qtbot.waitUntil(lambda: panel.progress.text().startswith("Round 2 of 21"), timeout=TIMEOUT)
    QTest.keyClick(window.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)
    assert panel.time_cards.texts[0].startswith("Too few rounds to compare the time of no_grad")
    (kept,) = from_text(window.settings.measurements)
    assert 2 <= kept.found.rounds < 21
    assert not window.actions_.stop.isEnabled()


def test_a_stop_at_once_measures_nothing(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None]
) -> None:
    """Before the thread has asked for the run, and so before there is one to end."""
    open_tab(SLOW, 3)
    QTest.mouseClick(panel_of(window).whole, LEFT)
    QTest.mouseClick(panel_of(window).button, LEFT)
    QTest.mouseClick(panel_of(window).button, LEFT)
    qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)
    assert window.status.run_text == "Not measured"
    assert not from_text(window.settings.measurements)


def test_a_run_ends_a_measurement(
    qtbot: QtBot,
    window: MainWindow,
    open_tab: Callable[[str, int], None],
    press_run: Callable[[], Trace],
) -> None:
    open_tab(SLOW, 3)
    panel = panel_of(window)
    QTest.mouseClick(panel.whole, LEFT)
    QTest.mouseClick(panel.button, LEFT)
    qtbot.waitUntil(lambda: panel.progress.text().startswith("Round 1 of 21"), timeout=TIMEOUT)
    assert press_run().run.status == "ok"
    qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)
    assert from_text(window.settings.measurements)[0].found.rounds >= 1
    assert panel.isVisible()  # the run does not take the tab away


@SIZE_HINTS
def test_effects_are_asked_about_once(
    qtbot: QtBot, window: MainWindow, open_tab: Callable[[str, int], None], tmp_path: Path
) -> None:
    path = tmp_path / "written.txt"
    open_tab(f"x = 1\nopen({str(path)!r}, 'a').write('.')\n", 1)
    panel = panel_of(window)
    measure(qtbot, window)  # line 1 alone, which writes nothing
    assert not path.exists()
    QTest.mouseClick(panel.whole, LEFT)
    with answering("Cancel") as asked:
        QTest.mouseClick(panel.button, LEFT)
        qtbot.waitUntil(lambda: bool(asked), timeout=TIMEOUT)
    (text,) = asked
    assert text.startswith("Line 2 calls open, and measuring runs the text about 100 times.")
    assert is_done(window)
    assert not path.exists()
    with answering("Measure") as asked:
        measure(qtbot, window)
        qtbot.waitUntil(path.exists, timeout=TIMEOUT)
        qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)
        measure(qtbot, window)
    assert len(asked) == 1


def test_the_tab_stays_until_it_is_left(
    qtbot: QtBot,
    window: MainWindow,
    open_tab: Callable[[str, int], None],
    press_run_and_see: Callable[[], Trace],
) -> None:
    open_tab(TEXT, 6)
    trace = press_run_and_see()
    node = next(op for op in trace.operations if op.line == 6)
    QTest.mouseClick(window.graph, LEFT, pos=window.graph.widget_point_of(f"op:{node.id}"))
    assert window.inspector.page == InspectorPage.MEASURE
    QTest.mouseClick(window.inspector.tabs.tab(InspectorPage.DETAILS), LEFT)
    assert window.details.title
    QTest.keyClick(window.editor, Qt.Key.Key_M, CONTROL | SHIFT)
    assert not window.inspector.is_available(InspectorPage.MEASURE)
    QTest.keyClick(window.editor, Qt.Key.Key_M, CONTROL | ALT)
    assert panel_of(window).isVisible()
    assert not is_done(window)
    qtbot.waitUntil(lambda: is_done(window), timeout=TIMEOUT)
    assert from_text(window.settings.measurements)[0].lines is not None


def test_esc_leaves_the_tab(window: MainWindow, open_tab: Callable[[str, int], None]) -> None:
    open_tab(TEXT, 6)
    QTest.keyClick(window.editor, Qt.Key.Key_Escape)
    assert panel_of(window).isVisible()
    panel_of(window).button.setFocus()
    QTest.keyClick(panel_of(window).button, Qt.Key.Key_Escape)
    assert not window.actions_.measuring.isChecked()
    assert not window.inspector.is_available(InspectorPage.MEASURE)
    assert window.editor.hasFocus()


@SIZE_HINTS
def test_there_is_no_tab_while_something_else_has_its_place(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run_and_see()
    do = window.actions_
    for enter, leave in ((do.pin, do.unpin), (do.present, do.leave_presentation)):
        assert do.measure.isEnabled()
        enter.trigger()
        qtbot.waitUntil(lambda: not do.measure.isEnabled())
        QTest.keyClick(window.editor, Qt.Key.Key_M, CONTROL | SHIFT)
        assert not do.measuring.isChecked()
        leave.trigger()
        qtbot.waitUntil(do.measuring.isEnabled)


def test_closing_the_window_ends_a_measurement(
    window: MainWindow, open_tab: Callable[[str, int], None], qtbot: QtBot
) -> None:
    """The fixtures look for threads and processes that are left."""
    open_tab(SLOW, 3)
    QTest.mouseClick(panel_of(window).whole, LEFT)
    QTest.mouseClick(panel_of(window).button, LEFT)
    qtbot.waitUntil(lambda: panel_of(window).progress.text() == "Warming up…")
    window.close()
