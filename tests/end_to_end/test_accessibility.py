"""Everything that takes the keyboard says what it is, and everything can be reached by keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QDockWidget,
    QMenuBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.controls.reading_order import stops
from app.gui.features.panes import holds
from app.gui.main_window import MainWindow
from tests.gui.conftest import THREE_LAYERS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
DIALOGS = ("run_settings", "settings", "shortcuts", "about", "palette", "guide")


def name_of(widget: QWidget) -> str:
    """What a screen reader says it is."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return str(interface.text(QAccessible.Text.Name)) if interface else ""


def focusable(root: QWidget) -> Iterator[QWidget]:
    """Yield what the keyboard can reach; parts of a control that represents them do not count."""
    for widget in root.findChildren(QWidget):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or widget.window() is not root:
            continue
        if not isinstance(widget.parentWidget(), QAbstractScrollArea | QAbstractSpinBox):
            yield widget


def nameless(root: QWidget) -> list[str]:
    found = []
    for widget in focusable(root):
        if not name_of(widget).strip():
            parent = widget.parentWidget()
            found.append(f"{type(widget).__name__} in {type(parent).__name__}")
    return found


def test_every_control_of_the_window_has_a_name(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    assert len(list(focusable(window))) > 30
    assert nameless(window) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_every_control_of_a_dialog_has_a_name(qtbot: QtBot, window: MainWindow, name: str) -> None:
    getattr(window.actions_, name).trigger()
    qtbot.waitUntil(lambda: window.findChild(QDialog) is not None)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    assert nameless(dialog) == []
    dialog.close()


def step(widget: QWidget, key: Qt.Key) -> None:
    """Press Tab or Shift+Tab until the focus is elsewhere; a graph takes it for each node."""
    for _ in range(100):
        QTest.keyClick(widget, key)
        if not widget.hasFocus():
            break


def by_tab(window: MainWindow) -> set[QWidget]:
    """What Tab leads to from where the keyboard is now; the keyboard is back there then."""
    start = QApplication.focusWidget()
    reached: set[QWidget] = set()
    while (focused := QApplication.focusWidget()) is not None and focused not in reached:
        reached.add(focused)
        if focused is window.editor:
            break  # Tab is a key of the text
        step(focused, Qt.Key.Key_Tab)
    if start is not None:
        start.setFocus()
    return reached


def test_f6_goes_from_pane_to_pane_and_back(window: MainWindow) -> None:
    window.editor.setFocus()
    places = []
    for _ in range(3):
        focused = QApplication.focusWidget()
        assert focused is not None
        places.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_F6)
    assert places[0] is window.editor
    assert window.graph in places
    for place in reversed(places):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
        assert QApplication.focusWidget() is place


def test_a_line_shows_which_pane_has_the_keys(qtbot: QtBot, window: MainWindow) -> None:
    window.editor.setFocus()
    line = window.panes.line
    seen = []
    for _ in range(4):
        focused = QApplication.focusWidget()
        pane = line.parentWidget()
        assert focused is not None
        assert pane is not None
        assert pane is focused or pane.isAncestorOf(focused)
        assert line.isVisible()
        assert line.geometry() == QRect(0, 0, pane.width(), 2)
        seen.append(pane)
        QTest.keyClick(focused, Qt.Key.Key_F6)
    assert window.editor in seen
    assert window.graph in seen
    window.graph.setFocus()
    window.resize(window.width() - 100, window.height())
    qtbot.waitUntil(lambda: line.width() == window.graph.width())
    accent = window.theme.tone("gradient").graphic.name()
    assert window.graph.grab().toImage().pixelColor(100, 1).name() == accent


def test_every_button_is_reached_with_f6_and_tab(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    buttons = window.findings.findChildren  # the fix is tried before its button is there
    qtbot.waitUntil(lambda: "Preview fix" in [b.text() for b in buttons(QAbstractButton)])
    reached: set[QWidget] = set()
    window.editor.setFocus()
    for _ in range(8):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_F6)
        reached |= by_tab(window)
    wanted = {
        widget
        for widget in focusable(window)
        if isinstance(widget, QAbstractButton)
        and widget.isVisible() and widget.isEnabled()
        and not isinstance(widget.parentWidget(), QMenuBar)
        and (widget.group() is None or widget.isChecked())  # the arrow keys go to the others
    }  # fmt: skip
    assert [name_of(widget) for widget in wanted - reached] == []


@pytest.fixture
def shown(qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]) -> MainWindow:
    """A window with a run that fills every pane."""
    window.resize(1440, 900)
    window.load_text(THREE_LAYERS)
    press_run_and_see()
    window.graph.clear_selection()
    qtbot.waitUntil(window.snippet.below.isVisible)
    return window


def walk(first: QWidget, key: Qt.Key, end: QWidget) -> list[QWidget]:
    """Every stop from the first one on until the end, which is the last."""
    found = [first]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    while found[-1] is not end:
        step(found[-1], key)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused not in found, "a trap"
        found.append(focused)
    return found


def test_tab_goes_through_the_window_as_it_is_read(shown: MainWindow) -> None:
    first, timeline = next(stops(shown.toolbar)), shown.findChild(QDockWidget, "dock.timeline")
    assert timeline is not None
    parts = (
        shown.toolbar, shown.editor, shown.snippet.below, shown.verdict_bar, shown.graph_header,
        shown.graph.legend_line, shown.graph, shown.gradients.header, shown.gradients,
        shown.inspector.tabbed, timeline, shown.status,
    )  # fmt: skip
    above = walk(first, Qt.Key.Key_Tab, shown.editor)
    QTest.keyClick(shown.editor, Qt.Key.Key_F6)  # Tab is a key of the text
    below = QApplication.focusWidget()
    assert below is not None
    last = list(stops(shown.status))[-1]
    there = [*above, *walk(below, Qt.Key.Key_Tab, last)]
    QTest.keyClick(last, Qt.Key.Key_Tab)
    assert first.hasFocus()
    seen = [next(part for part in parts if holds(part, one)) for one in there]
    assert [part for part, _ in groupby(seen)] == list(parts)
    for row in (shown.toolbar, shown.graph_header, shown.graph.legend_line, shown.gradients.header):
        lefts = [one.mapTo(shown, QPoint()).x() for one in there if row.isAncestorOf(one)]
        assert lefts == sorted(lefts)
    back = walk(last, Qt.Key.Key_Backtab, shown.editor)
    assert back == there[: len(above) - 2 : -1]


def test_every_stop_of_tab_can_be_seen(shown: MainWindow) -> None:
    unseen = []
    for one in stops(shown):
        other = shown.graph if shown.toolbar.isAncestorOf(one) else next(stops(shown.toolbar))
        looks = []
        for focused in (other, one):
            focused.setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            looks.append(one.grab().toImage())
        pane = shown.panes.line.parentWidget()
        if isinstance(one, QAbstractScrollArea):  # the line above it shows that
            assert pane is not None
            assert holds(pane, one)
        elif looks[0] == looks[1]:
            unseen.append(name_of(one))
    assert unseen == []
