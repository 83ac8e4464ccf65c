"""While a program runs, the window shows how far it has come."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT

WAITS = """import torch

w = torch.ones(2, requires_grad=True)
unused = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([w, unused], lr=0.1)
for step in range(3):
    optimizer.zero_grad()
    loss = (w * 2).sum()
    loss.backward()
    if step == 0:
        open({path!r}).read()
    optimizer.step()
open({path!r}).read()
"""

ENDLESS = """import time
import torch

w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
while True:
    w.sum().backward()
    optimizer.step()
    time.sleep(0.1)
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe: a program that opens it waits until the test does."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


@pytest.fixture
def grown(qtbot: QtBot, window: MainWindow, gate: Path) -> None:
    """The window with a program that waits after the first backward pass."""
    window.load_text(WAITS.format(path=str(gate)))
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_F5)


def let_it_run(gate: Path) -> None:
    gate.write_text("")


def test_the_first_iteration_is_shown_as_soon_as_its_backward_pass_is_done(
    qtbot: QtBot, window: MainWindow, gate: Path, grown: None
) -> None:
    shown = window.workspace.shown
    assert shown is not None
    assert shown.is_running
    assert not window.graph.message
    assert [op.name for op in shown.run.trace.operations if op.phase == "forward"] == [
        "ones", "ones", "mul", "sum",
    ]  # fmt: skip
    model = window.gradients.table.model()
    whys = {model.index(row, 0).data(): model.index(row, 6).data() for row in range(2)}
    assert whys == {"w": "reached on line 9", "unused": "unknown: the record ends before"}
    told = "Running, 0 iterations done. pass 1 of 3 on line 6. 0 of 2 parameters trained so far"
    qtbot.waitUntil(lambda: window.verdict_bar.text == told, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: "1 backward pass" in window.status.run_text, timeout=TIMEOUT)
    assert any("still running" in text for text in window.words.texts)
    assert window.actions_.stop.isEnabled()
    figures, losses = window.gradients.figures, window.gradients.losses
    qtbot.waitUntil(figures.isVisible, timeout=TIMEOUT)
    elapsed, left, operations, rate, passes = figures.texts
    assert elapsed.startswith("00:")
    assert left == ""
    assert rate.endswith(" per second")
    assert f"{operations} operations, {passes} backward pass" in window.status.run_text
    assert not losses.isVisible()
    with qtbot.waitSignal(window.controller.grown, timeout=TIMEOUT):
        let_it_run(gate)
    qtbot.waitUntil(losses.isVisible, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: losses.words == "2.40 after 3 backward passes", timeout=TIMEOUT)
    window.resize(1280, 720)
    window.actions_.lanes.trigger()  # little room: the curve goes, the figures stay whole
    qtbot.waitUntil(losses.isHidden, timeout=TIMEOUT)
    least = figures.minimumSizeHint().height()
    qtbot.waitUntil(lambda: figures.height() >= least)
    window.actions_.lanes.trigger()
    qtbot.waitUntil(losses.isVisible, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: figures.height() >= least)
    qtbot.waitUntil(lambda: figures.texts[-1] == "3", timeout=TIMEOUT)
    told = "Running, 3 iterations done. pass 3 of 3 on line 6. 1 of 2 parameters trained so far"
    qtbot.waitUntil(lambda: window.verdict_bar.text == told, timeout=TIMEOUT)
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        let_it_run(gate)
    whole = window.workspace.shown
    assert whole is not None
    assert not whole.is_running
    assert len(whole.run.trace.backward_passes) == 3
    assert not any("still running" in text for text in window.words.texts)
    assert not figures.isVisible()
    assert not losses.isVisible()
    assert not window.verdict_bar.stop_after.isVisible()
    assert window.verdict_bar.text == "Trains 1 of 2 parameters. 1 is never used."


def test_a_run_ends_after_the_iteration_that_is_chosen_while_it_runs(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text(ENDLESS)
    QTest.keyClick(window.editor, Qt.Key.Key_F5)
    buttons = window.verdict_bar.stop_after.buttons
    qtbot.waitUntil(lambda: buttons[1].isVisible(), timeout=TIMEOUT)
    assert [value for value, button in buttons.items() if button.isChecked()] == [None]
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert [value for value, button in buttons.items() if button.isChecked()] == [1]
    assert window.how_to_run.settings.iterations == 1
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=TIMEOUT)
    shown = window.workspace.shown
    assert shown is not None
    assert (shown.run.trace.run.status, shown.run.trace.run.partial) == ("ok", None)
    count = len(shown.run.trace.optimizer_steps)
    assert shown.run.trace.run.iterations == count
    assert window.status.run_text.startswith(f"Ended after {count} iterations, in ")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_F5)
    assert window.status.run_text.startswith("Ended after 1 iteration, in ")


def test_what_is_looked_at_stays(qtbot: QtBot, window: MainWindow, gate: Path, grown: None) -> None:
    before = window.workspace.shown
    window.workspace.select_line(8)
    with qtbot.waitSignal(window.controller.grown, timeout=TIMEOUT):
        let_it_run(gate)
    assert window.workspace.shown is before
    assert window.workspace.selection.lines == {8}
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        let_it_run(gate)


def test_a_stopped_run_says_what_arrived(qtbot: QtBot, window: MainWindow, grown: None) -> None:
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.actions_.stop.trigger()
    shown = window.workspace.shown
    assert shown is not None
    assert shown.run.trace.run.status == "stopped"
