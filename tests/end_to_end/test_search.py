"""Search in the window: found beside it, counted in the field, ringed in the picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

SHIFT = Qt.KeyboardModifier.ShiftModifier
Look = Callable[[str, str], None]


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(THREE_LAYERS)
    return press_run_and_see()


@pytest.fixture
def look_for(qtbot: QtBot, window: MainWindow) -> Look:
    """Types a text into the search field and waits until the field counts so many hits."""

    def type_and_wait(text: str, count: str) -> None:
        field = window.toolbar.search
        field.clear()
        QTest.keyClicks(field, text)
        qtbot.waitUntil(lambda: field.count == count, timeout=TIMEOUT)

    return type_and_wait


def operation_on(trace: Trace, line: int) -> int:
    return next(op.id for op in trace.operations if op.line == line and op.status != "source")


def test_what_is_found_is_counted_and_ringed(
    qtbot: QtBot, window: MainWindow, trace: Trace, look_for: Look
) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.toolbar.search.hasFocus()
    look_for("linear", "3")
    assert set(window.graph.hits) == {f"op:{operation_on(trace, line)}" for line in (8, 10, 11)}
    look_for("line 10", "1")
    assert set(window.graph.hits) == {f"op:{operation_on(trace, 10)}"}
    look_for("/^lin[02]\\.w/", "4")  # two calls and two parameters


def test_enter_and_f3_go_from_one_to_the_next(
    window: MainWindow, trace: Trace, look_for: Look
) -> None:
    field, graph = window.toolbar.search, window.graph
    look_for("linear", "3")
    visited = []
    for key, modifier in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_F3, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Return, SHIFT),
        (Qt.Key.Key_F3, SHIFT),
    ):
        QTest.keyClick(field, key, modifier)
        visited.append((field.count, *graph.selected_nodes))
    first, second, third = (f"op:{operation_on(trace, line)}" for line in (8, 10, 11))
    assert visited == [
        ("1 of 3", first), ("2 of 3", second), ("3 of 3", third), ("1 of 3", first),
        ("3 of 3", third), ("2 of 3", second),
    ]  # fmt: skip
    assert field.hasFocus() or window.editor.hasFocus()
    assert window.editor.selected_lines == {10}


def test_a_tensor_is_found_where_it_stands(
    window: MainWindow, trace: Trace, look_for: Look
) -> None:
    look_for("lin1.weight", "2")
    field = window.toolbar.search
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.count == "2 of 2"
    assert window.details.title == "lin1.weight"


def test_nothing_found_is_said(window: MainWindow, trace: Trace, look_for: Look) -> None:
    field = window.toolbar.search
    look_for("q_prj", "0")
    assert field.toolTip() == "No operation, tensor or line matches “q_prj”."
    assert not window.graph.hits
    look_for("/(/", "–")
    assert field.toolTip().startswith("This is not a regular expression")


def test_escape_leads_back_and_forgets(
    qtbot: QtBot, window: MainWindow, trace: Trace, look_for: Look
) -> None:
    look_for("linear", "3")
    field = window.toolbar.search
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert field.count == ""
    assert not window.graph.hits
    assert window.editor.hasFocus()


def test_another_picture_is_searched_as_well(
    qtbot: QtBot, window: MainWindow, trace: Trace, look_for: Look
) -> None:
    look_for("linear", "3")
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.hide_setup.trigger()
    qtbot.waitUntil(lambda: len(window.graph.hits) == 3, timeout=TIMEOUT)
