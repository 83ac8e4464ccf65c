"""The outline in step with the picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeView
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.outline_model import OutlineColumn
from app.session.graph.payloads import GroupItem
from tests.end_to_end.conftest import TIMEOUT
from tests.session.graph.texts import TRAINING_AND_EVALUATION

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(TRAINING_AND_EVALUATION)
    return press_run_and_see()


@pytest.fixture
def tree(qtbot: QtBot, window: MainWindow, trace: Trace) -> QTreeView:
    """Opened by its key."""
    control_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_E, control_shift)
    found = window.outline.panel.tree
    qtbot.waitUntil(found.isVisible, timeout=TIMEOUT)
    qtbot.waitUntil(found.hasFocus, timeout=TIMEOUT)
    return found


def rows(tree: QTreeView, index: QModelIndex | None = None) -> list[QModelIndex]:
    """Every row that is not inside a closed one."""
    found: list[QModelIndex] = []
    around = index or QModelIndex()
    for row in range(tree.model().rowCount(around)):
        child = tree.model().index(row, 0, around)
        found.append(child)
        if tree.isExpanded(child):
            found += rows(tree, child)
    return found


def text(index: QModelIndex, column: OutlineColumn = OutlineColumn.NAME) -> str:
    return str(index.siblingAtColumn(column).data())


def row_with(tree: QTreeView, words: str) -> QModelIndex:
    return next(index for index in rows(tree) if words in text(index))


def click(tree: QTreeView, index: QModelIndex) -> None:
    QTest.mouseClick(tree.viewport(), LEFT, PLAIN, tree.visualRect(index).center())


def drawn_titles(window: MainWindow) -> set[str]:
    return {
        node.item.title
        for node in window.graph.scene.nodes.values()
        if isinstance(node.item, GroupItem)
    }


def test_it_says_what_the_picture_says(tree: QTreeView) -> None:
    assert tree.accessibleName() == "Outline of operations"
    row = row_with(tree, "→ final")
    assert text(row).startswith("mean")
    assert text(row, OutlineColumn.STATUS) == "skipped — no_grad"
    assert text(row, OutlineColumn.LINE) == "13"
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "mean → final, skipped — no_grad, line 13"
    )


def test_a_row_selects_its_node_and_a_node_its_row(
    qtbot: QtBot, window: MainWindow, trace: Trace, tree: QTreeView
) -> None:
    row = row_with(tree, "→ final")
    click(tree, row)
    (key,) = window.graph.selected_nodes
    assert window.editor.selected_lines == {13}
    operation = window.graph.scene.nodes[key].operations[0]
    assert next(op for op in trace.operations if op.id == operation).name == "mean"
    QTest.keyClick(tree, Qt.Key.Key_Up)
    assert window.graph.selected_nodes != {key}
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: not window.graph.is_gliding, timeout=TIMEOUT)
    QTest.mouseClick(window.graph, LEFT, PLAIN, window.graph.widget_point_of(key))
    assert text(tree.currentIndex()) == text(row)


def test_opening_a_row_unfolds_its_group_and_closing_folds_it(
    qtbot: QtBot, window: MainWindow, tree: QTreeView
) -> None:
    call = row_with(tree, "mse_loss")
    assert not tree.isExpanded(call)
    before = set(window.graph.scene.nodes)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        click(tree, call)
        QTest.keyClick(tree, Qt.Key.Key_Right)
    assert len(window.graph.scene.nodes) > len(before)
    call = row_with(tree, "mse_loss")
    assert tree.isExpanded(call)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        QTest.keyClick(tree, Qt.Key.Key_Left)
    assert not tree.isExpanded(row_with(tree, "mse_loss"))


def test_folding_in_the_picture_closes_the_row(
    qtbot: QtBot, window: MainWindow, tree: QTreeView
) -> None:
    assert any(tree.isExpanded(index) for index in rows(tree))
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()
    assert not any(tree.isExpanded(index) for index in rows(tree))
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.unfold_all.trigger()
    closed = [i for i in rows(tree) if tree.model().hasChildren(i) and not tree.isExpanded(i)]
    assert not closed


def test_enter_goes_to_an_operation_wherever_it_is_folded(
    qtbot: QtBot, window: MainWindow, trace: Trace, tree: QTreeView
) -> None:
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()
    field = window.toolbar.search
    QTest.keyClicks(field, "relu")
    qtbot.waitUntil(lambda: window.workspace.found.query == "relu", timeout=TIMEOUT)
    assert field.count == "4"
    hits = [index for index in rows(tree) if text(index).startswith("relu")]
    assert len(hits) == 4
    assert all("hit" in text(i, OutlineColumn.STATUS) for i in rows(tree) if i not in hits)
    tree.setFocus()
    tree.setCurrentIndex(hits[2])
    QTest.keyClick(tree, Qt.Key.Key_Return)

    def shows_it() -> bool:
        nodes = [window.graph.scene.nodes[key] for key in window.graph.selected_nodes]
        return [node.operations for node in nodes] == [(third,)]

    third = [op.id for op in trace.operations if op.name == "relu"][2]
    qtbot.waitUntil(shows_it, timeout=TIMEOUT)
    QTest.keyClick(window.toolbar.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.outline.panel.filtered is None, timeout=TIMEOUT)
    assert len(rows(tree)) > 4


def test_stepping_through_hits_unfolds_what_they_lie_in(
    qtbot: QtBot, window: MainWindow, trace: Trace
) -> None:
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()
    field, graph = window.toolbar.search, window.graph
    field.setFocus()
    QTest.keyClicks(field, "mse_loss")
    qtbot.waitUntil(lambda: window.workspace.found.query == "mse_loss", timeout=TIMEOUT)
    assert max(graph.hits.values()) > 1  # counted on the group
    with qtbot.waitSignal(graph.layoutFinished, timeout=TIMEOUT):
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.count.startswith("1 of ")
    (key,) = graph.selected_nodes
    assert graph.rect().contains(graph.widget_point_of(key))
    assert field.hasFocus()


def test_without_a_trace_it_says_so(window: MainWindow) -> None:
    window.actions_.outline.trigger()
    assert window.outline.panel.hint.startswith("Nothing traced yet.")
    window.actions_.outline.trigger()
    assert window.outline.dock.isHidden()
