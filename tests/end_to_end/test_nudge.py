"""The Nudge tab: a value of a leaf is moved in the real window, by mouse and keys."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.commands import plain
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from app.gui.panels.gradients.delegate import nudge_button
from app.gui.panels.gradients.rows import GradientColumn
from app.gui.panels.nudging.panel import NudgePanel
from app.gui.panels.nudging.value_grid import ValueGrid
from app.gui.presentation.magnifier import Magnifier
from app.gui.presentation.room import RoomView
from tests.end_to_end.conftest import TIMEOUT
from tests.support import snippet
from tests.tools.answering import SIZE_HINTS, answering

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
SWISH = snippet("""
    x = torch.tensor([[2., -1.], [.5, 1.]])
    w = torch.tensor([[1., 2.], [3., -1.]], requires_grad=True)
    a = w * x
    loss = (a * a.sigmoid()).sum()
    loss.backward()
""")
GRAD = "w.grad[1, 1] 0.0723"


@pytest.fixture
def ready(qtbot: QtBot, window: MainWindow) -> Callable[[str], None]:
    """Waits until the tab is about an element and nothing runs any more."""

    def wait(name: str) -> None:
        def is_there() -> bool:
            return panel_of(window).name.text() == name and is_at_rest(window)

        qtbot.waitUntil(is_there, timeout=TIMEOUT)

    return wait


@pytest.fixture
def open_swish(
    window: MainWindow, press_run: Callable[[], Trace], ready: Callable[[str], None]
) -> ValueGrid:
    """Opens the tab for `w[1, 1]` with the keyboard alone; the grid has the keyboard then."""
    window.load_text(SWISH)
    press_run()
    QTest.keyClick(window.editor, Qt.Key.Key_U, CONTROL | ALT)
    ready("w[0, 0]")
    grid = panel_of(window).grid
    assert window.focusWidget() is grid
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Down, CONTROL)
    ready("w[1, 1]")
    return grid


def panel_of(window: MainWindow) -> NudgePanel:
    return window.nudge_tab.nudges.panel


def is_at_rest(window: MainWindow) -> bool:
    nudges = window.nudge_tab.nudges
    return not nudges.is_running and not panel_of(window).table.isHidden()


def loss_of(window: MainWindow) -> str:
    return panel_of(window).loss.accessibleName()


def drag(grid: ValueGrid, row: int, column: int, pixels: int, keys: Qt.KeyboardModifier) -> None:
    """Drag a cell upwards, in three moves."""
    begin = grid.cell_rect(row, column).center()
    QTest.mousePress(grid, LEFT, keys, begin)
    for part in (1, 2, 3):
        # QTest.mouseMove has no modifiers: the release counts, which has them.
        QTest.mouseMove(grid, begin - QPoint(0, pixels * part // 3))
    QTest.mouseRelease(grid, LEFT, keys, begin - QPoint(0, pixels))


def test_a_dragged_value_moves_the_loss_beside_grad(
    qtbot: QtBot, window: MainWindow, open_swish: ValueGrid
) -> None:
    """The figures are those of the published picture."""
    panel = panel_of(window)
    assert loss_of(window) == "loss 2.4806"
    assert panel.back.isHidden()
    drag(open_swish, 1, 1, 120, NONE)
    assert open_swish.value == -0.7
    qtbot.waitUntil(lambda: loss_of(window) == "loss 2.4806 → 2.5173", timeout=TIMEOUT)
    qtbot.waitUntil(lambda: is_at_rest(window), timeout=TIMEOUT)
    assert panel.table.accessibleDescription().split("; ") == [
        "0.30 | +0.03667 | 0.1222 | 0.0499",
        "0.10 | +0.00880 | 0.0880 | 0.0156",
        "0.01 | +0.00074 | 0.0738 | 0.0015",
        GRAD,
    ]
    assert panel.plot.accessibleDescription() == (
        "w[1, 1] = −0.70: loss 2.4806 to 2.5173, change / ε 0.1222, .grad 0.0723."
    )
    assert "nudge runs in" in window.status.nudges_text
    QTest.mouseClick(panel.back, LEFT)
    assert open_swish.value == -1.0
    assert loss_of(window) == "loss 2.4806"
    assert panel.table.rows[0] == ("0.00", "–", "–", "–")


def test_keys_change_the_value_take_it_back_and_leave(
    qtbot: QtBot, window: MainWindow, open_swish: ValueGrid
) -> None:
    for _ in range(3):
        QTest.keyClick(open_swish, Qt.Key.Key_Up)
    QTest.keyClick(open_swish, Qt.Key.Key_Down, SHIFT)
    assert open_swish.value == -0.971
    rows = panel_of(window).table
    qtbot.waitUntil(lambda: rows.rows[0][0] == "0.029", timeout=TIMEOUT)
    drag(open_swish, 1, 1, 8, SHIFT)
    assert open_swish.value == -0.969
    QTest.keyClick(open_swish, Qt.Key.Key_Escape)
    assert open_swish.value == -1.0
    assert window.inspector.page == InspectorPage.NUDGE
    QTest.keyClick(open_swish, Qt.Key.Key_Escape)
    assert not window.inspector.is_available(InspectorPage.NUDGE)
    assert window.focusWidget() is window.gradients.table
    assert window.status.nudges_text == ""


def test_an_exact_value_is_typed(qtbot: QtBot, window: MainWindow, open_swish: ValueGrid) -> None:
    QTest.keyClicks(open_swish, "-")
    field = open_swish.field
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, "0x")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    QTest.keyClicks(field, "-0,5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (field.isVisible(), open_swish.value) == (False, -0.5)
    qtbot.waitUntil(lambda: loss_of(window) == "loss 2.4806 → 2.5608", timeout=TIMEOUT)
    QTest.keyClick(open_swish, Qt.Key.Key_F2)
    assert field.text() == "−0.50"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.isVisible(), open_swish.value) == (False, -0.5)


TWO = snippet("""
    x = torch.tensor(2.)
    w = torch.tensor(3., requires_grad=True)
    v = torch.tensor(4., requires_grad=True)
    a = w * x
    loss = a + v
    loss.backward()
""")
NET = snippet("""
    net = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 1))
    x = torch.randn(16, 64)
    for step in range(2):
        loss = net(x).pow(2).mean()
        loss.backward()
""")


def test_an_element_of_a_large_parameter_is_chosen_by_its_index(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    window.load_text(NET)
    press_run()
    table = window.gradients.table
    name = table.visualRect(table.model().index(0, GradientColumn.LEAF)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=name)
    index = table.model().index(0, GradientColumn.WHY)
    button = nudge_button(table.visualRect(index).toRectF()).center().toPoint()
    QTest.mouseClick(table.viewport(), LEFT, pos=button)
    ready("net.0.weight[0, 0]")
    panel = panel_of(window)
    assert panel.note.text() == (
        "Compared with .grad after the first of 2 backward passes, on line 7."
    )
    first, second = panel.fields.fields[:2]
    for field, digits in ((first, "31"), (second, "5")):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, digits)
        QTest.keyClick(field, Qt.Key.Key_Return)
    ready("net.0.weight[31, 5]")
    QTest.mouseClick(panel.grid, LEFT, pos=panel.grid.cell_rect(0, 0).center())
    ready("net.0.weight[28, 4]")
    assert (first.value(), second.value()) == (28, 4)
    QTest.keyClick(panel.grid, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: panel.table.rows[0][0] == "0.01", timeout=TIMEOUT)


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_a_leaf_without_a_gradient_says_why_the_next_run_is_followed_and_no_answer_leaks(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    window.load_text("import torch\nw = torch.ones(2, requires_grad=True)\n")
    press_run()
    table = window.gradients.table
    table.selectRow(0)
    menu = opened_menu(qtbot, window)
    (entry,) = (one for one in menu.actions() if plain(one.text()) == "Nudge a value")
    entry.trigger()
    menu.close()
    message = panel_of(window).message
    qtbot.waitUntil(lambda: "no gradient to compare with" in message.text(), timeout=TIMEOUT)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.editor.setFocus()
    window.editor.sheet.change_text(window.editor.sheet.text + "w.sum().backward()\n")
    press_run()
    ready("w[0]")
    assert loss_of(window) == "loss 2.0000"
    assert message.isHidden()
    window.actions_.ask.trigger()
    qtbot.waitUntil(lambda: window.workspace.covered is not None, timeout=TIMEOUT)
    assert not panel_of(window).isVisible()
    assert not window.actions_.nudge.isEnabled()
    table.selectRow(0)
    menu = opened_menu(qtbot, window)
    (entry,) = (one for one in menu.actions() if plain(one.text()) == "Nudge a value")
    assert not entry.isEnabled()
    menu.close()


def opened_menu(qtbot: QtBot, window: MainWindow) -> QMenu:
    """Return the context menu of the selected row."""
    table = window.gradients.table
    place = table.visualRect(table.currentIndex()).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, table.mapToGlobal(place))
    QApplication.sendEvent(table.viewport(), event)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=TIMEOUT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


@SIZE_HINTS
def test_a_program_with_effects_is_asked_about_and_a_random_one_refused(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    text = snippet("""
        import os, time
        w = torch.ones(1, requires_grad=True)
        (w * (time.time_ns() % 1000003)).backward()
        os.system("true")
    """)
    window.load_text(text)
    press_run()
    with answering("Cancel") as asked:
        window.actions_.nudge.trigger()
        message = panel_of(window).message
        said = "Not nudged: line 6 calls os.system."
        qtbot.waitUntil(lambda: message.text() == said, timeout=TIMEOUT)
    assert asked[0].startswith("Line 6 calls os.system, and nudging runs the text about 20 times")
    with answering("Nudge"):
        window.actions_.nudge.trigger()
        qtbot.waitUntil(lambda: "Two equal runs differ by" in message.text(), timeout=TIMEOUT)


def test_a_slow_program_runs_when_enter_is_pressed(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(SWISH.replace("a = w", "import time; time.sleep(2.2)\na = w"))
    press_run()
    window.actions_.nudge.trigger()
    panel = panel_of(window)
    qtbot.waitUntil(lambda: not panel.grid.isHidden(), timeout=TIMEOUT)
    said = re.fullmatch(r"One run takes (\d+) s: press Enter to run once\.", panel.hint.text())
    assert said is not None
    assert int(said[1]) >= 2
    drag(panel.grid, 0, 0, 40, NONE)
    assert (panel.grid.value, loss_of(window)) == (1.1, "loss 2.4806")
    QTest.keyClick(panel.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "→" in loss_of(window), timeout=TIMEOUT)
    assert panel.table.rows[1:] == [("0.10", *panel.table.rows[0][1:]), ("0.01", "–", "–", "–")]


def test_a_long_trace_waits_for_enter_though_the_pass_comes_early(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    """The runs end at the pass, so they are short, which nobody knows before the first one."""
    window.load_text(SWISH + "import time\ntime.sleep(4.1)\n")
    seconds = round(press_run().run.seconds)
    window.actions_.nudge.trigger()
    panel = panel_of(window)
    qtbot.waitUntil(panel.run_button.isVisible, timeout=TIMEOUT)
    said = f"The traced run took {seconds} s: press Enter to run twice without tracing."
    assert panel.message.text() == said
    QTest.keyClick(panel.run_button, Qt.Key.Key_Return)
    ready("w[0, 0]")
    assert window.focusWidget() is panel.grid
    assert panel.table.rows[1][0] == "0.10"


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_it_is_about_what_is_selected(
    qtbot: QtBot,
    window: MainWindow,
    press_run_and_see: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    """The menu of a leaf, a node that uses leaves, a row of the table, and a tensor without one."""
    window.load_text(TWO)
    trace = press_run_and_see()
    tensors = {tensor.name: tensor.id for tensor in trace.tensors}
    at = window.graph.widget_point_of(f"tensor:{tensors['v']}")
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(
        window.graph, QContextMenuEvent(reason, at, window.graph.mapToGlobal(at))
    )
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=TIMEOUT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(one for one in menu.actions() if plain(one.text()) == "Nudge a value").trigger()
    menu.close()
    ready("v")
    (product,) = (one.id for one in trace.operations if one.name == "mul")
    window.workspace.select_operation(product)
    window.actions_.nudge.trigger()
    ready("w")
    window.workspace.select_gradient(tensors["v"])
    window.actions_.nudge.trigger()
    ready("v")
    window.workspace.select_tensor(tensors["x"])
    window.actions_.nudge.trigger()
    message = panel_of(window).message
    qtbot.waitUntil(lambda: "no backward pass filled x.grad" in message.text(), timeout=TIMEOUT)


def test_leaving_while_it_runs_ends_the_runs(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    window.load_text(SWISH.replace("a = w", "import time; time.sleep(1)\na = w"))
    press_run()
    window.actions_.nudge.trigger()
    nudges, panel = window.nudge_tab.nudges, panel_of(window)
    qtbot.waitUntil(lambda: nudges.is_running, timeout=TIMEOUT)
    assert window.actions_.stop.isEnabled()
    window.actions_.stop.trigger()
    qtbot.waitUntil(panel.run_button.isVisible, timeout=TIMEOUT)
    assert panel.message.text() == "Stopped."
    QTest.mouseClick(panel.run_button, LEFT)
    qtbot.waitUntil(lambda: nudges.is_running)
    QTest.mouseClick(panel.close_button, LEFT)
    assert not nudges.is_running
    assert not window.actions_.stop.isEnabled()
    assert window.inspector.page == InspectorPage.DETAILS


def present(qtbot: QtBot, window: MainWindow, width: int, height: int) -> RoomView:
    """Present on a screen of a size."""
    QTest.keyClick(window, Qt.Key.Key_F11)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(width, height)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (width, height))
    room = window.presentation.room
    assert room is not None
    return room


def shown_panes(room: RoomView) -> list[str]:
    return [pane.title for pane in room.panes if pane.isVisible()]


def is_seen_whole(panel: NudgePanel) -> bool:
    area = panel.findChild(QScrollArea)
    assert area is not None
    return area.verticalScrollBar().maximum() == 0


def place_of(window: MainWindow, widget: QWidget, part: QRect) -> tuple[QWidget, QPoint]:
    """Return what gets the mouse for the middle of a part of a magnified widget, and where."""
    magnifier = next(one for one in window.findChildren(Magnifier) if one.holds(widget))
    middle = magnifier.to_global(widget, QRectF(part)).center()
    viewport = magnifier.viewport()
    return viewport, viewport.mapFromGlobal(middle).toPoint()


@SIZE_HINTS
def test_a_presentation_nudges_by_keys(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    window.load_text(SWISH)
    press_run()
    room = present(qtbot, window, 1280, 720)
    window.graph.setFocus()
    places = [button.geometry() for button in room.bar.panes]
    QTest.keyClick(window.graph, Qt.Key.Key_U)
    ready("w[0, 0]")
    grid, panel = panel_of(window).grid, panel_of(window)
    assert shown_panes(room) == ["Nudge"]
    assert room.bar.panes[4].accessibleName() == "Nudge (5)"
    assert [button.geometry() for button in room.bar.panes] == places
    view = window.focusWidget()
    assert isinstance(view, Magnifier)
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, CONTROL)
    ready("w[1, 1]")
    assert is_seen_whole(panel)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Up)
    assert grid.value == -0.97
    qtbot.waitUntil(lambda: panel.table.rows[0][0] == "0.03", timeout=TIMEOUT)
    assert window.workspace.is_at_end
    QTest.keyClicks(view, "-0.5")
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert grid.value == -0.5
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert grid.value == -1.0
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert window.workspace.position == 1
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert shown_panes(room) == ["Graph"]
    assert room.bar.panes[4].accessibleName() == "Details (5)"
    assert not window.nudge_tab.is_open
    QTest.keyClick(window.graph, Qt.Key.Key_5)
    assert window.details.isVisible()
    assert not panel.isVisible()
    QTest.keyClick(window, Qt.Key.Key_U)
    assert shown_panes(room) == ["Nudge"]
    QTest.keyClick(window, Qt.Key.Key_U)
    assert shown_panes(room) == ["Details"]
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.presentation.is_on
    assert window.inspector.isAncestorOf(panel)


@SIZE_HINTS
def test_a_large_parameter_is_seen_whole_on_a_small_stage(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    window.load_text(NET)
    press_run()
    present(qtbot, window, 1280, 720)
    QTest.keyClick(window, Qt.Key.Key_U)
    ready("net.0.weight[0, 0]")
    panel = panel_of(window)
    assert panel.note.isVisible()
    qtbot.waitUntil(lambda: is_seen_whole(panel))


@SIZE_HINTS
def test_a_presentation_nudges_by_mouse_and_covers_it_with_the_answers(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    ready: Callable[[str], None],
) -> None:
    window.load_text(SWISH)
    press_run()
    room = present(qtbot, window, 1920, 1080)
    panes = shown_panes(room)
    assert panes == ["Code", "Graph", "Gradients"]
    table = window.gradients.table
    name = table.visualRect(table.model().index(0, GradientColumn.LEAF))
    viewport, at = place_of(window, table.viewport(), name)
    QTest.mouseClick(viewport, LEFT, pos=at)
    why = table.visualRect(table.model().index(0, GradientColumn.WHY)).toRectF()
    viewport, at = place_of(window, table.viewport(), nudge_button(why).toRect())
    QTest.mouseClick(viewport, LEFT, pos=at)
    ready("w[0, 0]")
    assert "Nudge" in shown_panes(room)
    assert not window.docks.inspector.isVisible()
    panel = panel_of(window)
    assert is_seen_whole(panel)
    viewport, at = place_of(window, panel.grid, panel.grid.cell_rect(0, 0))
    QTest.mousePress(viewport, LEFT, NONE, at)
    QTest.mouseMove(viewport, at - QPoint(0, 20))
    QTest.mouseRelease(viewport, LEFT, NONE, at - QPoint(0, 38))
    assert panel.grid.value == 1.06
    qtbot.waitUntil(lambda: panel.table.rows[0][0] == "0.06", timeout=TIMEOUT)
    viewport, at = place_of(window, panel.close_button, panel.close_button.rect())
    QTest.mouseClick(viewport, LEFT, pos=at)
    assert shown_panes(room) == panes
    QTest.keyClick(window.graph, Qt.Key.Key_U)
    ready("w[0, 0]")
    QTest.keyClick(window.graph, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: window.ask_the_room.is_on)
    assert not window.nudge_tab.is_open
    QTest.keyClick(window.graph, Qt.Key.Key_U)
    assert not panel.isVisible()
