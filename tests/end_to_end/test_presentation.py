"""The window in front of a room: F11, and back again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsProxyWidget, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.docks import TabHeader
from app.gui.main_window import MainWindow
from app.gui.presentation.magnifier import Magnifier
from app.gui.settings import Settings
from app.session.lessons import lessons
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS  # of what the magnifiers hold


def _press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key)


def _enter(qtbot: QtBot, window: MainWindow) -> None:
    _press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.presentation.is_on)


def _places(window: MainWindow) -> list[QWidget | None]:
    parts = (window.gradients, window.details, window.snippet.words, window.timeline)
    return [part.parentWidget() for part in parts]


def test_everything_is_larger_and_little_is_left(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    assert window.editor.font_size == 20
    assert window.isFullScreen()
    assert window.menuBar().isHidden()
    assert window.statusBar().isHidden()
    assert window.graph.legend.isHidden()
    assert not window.toolbar.device.isVisible()
    assert window.toolbar.search.isVisible()
    assert window.timeline.isVisible()
    factors = [view.transform().m11() for view in window.findChildren(Magnifier)]
    assert factors == [1.5, 1.5]


def test_what_is_traced_while_presenting_is_shown(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    assert window.gradients.isVisible()
    assert window.gradients.table.model().rowCount() == 7
    assert window.graph.zoom_percent > 100


def test_escape_puts_everything_back(qtbot: QtBot, window: MainWindow) -> None:
    places, size = _places(window), window.editor.font_size
    geometry = window.size()
    _enter(qtbot, window)
    assert _places(window) != places
    _press(window, Qt.Key.Key_Escape)
    assert not window.presentation.is_on
    assert _places(window) == places
    assert window.editor.font_size == size
    assert not window.isFullScreen()
    assert window.menuBar().isVisible()
    assert window.statusBar().isVisible()
    assert window.graph.legend.isVisible()
    assert window.toolbar.device.isVisible()
    assert window.gradients.isVisible()
    assert window.snippet.words.isVisible()
    qtbot.waitUntil(lambda: window.size() == geometry)


def test_space_steps_through_the_run_from_its_beginning(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.replay.position == 1
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.replay.position == 2
    before = window.editor.toPlainText()
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_Space)
    assert window.editor.toPlainText() == " " + before  # where one writes it is a space


def test_the_sections_are_behind_tabs(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    assert window.gradients.isVisible()
    assert not window.snippet.words.isVisible()
    _click_section(window, "In words")
    assert window.snippet.words.isVisible()
    assert not window.gradients.isVisible()


def _click_section(window: MainWindow, title: str) -> None:
    """As a mouse does: at the place in the magnifier where the tab is drawn."""
    magnifier = next(
        view for view in window.findChildren(Magnifier) if window.gradients in _held(view)
    )
    tab = next(
        tab
        for held in _held(magnifier)
        if isinstance(held, TabHeader)
        for tab in held.findChildren(QToolButton)
        if tab.text() == title
    )
    scene = tab.mapTo(tab.window(), tab.rect().center())
    at: QPoint = magnifier.mapFromScene(scene.x(), scene.y())
    QTest.mouseClick(magnifier.viewport(), Qt.MouseButton.LeftButton, pos=at)


def _held(view: Magnifier) -> list[QWidget]:
    proxies = [item for item in view.items() if isinstance(item, QGraphicsProxyWidget)]
    return [child for proxy in proxies for child in proxy.widget().findChildren(QWidget)]


def test_a_lesson_is_one_of_the_sections(qtbot: QtBot, window: MainWindow) -> None:
    window.lessons.open(lessons()[0])
    _enter(qtbot, window)
    assert window.lessons.panel.isVisible()
    assert not window.gradients.isVisible()
    _press(window, Qt.Key.Key_Escape)
    assert window.lessons.dock.widget() is window.lessons.panel
    assert window.lessons.panel.isVisible()


def test_a_window_closed_while_presenting_is_remembered_as_it_was(
    qtbot: QtBot, window: MainWindow, settings: Settings
) -> None:
    _enter(qtbot, window)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.restore()
    again.show()
    qtbot.waitExposed(again)
    assert not again.isFullScreen()
    assert again.statusBar().isVisible()
    again.close()
