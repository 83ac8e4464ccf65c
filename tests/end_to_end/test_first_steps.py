"""The first minute: the first example is traced, and three hints say how to read it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.gui.panels.callout import Callout
from tests.end_to_end.conftest import TIMEOUT, trace_shown


def hints(window: MainWindow) -> list[Callout]:
    return [one for one in window.graph.findChildren(Callout) if one.isVisible()]


@pytest.fixture
def first(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window of the usual size after its first start."""
    window.resize(1440, 900)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.first_steps.begin()
    qtbot.waitUntil(lambda: len(hints(window)) == 3)
    return window


def test_the_first_example_is_traced_and_explained(first: MainWindow) -> None:
    trace = trace_shown(first)
    assert trace is not None
    assert [one.name for one in trace.operations] != []
    assert [one.accessibleName().partition(".")[0] for one in hints(first)] == [
        "Blue is gradient", "The cut", "Why None",
    ]  # fmt: skip
    assert QApplication.focusWidget() is first.editor


def test_hints_cover_no_node_and_no_card(first: MainWindow) -> None:
    graph, shown = first.graph, hints(first)
    camera = graph.camera
    for node in graph.scene.nodes.values():
        corners = [camera.to_widget(node.rect.topLeft()), camera.to_widget(node.rect.bottomRight())]
        place = QRect(*(corner.toPoint() for corner in corners))
        assert not any(one.geometry().intersects(place) for one in shown)
    for one in shown:
        assert graph.room().contains(one.geometry().toRectF())
        others = (other for other in shown if other is not one)
        assert not any(one.geometry().intersects(other.geometry()) for other in others)


def test_a_small_screen_has_room_for_all_hints(qtbot: QtBot, first: MainWindow) -> None:
    first.resize(1280, 720)
    qtbot.waitUntil(lambda: len(hints(first)) == 3, timeout=TIMEOUT)
    test_hints_cover_no_node_and_no_card(first)


def test_a_hint_moves_with_the_graph(first: MainWindow) -> None:
    cut = hints(first)[1]
    before = cut.y()
    first.graph.pan_by(QPointF(0, -20))
    assert cut.y() == before - 20


def test_one_is_closed_by_its_button_and_all_by_another(first: MainWindow) -> None:
    close = hints(first)[0].findChild(QToolButton)
    assert close is not None
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert len(hints(first)) == 2
    every = next(b for b in first.graph.findChildren(QPushButton) if b.text() == "Close all three")
    QTest.mouseClick(every, Qt.MouseButton.LeftButton)
    assert hints(first) == []


def test_escape_closes_them_and_help_brings_them_back(qtbot: QtBot, first: MainWindow) -> None:
    QTest.keyClick(first.editor, Qt.Key.Key_Escape)
    assert hints(first) == []
    assert not first.actions_.close_hints.isEnabled()
    first.actions_.first_steps.trigger()
    qtbot.waitUntil(lambda: len(hints(first)) == 3, timeout=TIMEOUT)


def test_they_stay_away_from_a_text_that_is_opened_meanwhile(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.resize(1440, 900)
    with qtbot.waitSignal(window.controller.started, timeout=TIMEOUT):
        window.first_steps.begin()
    with qtbot.waitSignal(window.controller.finished, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(window.editor, "import torch; torch.ones(2, requires_grad=True) * 2")
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        QTest.keyClick(window.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert hints(window) == []


def test_the_next_run_closes_them(qtbot: QtBot, first: MainWindow) -> None:
    with qtbot.waitSignal(first.traceReady, timeout=TIMEOUT):
        QTest.keyClick(first.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert hints(first) == []


@pytest.mark.qt_log_ignore("This plugin does not support")  # a menu on the offscreen platform
def test_buttons_below_the_text_lead_on_until_the_next_run(
    qtbot: QtBot, first: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = first.snippet.next_steps
    asked: list[str] = []

    def ask(*_: object) -> tuple[str, str]:
        asked.append("file")
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)

    def press(words: str) -> None:
        button = next(one for one in steps.findChildren(QPushButton) if one.text() == words)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    assert [one.text() for one in steps.findChildren(QLabel)] == ["Ctrl O"]
    press("Open a file")
    assert asked == ["file"]
    press("More examples")
    menu = QApplication.activePopupWidget()
    assert menu is first.examples_menu
    assert menu.geometry().bottom() < steps.mapToGlobal(QPoint(0, 0)).y()
    menu.close()
    press("Lesson 1 of 12")
    assert first.lessons.dock.isVisible()
    assert not steps.isVisible()  # the lesson is another text
