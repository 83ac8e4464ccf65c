"""What is connected with what; back, forward and bookmarks; what the mouse lights up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

LEFT = Qt.MouseButton.LeftButton
PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
Node = Callable[[int], str]


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(THREE_LAYERS)
    return press_run_and_see()


@pytest.fixture
def node(trace: Trace) -> Node:
    """The node of what a line did."""

    def of_line(line: int) -> str:
        return next(f"op:{op.id}" for op in trace.operations
                    if op.line == line and op.status != "source")  # fmt: skip

    return of_line


def click(window: MainWindow, key: str, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.mouseClick(window.graph, LEFT, modifier, window.graph.widget_point_of(key))


def lit(qtbot: QtBot, window: MainWindow) -> frozenset[str]:
    """What is lit, once something is."""
    qtbot.waitUntil(lambda: window.graph.excerpt is not None, timeout=TIMEOUT)
    part = window.graph.excerpt
    assert part is not None
    return part.nodes


def open_menu(qtbot: QtBot) -> QMenu:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=TIMEOUT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


# ------------------------------------------------------------------------------------ relations


def test_all_that_a_node_depends_on(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    click(window, node(10))
    QTest.keyClick(window.graph, Qt.Key.Key_Up, ALT)
    nodes = lit(qtbot, window)
    assert {node(8), node(10)} < nodes
    assert not nodes & {node(11), node(12)}
    assert window.graph.excerpt_words == (
        "linear lin1, line 10 depends on 2 nodes in this picture."
    )
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    assert window.graph.excerpt is None
    assert window.graph.selected_nodes == {node(10)}  # Esc ends one thing at a time


def test_all_that_depends_on_a_node(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    click(window, node(11))
    QTest.keyClick(window.graph, Qt.Key.Key_Down, ALT)
    nodes = lit(qtbot, window)
    assert {node(11), node(12)} < nodes
    assert not nodes & {node(8), node(10)}


def test_the_way_between_two(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    assert not window.actions_.between.isEnabled()
    click(window, node(12))
    click(window, node(10), CONTROL)
    assert window.actions_.between.isEnabled()
    window.actions_.between.trigger()
    nodes = lit(qtbot, window)
    assert {node(10), node(11), node(12)} < nodes
    assert node(8) not in nodes
    assert any(key.startswith("cut:") for key in nodes)


def test_the_table_leads_to_what_connects_a_parameter_to_the_loss(
    qtbot: QtBot, window: MainWindow, trace: Trace, node: Node
) -> None:
    table = window.gradients.table
    row = next(i for i, g in enumerate(trace.gradients) if g.name == "lin2.weight")
    place = table.visualRect(table.model().index(row, GradientColumn.LEAF)).center()
    QTest.mouseClick(table.viewport(), LEFT, PLAIN, place)
    assert window.actions_.connection in table.actions()
    window.actions_.connection.trigger()
    nodes = lit(qtbot, window)
    assert {node(11), node(12)} <= nodes
    assert not nodes & {node(8), node(10)}
    assert window.graph.excerpt_words == (
        "The gradient comes from loss to lin2.weight through 2 operations."
    )


def test_a_pill_leads_to_where_its_way_is_cut(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    pill = window.graph.widget_point_of(node(8)) + QPoint(-60, 46)
    QTest.mouseDClick(window.graph, LEFT, PLAIN, pill)
    nodes = lit(qtbot, window)
    assert {node(8), node(10), node(11), node(12)} <= nodes
    assert any(key.startswith("cut:") for key in nodes)
    assert not any(key.startswith("tensor:0") for key in nodes)  # x is on no path of a weight
    assert window.graph.excerpt_words == (
        "The path from lin0.weight to loss is cut: no_grad, line 9."
    )


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_the_menu_of_a_node_has_its_commands(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    at = window.graph.widget_point_of(node(11))
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(
        window.graph, QContextMenuEvent(reason, at, window.graph.mapToGlobal(at))
    )
    menu = open_menu(qtbot)
    texts = {action.text().replace("&", "") for action in menu.actions() if action.isEnabled()}
    assert texts >= {"All it depends on", "All that depends on it", "What connects it to the loss"}
    assert window.graph.selected_nodes == {node(11)}
    menu.close()


def test_another_picture_of_the_same_run_is_lit_alike(
    qtbot: QtBot, window: MainWindow, node: Node
) -> None:
    click(window, node(11))
    window.actions_.downstream.trigger()
    before = lit(qtbot, window)
    assert window.graph.hasFocus()
    window.editor.setFocus()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.hide_setup.trigger()
    assert lit(qtbot, window) == before
    assert window.editor.hasFocus()


# ----------------------------------------------------------------------------- back and forward


def test_a_picture_without_the_node_lights_nothing(
    qtbot: QtBot, window: MainWindow, node: Node
) -> None:
    click(window, node(10))  # skipped: it has no node of autograd's
    window.actions_.upstream.trigger()
    lit(qtbot, window)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        QTest.mouseClick(window.toolbar.level.findChildren(QToolButton)[2], LEFT)
    assert window.graph.selected_nodes == frozenset()
    assert window.graph.excerpt is None


def test_back_and_forward_go_through_what_was_selected(
    qtbot: QtBot, window: MainWindow, node: Node
) -> None:
    back, forward = window.actions_.back, window.actions_.forward
    assert not back.isEnabled()
    for line in (8, 10, 11):
        click(window, node(line))
        qtbot.waitUntil(back.isEnabled)
        QApplication.processEvents()
    QTest.keyClick(window.graph, Qt.Key.Key_Left, ALT)
    assert window.graph.selected_nodes == {node(10)}
    assert window.editor.selected_lines == {10}
    QTest.mouseClick(window.graph, Qt.MouseButton.BackButton, PLAIN, QPoint(400, 400))
    assert window.graph.selected_nodes == {node(8)}
    QTest.mouseClick(window.graph, Qt.MouseButton.ForwardButton, PLAIN, QPoint(400, 400))
    QTest.keyClick(window.graph, Qt.Key.Key_Right, ALT)
    assert window.graph.selected_nodes == {node(11)}
    QApplication.processEvents()
    assert not forward.isEnabled()


def test_bookmarks_lead_back_from_anywhere(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    go, _ = window.actions_.bookmarks[3]
    assert not go.isEnabled()
    click(window, node(10))
    QTest.keyClick(window.graph, Qt.Key.Key_3, CONTROL | SHIFT)
    assert go.text() == "&3  linear lin1, line 10"
    click(window, node(12))
    QTest.keyClick(window.editor, Qt.Key.Key_3, CONTROL)
    assert window.graph.selected_nodes == {node(10)}
    assert window.editor.selected_lines == {10}


def press(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Runs another text in the same tab, and waits for its picture."""
    window.editor.selectAll()
    window.editor.insertPlainText(text)
    with qtbot.waitSignal(window.graph.sceneChanged, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_Return, CONTROL)


def lines_selected(window: MainWindow) -> set[int | None]:
    graph = window.graph
    items = [graph.scene.nodes[key].item for key in graph.selected_nodes]
    return {getattr(item, "line", None) for item in items}


def test_bookmarks_and_the_way_back_outlast_an_edit(
    qtbot: QtBot, window: MainWindow, node: Node
) -> None:
    click(window, node(10))
    QTest.keyClick(window.graph, Qt.Key.Key_3, CONTROL | SHIFT)
    for line in (12, 8):
        QApplication.processEvents()  # another selection is a place once all have heard of it
        click(window, node(line))
    QApplication.processEvents()
    press(qtbot, window, THREE_LAYERS.replace("x1 = lin0(x)", "x = x + 1\nx1 = lin0(x)"))
    assert lines_selected(window) == {9}
    QTest.keyClick(window.graph, Qt.Key.Key_Left, ALT)
    assert lines_selected(window) == {13}
    QApplication.processEvents()
    QTest.keyClick(window.graph, Qt.Key.Key_Left, ALT)
    assert lines_selected(window) == {11}
    go, _ = window.actions_.bookmarks[3]
    assert go.isEnabled()
    go.trigger()
    assert lines_selected(window) == {11}


def test_a_bookmark_of_what_is_gone_is_grey_until_it_is_back(
    qtbot: QtBot, window: MainWindow, node: Node
) -> None:
    click(window, node(12))
    QTest.keyClick(window.graph, Qt.Key.Key_3, CONTROL | SHIFT)
    QApplication.processEvents()
    click(window, node(10))
    QApplication.processEvents()
    go, _ = window.actions_.bookmarks[3]
    press(qtbot, window, THREE_LAYERS.split("loss =")[0])
    assert not go.isEnabled()
    assert go.text() == "&3  sum, line 12"
    assert not window.actions_.back.isEnabled()
    press(qtbot, window, THREE_LAYERS)
    go.trigger()
    assert lines_selected(window) == {12}


def test_another_file_has_no_bookmarks(qtbot: QtBot, window: MainWindow, node: Node) -> None:
    click(window, node(10))
    QTest.keyClick(window.graph, Qt.Key.Key_3, CONTROL | SHIFT)
    window.actions_.new.trigger()
    assert not window.actions_.bookmarks[3][0].isEnabled()
    assert not window.actions_.back.isEnabled()


# ------------------------------------------------------------------------------------- pointing


def test_pointing_at_a_node_lifts_its_line_and_the_other_way_round(
    qtbot: QtBot, window: MainWindow, trace: Trace, node: Node
) -> None:
    QTest.mouseMove(window.graph, QPoint(window.graph.width() - 3, 3))
    QTest.mouseMove(window.graph, window.graph.widget_point_of(node(11)))
    assert window.editor.pointed_lines == {11}
    QTest.mouseMove(window.graph, QPoint(window.graph.width() - 3, 3))
    assert not window.editor.pointed_lines
    line = next(line for line in window.editor.visible_lines() if line.number == 12)
    before = window.graph.grab().toImage()
    QTest.mouseMove(window.editor.viewport(), QPoint(70, round(line.top + line.height / 2)))
    assert window.graph.grab().toImage() != before


def test_a_card_says_why(window: MainWindow, node: Node) -> None:
    at = window.graph.widget_point_of(node(10))
    event = QHelpEvent(QEvent.Type.ToolTip, at, window.graph.mapToGlobal(at))
    QApplication.sendEvent(window.graph, event)
    card = window.graph.pointing.card.card
    assert card is not None
    assert card.title == "linear lin1"
    assert card.words == "skipped — no_grad"
    assert "line 9" in card.why
    assert any(label == "x2" for label, _ in card.facts)
