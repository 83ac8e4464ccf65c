"""The window in front of a room: F11, and back again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsProxyWidget, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.docks import TabHeader
from app.gui.main_window import MainWindow
from app.gui.presentation.magnifier import Magnifier
from app.gui.settings import Settings
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS  # of what the magnifiers hold


def _press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key)


def _enter(qtbot: QtBot, window: MainWindow) -> None:
    _press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.presentation.is_on)


def _places(window: MainWindow) -> list[QWidget | None]:
    parts = (window.gradients, window.details, window.words, window.timeline)
    return [part.parentWidget() for part in parts]


def test_everything_is_larger_and_little_is_left(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    assert window.editor.font_size == 20
    assert window.isFullScreen()
    assert window.menuBar().isHidden()
    assert window.statusBar().isHidden()
    assert window.graph.legend_line.isHidden()
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
    assert window.graph.legend_line.isVisible()
    assert window.toolbar.device.isVisible()
    assert window.gradients.isVisible()
    assert window.words.isVisible()
    qtbot.waitUntil(lambda: window.size() == geometry)


def test_space_steps_through_the_run_from_its_beginning(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.workspace.position == 1
    QTest.keyClick(window.graph, Qt.Key.Key_Space)
    assert window.workspace.position == 2


def _focus(window: MainWindow, widget: QWidget) -> QWidget:
    window.activateWindow()
    widget.setFocus()
    return widget


def test_keys_step_from_any_focus_and_write_nothing(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace], tmp_path: Path
) -> None:
    path = tmp_path / "lecture.py"
    path.write_text(THREE_LAYERS)
    window.open_paths(path)
    _enter(qtbot, window)
    press_run_and_see()
    position = 0
    for widget in (window.editor, window.toolbar.search, window.graph, window.toolbar):
        _focus(window, widget)
        for key in (Qt.Key.Key_Space, Qt.Key.Key_PageDown, Qt.Key.Key_Right, Qt.Key.Key_Down):
            position += 1
            QTest.keyClick(widget, key)
            assert window.workspace.position == position
        for key in (Qt.Key.Key_PageUp, Qt.Key.Key_Left, Qt.Key.Key_Up):
            position -= 1
            QTest.keyClick(widget, key)
            assert window.workspace.position == position
    assert window.editor.sheet.text == THREE_LAYERS
    assert window.toolbar.search.text() == ""
    assert not window.documents.is_modified


def test_the_text_is_read_only_until_somebody_asks_to_edit_it(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text("x = 1")
    editor, control = window.editor, Qt.KeyboardModifier.ControlModifier
    _enter(qtbot, window)
    _focus(window, editor)
    for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Backspace):
        QTest.keyClick(editor, key)
    for key in (Qt.Key.Key_D, Qt.Key.Key_Slash, Qt.Key.Key_V, Qt.Key.Key_Z):
        QTest.keyClick(editor, key, control)
    assert editor.sheet.text == "x = 1"
    assert window.snippet.notice.text.startswith("The text is read-only while presenting")
    _press(window, Qt.Key.Key_F2)
    assert window.snippet.notice.text == ""
    QTest.keyClicks(editor, "# ")
    assert editor.sheet.text == "# x = 1"
    _press(window, Qt.Key.Key_Escape)
    QTest.keyClicks(editor, "y ")
    assert editor.sheet.text == "# y x = 1"


def test_a_search_that_somebody_types_keeps_its_spaces(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    _enter(qtbot, window)
    press_run_and_see()
    field = window.toolbar.search
    _focus(window, field)
    QTest.keyClicks(field, "line 12")
    assert field.text() == "line 12"
    QTest.keyClick(field, Qt.Key.Key_PageDown)
    assert window.workspace.position == 1


def test_the_sections_are_behind_tabs(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    assert window.gradients.isVisible()
    assert not window.words.isVisible()
    _click_section(window, "In words")
    assert window.words.isVisible()
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
    window.lessons.open_lesson(0)
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


def _panes(window: MainWindow) -> tuple[bool, bool, bool]:
    """Return whether text, graph and sections are visible."""
    inspector = window.docks.inspector  # what is magnified says it is visible in any case
    return window.editor.isVisible(), window.graph.isVisible(), inspector.isVisible()


def _narrow(qtbot: QtBot, window: MainWindow) -> None:
    """A screen of 1280 by 720, which the one of the tests is not."""
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: window.width() == 1280)


def _wait_for_width(qtbot: QtBot, widget: QWidget, width: int) -> None:
    qtbot.waitUntil(lambda: widget.width() == width)


def test_a_narrow_screen_shows_one_fitted_pane_and_f6_turns(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    _enter(qtbot, window)
    _narrow(qtbot, window)
    assert _panes(window) == (False, True, False)
    assert window.toolbar.hint.text().startswith("F6 next pane")
    assert window.toolbar.hint.isVisible()
    _wait_for_width(qtbot, window.graph, 1280)
    assert window.graph.aim == "fit"
    bar = next(view for view in window.findChildren(Magnifier) if window.timeline in _held(view))
    height = bar.height()
    for shown in ((False, False, True), (True, False, False), (False, True, False)):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F6)
        assert _panes(window) == shown
        pane = (window.docks.snippet, window.graph, window.docks.inspector)[shown.index(True)]
        _wait_for_width(qtbot, pane, 1280)
        assert bar.height() == height  # the slider does not jump
    back = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_F6, back)
    assert _panes(window) == (True, False, False)
    assert window.editor.hasFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_Space)
    assert window.workspace.position == 1


def test_a_wider_window_has_all_panes_again_and_escape_gives_f6_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    _enter(qtbot, window)
    _narrow(qtbot, window)
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: _panes(window) == (True, True, True))
    assert window.toolbar.hint.isHidden()
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: _panes(window) == (False, True, False))
    _press(window, Qt.Key.Key_Escape)
    assert _panes(window) == (True, True, True)
    assert window.toolbar.hint.isHidden()
    window.editor.setFocus()
    QTest.keyClick(window.editor, Qt.Key.Key_F6)
    assert not window.editor.hasFocus()
    assert _panes(window) == (True, True, True)


def test_editing_puts_the_text_in_front(qtbot: QtBot, window: MainWindow) -> None:
    _enter(qtbot, window)
    _narrow(qtbot, window)
    _press(window, Qt.Key.Key_F2)
    assert _panes(window) == (True, False, False)
    QTest.keyClicks(window.editor, "# ")
    assert window.editor.sheet.text.startswith("# ")
