"""One selection in the graph, the editor, the table and the details."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(THREE_LAYERS)
    return press_run_and_see()


def operation_on(trace: Trace, line: int) -> int:
    return next(op.id for op in trace.operations if op.line == line and op.status != "source")


def click_line(window: MainWindow, number: int) -> None:
    line = next(line for line in window.editor.visible_lines() if line.number == number)
    at = QPoint(70, round(line.top + line.height / 2))
    QTest.mouseClick(window.editor.viewport(), LEFT, pos=at)


def test_a_click_on_a_line_marks_its_node(window: MainWindow, trace: Trace) -> None:
    click_line(window, 10)
    assert window.graph.selected_nodes == {f"op:{operation_on(trace, 10)}"}
    assert window.details.chip.text == "skipped — no_grad"
    assert window.editor.selected_lines == {10}


def test_a_click_on_a_line_without_operations_marks_nothing(
    window: MainWindow, trace: Trace
) -> None:
    click_line(window, 10)
    click_line(window, 1)
    assert window.graph.selected_nodes == frozenset()
    assert window.editor.selected_lines == frozenset()
    assert window.details.decision.steps == []


def test_a_click_on_a_node_marks_its_line_and_tells_how_torch_decided(
    window: MainWindow, trace: Trace
) -> None:
    key = f"op:{operation_on(trace, 10)}"
    QTest.mouseClick(window.graph, LEFT, pos=window.graph.widget_point_of(key))
    assert window.editor.selected_lines == {10}
    steps = window.details.decision.steps
    assert [step.state for step in steps] == ["asked", "decided", "not asked", "not asked"]
    assert "line 9" in steps[1].detail
    facts = {fact.label: fact.value for box in window.details.boxes for fact in box.facts}
    assert facts["Result"] == "grad_fn = None"
    assert facts["Without line 9 it would have been recorded"] == "Yes"


def test_a_line_inserted_above_moves_the_mark(window: MainWindow, trace: Trace) -> None:
    window.editor.go_to(1)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    key = f"op:{operation_on(trace, 10)}"
    QTest.mouseClick(window.graph, LEFT, pos=window.graph.widget_point_of(key))
    assert window.editor.selected_lines == {11}
    click_line(window, 12)
    assert window.graph.selected_nodes == {f"op:{operation_on(trace, 11)}"}


def test_a_row_of_the_table_marks_what_its_reason_speaks_of(
    window: MainWindow, trace: Trace
) -> None:
    row = next(i for i, g in enumerate(trace.gradients) if g.name == "lin0.weight")
    table = window.gradients.table
    place = table.visualRect(table.model().index(row, GradientColumn.WHY)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)
    why = trace.gradients[row].why
    drawn = {f"op:{id_}" for id_ in why.operations}
    assert window.graph.selected_nodes <= drawn
    assert window.graph.selected_nodes
    assert window.editor.selected_lines == set(why.lines)
    assert window.details.title == "lin0.weight"
    assert why.text in window.details.text


def test_a_click_on_nothing_clears_everything(
    qtbot: QtBot, window: MainWindow, trace: Trace
) -> None:
    click_line(window, 10)
    corner = QPoint(window.graph.width() - 5, window.graph.height() - 5)
    with qtbot.waitSignal(window.graph.selectionCleared, timeout=TIMEOUT):
        QTest.mouseClick(window.graph, LEFT, pos=corner)
    assert window.editor.selected_lines == frozenset()
    assert window.details.decision.steps == []


def test_a_sentence_leads_to_its_line(window: MainWindow, trace: Trace) -> None:
    numbers = [n for n, _ in enumerate(window.words.texts)]
    leading = [n for n in numbers if window.words.item(n).line == 10]
    assert leading
    row = window.words.row(leading[0])
    QTest.mouseClick(row, LEFT, pos=QPoint(60, 15))
    assert window.editor.textCursor().blockNumber() == 9
    assert window.graph.selected_nodes == {f"op:{operation_on(trace, 10)}"}


def test_the_timeline_leads_to_the_operation(window: MainWindow, trace: Trace) -> None:
    timeline = window.timeline
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(3))
    assert timeline.position == 3
    assert window.details.chip.text == "skipped — no_grad"
    assert window.replay.transport.text == "step 3 of 11: linear :10"


def test_hiding_setup_is_a_switch(qtbot: QtBot, window: MainWindow, trace: Trace) -> None:
    def steps() -> int:
        assert window.timeline.lanes is not None
        return window.timeline.lanes.columns

    before = steps()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.hide_setup.trigger()
    assert steps() > before
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.hide_setup.trigger()
    assert steps() == before


def choose_row(window: MainWindow, trace: Trace, name: str) -> None:
    row = next(i for i, g in enumerate(trace.gradients) if g.name == name)
    table = window.gradients.table
    place = table.visualRect(table.model().index(row, GradientColumn.WHY)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)


def test_a_row_with_a_gradient_marks_the_path_that_it_took(
    qtbot: QtBot, window: MainWindow, trace: Trace
) -> None:
    choose_row(window, trace, "lin2.weight")
    path = {f"op:{operation_on(trace, line)}" for line in (11, 12)}
    qtbot.waitUntil(lambda: window.graph.selected_nodes == path, timeout=TIMEOUT)
    assert window.editor.selected_lines == {11, 12}
    assert window.gradients.table.selectionModel().hasSelection()


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_the_table_has_a_menu(qtbot: QtBot, window: MainWindow, trace: Trace) -> None:
    choose_row(window, trace, "lin2.bias")
    table = window.gradients.table
    place = table.visualRect(table.currentIndex()).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, table.mapToGlobal(place))
    QApplication.sendEvent(table.viewport(), event)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None, timeout=TIMEOUT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text().replace("&", "") for action in menu.actions()]
    assert {"Copy rows", "Copy table as CSV", "Copy table as Markdown", "Sort by"} <= set(texts)
    next(action for action in menu.actions() if "Markdown" in action.text()).trigger()
    assert "| lin2.bias | [2] | True | [2, 2] |" in QGuiApplication.clipboard().text()
    menu.close()


def test_the_menu_zooms_to_what_is_selected(window: MainWindow, trace: Trace) -> None:
    window.graph.fit()
    whole = window.graph.place.camera
    click_line(window, 10)
    window.actions_.zoom_selection.trigger()
    seen = window.graph.place.camera
    assert seen.zoom > whole.zoom
    node = window.graph.node_rect(f"op:{operation_on(trace, 10)}")
    assert window.graph.room().contains(seen.rect_to_widget(node))
