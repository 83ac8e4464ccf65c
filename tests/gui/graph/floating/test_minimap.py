"""The minimap as a user meets it: seen, pressed, dragged, turned."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.gui.graph.floating.minimap import Minimap
from app.gui.graph.floating.overlay import ZoomCard
from app.gui.graph.view import GraphView
from app.gui.theme import Theme
from tests.gui.graph.conftest import Show, has_near
from tests.gui.graph.demo_graphs import chain, no_grad_cut

LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def minimap(qtbot: QtBot, view: GraphView, show: Show) -> Minimap:
    """Of a chain of 300, seen from its beginning; no corner is free, so it was asked for."""
    show(view, chain(300))
    assert not view.minimap.isVisible()
    button = view.findChild(QToolButton, "zoomMap")
    assert isinstance(button, QToolButton)
    assert not button.isChecked()
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: view.minimap.is_complete)
    return view.minimap


def test_it_is_painted_only_where_it_can_be_seen(
    view: GraphView, minimap: Minimap, qtbot: QtBot
) -> None:
    button = view.findChild(QToolButton, "zoomMap")
    assert isinstance(button, QToolButton)
    before = minimap.grab().toImage()
    QTest.mouseClick(button, LEFT)
    assert not minimap.isVisible()
    view.set_theme(Theme("dark"))
    assert minimap.is_complete
    QTest.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: minimap.is_complete)
    at = minimap.point_of(view.node_rect("op:150").center()).toPoint()
    assert minimap.grab().toImage().pixelColor(at) != before.pixelColor(at)


def seen_middle(view: GraphView) -> QPointF:
    return view.visible_area().center()


def test_small_graphs_need_none(view: GraphView, show: Show) -> None:
    show(view, no_grad_cut())
    assert not view.minimap.isVisible()


def test_it_shows_every_node_and_what_is_in_sight(view: GraphView, minimap: Minimap) -> None:
    assert minimap.isVisible()
    image = minimap.grab().toImage()
    theme = Theme("light")
    for key in ("op:0", "op:150", "op:299"):
        at = minimap.point_of(view.node_rect(key).topLeft()).toPoint()
        near = {image.pixelColor(at.x() + dx, at.y() + 1).rgb() for dx in range(-2, 3)}
        assert len(near) > 1, key  # ground, and the node's border on it
    window = minimap.window_rect
    assert window.contains(minimap.point_of(view.node_rect("op:0").center()))
    assert not window.contains(minimap.point_of(view.node_rect("op:299").center()))
    column = range(round(window.bottom()) - 2, round(window.bottom()) + 3)
    darkest = min(image.pixelColor(round(window.left()) + 12, y).lightness() for y in column)
    assert darkest < (theme.colors.ink.lightness() + theme.colors.panel.lightness()) / 2


def test_a_press_goes_there(view: GraphView, minimap: Minimap) -> None:
    target = view.node_rect("op:40").center()
    QTest.mouseClick(minimap, LEFT, PLAIN, minimap.point_of(target).toPoint())
    assert view.rect().contains(view.widget_point_of("op:40"))
    assert minimap.window_rect.contains(minimap.point_of(target))


def test_a_drag_takes_the_window_along(view: GraphView, minimap: Minimap) -> None:
    grip = minimap.window_rect.center().toPoint() + QPoint(3, 4)
    before = seen_middle(view)
    QTest.mousePress(minimap, LEFT, PLAIN, grip)
    assert (seen_middle(view) - before).manhattanLength() < 1  # taking it moves nothing
    QTest.mouseMove(minimap, grip + QPoint(0, 40))
    QTest.mouseRelease(minimap, LEFT, PLAIN, grip + QPoint(0, 40))
    moved = minimap.point_of(seen_middle(view)) - minimap.point_of(before)
    assert moved.y() == pytest.approx(40, abs=2)


def test_keys_move_it(view: GraphView, minimap: Minimap) -> None:
    before = seen_middle(view)
    QTest.keyClick(minimap, Qt.Key.Key_Down)
    assert seen_middle(view).y() > before.y()
    QTest.keyClick(minimap, Qt.Key.Key_Up)
    assert seen_middle(view).y() == pytest.approx(before.y(), abs=2)


def test_hits_are_dots(view: GraphView, minimap: Minimap) -> None:
    view.set_hits({"op:120": 1})
    at = minimap.point_of(view.node_rect("op:120").center()).toPoint()
    assert has_near(minimap.grab().toImage(), at, Theme("light").colors.hit, 1)


def test_it_covers_no_other_card(view: GraphView, minimap: Minimap) -> None:
    zoom = view.findChild(ZoomCard)
    assert isinstance(zoom, ZoomCard)
    assert not minimap.geometry().intersects(zoom.geometry())


def test_a_button_folds_it(view: GraphView, minimap: Minimap) -> None:
    button = view.findChild(QToolButton, "zoomMap")
    assert isinstance(button, QToolButton)
    assert button.isChecked()
    QTest.mouseClick(button, LEFT)
    assert not minimap.isVisible()
    QTest.mouseClick(button, LEFT)
    assert minimap.isVisible()


def test_where_all_is_in_sight_it_gives_way(
    qtbot: QtBot, view: GraphView, minimap: Minimap
) -> None:
    view.fit()
    qtbot.waitUntil(lambda: not minimap.isVisible())


def test_without_a_graph_there_is_none(view: GraphView, minimap: Minimap) -> None:
    view.clear("The text is not complete.")
    assert not minimap.isVisible()
    view.window().resize(900, 600)
    assert not minimap.isVisible()


def test_where_there_is_no_room_it_gives_way(
    qtbot: QtBot, view: GraphView, minimap: Minimap
) -> None:
    view.window().resize(1000, 200)
    qtbot.waitUntil(lambda: not minimap.isVisible())


def test_it_can_be_reached_without_a_mouse(view: GraphView, minimap: Minimap) -> None:
    assert minimap.accessibleName()
    minimap.setFocus(Qt.FocusReason.TabFocusReason)
    assert minimap.hasFocus()
