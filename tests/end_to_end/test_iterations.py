"""All iterations of a run in the window: their room, their playhead, going from one to another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from tests.session.findings.cases import CASES
from tests.support import snippet

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def ran(window: MainWindow, press_run: Callable[[], Trace]) -> MainWindow:
    """Fourteen iterations; the gradient grows in each."""
    window.load_text(snippet(CASES["gradient_explodes"].text))
    press_run()
    return window


@pytest.fixture
def all_of(qtbot: QtBot, ran: MainWindow) -> MainWindow:
    QTest.mouseClick(ran.gradients.all_iterations, LEFT)
    qtbot.waitUntil(lambda: ran.inspector.width() > 700)
    return ran


def now(window: MainWindow) -> str:
    """Which iteration the table says is shown."""
    return window.gradients.iterations.headerItem().text(2)


def test_all_iterations_take_the_room_of_the_editor(qtbot: QtBot, all_of: MainWindow) -> None:
    window = all_of
    assert not window.docks.snippet.isVisible()
    assert window.inspector.width() == min(792, window.width() - 420)
    assert window.graph.isVisible()
    assert window.inspector.is_available(InspectorPage.WORDS)
    QTest.mouseClick(window.gradients.all_iterations, LEFT)
    assert window.editor.isVisible()
    qtbot.waitUntil(lambda: window.inspector.width() < 500)


def test_esc_leaves_all_iterations(qtbot: QtBot, all_of: MainWindow) -> None:
    panel = all_of.gradients
    for inside in (panel.all_iterations, panel.iterations):
        panel.all_iterations.setChecked(True)
        inside.setFocus()
        QTest.keyClick(inside, Qt.Key.Key_Escape)
        assert not panel.is_over_iterations
        assert all_of.editor.isVisible()
        assert panel.table.hasFocus()
    panel.all_iterations.setChecked(True)
    all_of.graph.setFocus()
    QTest.keyClick(all_of.graph, Qt.Key.Key_Escape)
    assert panel.is_over_iterations


def test_a_line_that_is_wanted_shows_the_editor(qtbot: QtBot, all_of: MainWindow) -> None:
    all_of.actions_.next_finding.trigger()
    assert all_of.editor.isVisible()
    assert all_of.editor.textCursor().blockNumber() + 1 == 9
    qtbot.waitUntil(lambda: all_of.inspector.width() < 500)


def test_the_next_window_has_its_editor(all_of: MainWindow) -> None:
    all_of.appearance.remember()
    assert all_of.docks.snippet.isVisible()


def test_keys_move_by_iterations_in_the_table(all_of: MainWindow) -> None:
    table = all_of.gradients.iterations
    assert now(all_of) == "at 14"
    for key, modifier, at in (
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, "at 13"),
        (Qt.Key.Key_Left, SHIFT, "at 3"),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, "at 4"),
        (Qt.Key.Key_Right, SHIFT, "at 14"),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, "at 1"),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, "at 1"),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, "at 14"),
    ):
        QTest.keyClick(table, key, modifier)
        assert now(all_of) == at
    QTest.keyClick(table, Qt.Key.Key_Home)
    shown = all_of.workspace.shown
    assert shown is not None
    passes = shown.run.trace.backward_passes
    assert passes[0].event < shown.history.at(all_of.workspace.position).now < passes[1].event


def test_go_to_iteration_follows_what_is_typed(ran: MainWindow) -> None:
    window, bar = ran, ran.iterations.bar
    QTest.keyClick(window.editor, Qt.Key.Key_G, CONTROL | SHIFT)
    assert bar.isVisible()
    assert bar.field.text() == "14"
    QTest.keyClicks(bar.field, "3")
    assert now(window) == "at 3"
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert now(window) == "at 14"
    assert window.editor.hasFocus()
    window.actions_.go_to_iteration.trigger()
    QTest.keyClicks(bar.field, "5")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert now(window) == "at 5"
    assert not bar.isVisible()


def test_a_run_without_iterations_has_none_to_go_to(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text("import torch\nprint(torch.ones(2) * 2)\n")
    press_run()
    assert not window.actions_.go_to_iteration.isEnabled()


def test_a_finding_leads_to_the_iteration_in_which_it_began(
    window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(snippet(NAN))
    trace = press_run()
    place = [one.code for one in trace.findings].index("non_finite_gradient")
    button = window.findings.button(place)
    assert button is not None
    assert button.text() == "Go to iteration 6"
    QTest.mouseClick(button, LEFT)
    assert now(window) == "at 6"
    assert window.replay.transport.text.startswith("iteration 6, step ")
    view = window.workspace.view
    assert view is not None
    assert [one.step.number for one in view.open_passes("loop:step")] == [5]
    QTest.keyClicks(window.editor, "#")
    assert button.isEnabled()  # it is about the run, not about the text


NAN = """\
w = nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(8):
    optimizer.zero_grad()
    y = (w * w).sum() if step < 5 else (w - w).sqrt().sum()
    y.backward()
    optimizer.step()
"""


def test_the_timeline_has_a_tick_where_an_iteration_ends(ran: MainWindow) -> None:
    lanes = ran.timeline.lanes
    assert lanes is not None
    assert len(lanes.iterations) == 13
    picture = ran.timeline.grab().toImage()
    ratio = picture.devicePixelRatio()
    scale = ran.timeline.scale
    dotted = [round(scale.x(column)) for column in lanes.iterations[1:4]]
    tick = ran.theme.colors.text_tertiary.rgb()
    for x in dotted:
        assert any(
            picture.pixel(round((x + dx) * ratio), round(y * ratio)) == tick
            for dx in (-1, 0, 1)
            for y in range(int(scale.top), int(scale.bottom))
        )
