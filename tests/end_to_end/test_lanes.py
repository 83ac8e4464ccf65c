"""The timeline is one row and a slider until its lanes are wanted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.docks import BottomPage
from app.gui.main_window import MainWindow
from app.gui.panels.timeline.panel import SLIM_HEIGHT
from app.gui.settings import Settings
from tests.gui.conftest import THREE_LAYERS

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def ran(window: MainWindow, press_run: Callable[[], Trace]) -> MainWindow:
    window.load_text(THREE_LAYERS)
    press_run()
    return window


def click_lanes(window: MainWindow) -> None:
    buttons = window.bottom.header.findChildren(QToolButton)
    button = next(one for one in buttons if one.defaultAction() is window.actions_.lanes)
    QTest.mouseClick(button, LEFT)


def test_the_timeline_is_slim_until_its_lanes_are_wanted(
    qtbot: QtBot, window: MainWindow, settings: Settings
) -> None:
    assert window.timeline.height() == SLIM_HEIGHT
    before = window.graph.height()
    click_lanes(window)
    qtbot.waitUntil(lambda: window.timeline.height() > 2 * SLIM_HEIGHT)
    assert window.graph.height() < before
    assert settings.lanes
    click_lanes(window)
    qtbot.waitUntil(lambda: window.timeline.height() == SLIM_HEIGHT)
    assert not settings.lanes


def test_the_console_has_room_beside_a_slim_timeline(qtbot: QtBot, window: MainWindow) -> None:
    window.bottom.header.set_current(BottomPage.CONSOLE)
    qtbot.waitUntil(lambda: window.console.height() > 2 * SLIM_HEIGHT)
    window.bottom.header.set_current(BottomPage.TIMELINE)
    qtbot.waitUntil(lambda: window.timeline.height() == SLIM_HEIGHT)


def test_every_moment_can_be_clicked_in_the_one_row(ran: MainWindow) -> None:
    shown, timeline = ran.workspace.shown, ran.timeline
    assert shown is not None
    for position, moment in enumerate(shown.history.moments, 1):
        if moment.lane != "Region":
            QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(position))
            assert ran.workspace.position == position


def test_the_slider_below_the_row_is_dragged(ran: MainWindow) -> None:
    timeline = ran.timeline
    QTest.mousePress(timeline, LEFT, pos=timeline.handle_point())
    QTest.mouseMove(timeline, QPoint(timeline.scale.left + 1, timeline.handle_point().y()))
    QTest.mouseRelease(timeline, LEFT)
    assert ran.workspace.position == 0
    assert timeline.rect().contains(timeline.handle_point())
