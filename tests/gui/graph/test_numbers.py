"""An opened node: its room, its cells, and the keys and the mouse in it."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.drawing.opened.card import Chosen
from app.gui.graph.view import GraphView
from app.session.chain_rule.model import OpenedStep
from tests.gui.graph.conftest import TIMEOUT, Show
from tests.gui.graph.demo_graphs import chain
from tests.session.chain_rule.opened_steps import large, matrix_product, swish

Key = Qt.Key


@pytest.fixture
def shown(view: GraphView, show: Show) -> GraphView:
    show(view, chain(8))
    view.setFocus()
    return view


def open_(qtbot: QtBot, view: GraphView, key: str, step: OpenedStep) -> None:
    with qtbot.waitSignal(view.layoutFinished, timeout=TIMEOUT):
        view.open_node(key, step)
    qtbot.waitUntil(lambda: not view.is_gliding)


def point(view: GraphView, *cell: int) -> QPoint:
    """The middle of a cell: equation, matrix, row and column."""
    return view.cell_point(*cell).toPoint()


def chosen(view: GraphView) -> Chosen:
    assert view.opened is not None
    return view.opened.chosen


def test_one_node_opens_and_all_others_get_one_row(qtbot: QtBot, shown: GraphView) -> None:
    full = {key: shown.node_rect(key) for key in shown.scene.nodes}
    keys = [key for key, node in shown.scene.nodes.items() if not node.tensor]
    for key in keys[2], keys[5]:
        open_(qtbot, shown, key, swish())
        nodes = shown.scene.nodes
        assert [one for one in nodes if nodes[one].has_room] == [key]
        assert (nodes[key].rect.width(), nodes[key].rect.height()) == (580, 358)
        assert all(nodes[one].form == "lined" for one in keys if one != key)
        rects = [node.rect for node in nodes.values()]
        assert not any(one.intersects(other) for one, other in combinations(rects, 2))
        assert shown.rect().contains(shown.camera.rect_to_widget(nodes[key].rect).toRect())
    with qtbot.waitSignal(shown.layoutFinished, timeout=TIMEOUT):
        shown.close_node()
    assert shown.opened is None
    assert {key: shown.node_rect(key).size() for key in keys} == {
        key: full[key].size() for key in keys
    }


def test_the_upper_edge_stays_in_place(qtbot: QtBot, shown: GraphView) -> None:
    """And what is below moves down; in a picture that the user has moved himself."""
    keys = list(shown.scene.nodes)
    shown.zoom_to(1.0)
    qtbot.waitUntil(lambda: not shown.is_gliding)
    shown.centre_on(shown.node_rect(keys[2]).center() + QPointF(0, 150))
    before = shown.camera.rect_to_widget(shown.node_rect(keys[2])).top()
    open_(qtbot, shown, keys[2], swish())
    opened = shown.camera.rect_to_widget(shown.node_rect(keys[2]))
    assert opened.top() == pytest.approx(before, abs=1)
    assert shown.camera.rect_to_widget(shown.node_rect(keys[3])).top() > opened.bottom()


def test_the_cell_under_the_mouse_is_computed(qtbot: QtBot, shown: GraphView) -> None:
    key = list(shown.scene.nodes)[3]
    open_(qtbot, shown, key, swish())
    for cell in ((1, 1, 1, 1), (0, 1, 0, 1)):
        QTest.mouseMove(shown, point(shown, *cell))
        assert chosen(shown) == Chosen(cell[0], cell[2:])
    assert shown.opened is not None
    assert shown.opened.cell is not None
    assert shown.opened.cell.title == "Cell [0, 1]"
    assert "Cell [0, 1]; path 1 0.119 + path 2 −0.210 = grad a −0.091" in (
        shown.accessibleDescription()
    )
    open_(qtbot, shown, key, matrix_product())
    QTest.mouseMove(shown, point(shown, 1, 2, 2, 1))
    assert chosen(shown) == Chosen(1, (2, 1))
    QTest.mouseMove(shown, point(shown, 1, 0, 0, 1))
    assert chosen(shown) == Chosen(1, (0, 1)), "of the left matrix the row counts"
    QTest.mouseMove(shown, point(shown, 1, 1, 1, 0))
    assert chosen(shown) == Chosen(1, (0, 0)), "of the right matrix the column counts"


def test_arrow_keys_move_the_cell_as_far_as_it_is_written(qtbot: QtBot, shown: GraphView) -> None:
    key = list(shown.scene.nodes)[3]
    open_(qtbot, shown, key, large())
    assert chosen(shown) == Chosen(0, (0, 0))
    for _ in range(12):
        QTest.keyClick(shown, Key.Key_Down)
    QTest.keyClick(shown, Key.Key_Right)
    assert chosen(shown) == Chosen(0, (3, 1)), "four rows of many are written"
    QTest.keyClick(shown, Key.Key_Up)
    QTest.keyClick(shown, Key.Key_Left)
    assert chosen(shown) == Chosen(0, (2, 0))
    assert not shown.selected_nodes, "the keys did not walk through the graph"
    QTest.keyClick(shown, Key.Key_Tab)
    assert shown.selected_nodes
    QTest.keyClick(shown, Key.Key_Down)
    assert chosen(shown) == Chosen(0, (2, 0))


def test_it_is_closed_by_keys_and_by_its_cross(qtbot: QtBot, shown: GraphView) -> None:
    key = list(shown.scene.nodes)[3]
    open_(qtbot, shown, key, swish())
    for wanted in (Key.Key_N, Key.Key_Escape):
        with qtbot.waitSignal(shown.numbersWanted):
            QTest.keyClick(shown, wanted)
    rect = shown.camera.rect_to_widget(shown.node_rect(key))
    with qtbot.waitSignal(shown.numbersWanted):
        cross = QPoint(round(rect.right() - 22), round(rect.top() + 18))
        QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=cross)


def test_more_numbers_come_into_the_room_that_is_there(qtbot: QtBot, shown: GraphView) -> None:
    key = list(shown.scene.nodes)[3]
    open_(qtbot, shown, key, swish())
    scene = shown.scene
    QTest.mouseMove(shown, point(shown, 1, 1, 1, 1))
    shown.open_node(key, swish(), waits=True)
    assert shown.scene is scene
    assert chosen(shown) == Chosen(1, (1, 1)), "the chosen cell stays"
