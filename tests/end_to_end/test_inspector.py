"""Findings, the run in words and details are tabs below the table of gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS

pytestmark = SIZE_HINTS  # of a presentation
LEFT = Qt.MouseButton.LeftButton
LONG = THREE_LAYERS + "# a line\n" * 40
PLAIN = "import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\n"


@pytest.fixture
def run(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Callable[[str], Trace]:
    def of(text: str) -> Trace:
        window.load_text(text)
        return press_run_and_see()

    return of


def tabs(window: MainWindow) -> list[str]:
    """Return the tabs that can be seen."""
    bar = window.inspector.tabs
    shown = (bar.tab(page) for page in InspectorPage)
    return [tab.text() for tab in shown if tab.isVisible()]


def test_a_run_shows_its_findings_and_a_selection_its_details(
    window: MainWindow, run: Callable[[str], Trace]
) -> None:
    trace = run(THREE_LAYERS)
    assert tabs(window) == ["Findings", "Details"]
    assert window.findings.isVisible()
    assert window.words.isVisible()  # below the text
    node = next(op for op in trace.operations if op.line == 10)
    QTest.mouseClick(window.graph, LEFT, pos=window.graph.widget_point_of(f"op:{node.id}"))
    assert window.details.isVisible()
    assert not window.findings.isVisible()


def test_a_finding_opened_by_hand_stays_until_the_next_selection(
    window: MainWindow, run: Callable[[str], Trace]
) -> None:
    trace = run(THREE_LAYERS)
    QTest.mouseClick(window.inspector.tabs.tab(InspectorPage.DETAILS), LEFT)
    QTest.keyClick(window.editor, Qt.Key.Key_F4)
    assert window.findings.isVisible()
    QTest.mouseClick(window.findings.row(0), LEFT, pos=QPoint(60, 12))
    assert window.graph.selected_nodes
    assert window.findings.isVisible()
    row = next(i for i, g in enumerate(trace.gradients) if g.name == "lin2.bias")
    table = window.gradients.table
    place = table.visualRect(table.model().index(row, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=place)
    assert window.details.isVisible()
    assert window.details.title == "lin2.bias"


def test_a_long_text_has_the_words_behind_a_tab(
    window: MainWindow, run: Callable[[str], Trace]
) -> None:
    run(LONG)
    assert tabs(window) == ["Findings", "In words", "Details"]
    assert not window.snippet.below.isVisible()
    assert not window.words.isVisible()
    QTest.mouseClick(window.inspector.tabs.tab(InspectorPage.WORDS), LEFT)
    assert window.words.isVisible()
    QTest.keyClick(window.timeline, Qt.Key.Key_Home)
    assert window.words.isVisible()  # a moment in words
    assert window.inspector.page == InspectorPage.WORDS
    run(PLAIN)
    assert tabs(window) == ["Details"]
    assert window.snippet.below.isAncestorOf(window.words)
    assert window.words.isVisible()


def test_presenting_gives_the_words_back_to_where_there_is_room(
    qtbot: QtBot, window: MainWindow, run: Callable[[str], Trace]
) -> None:
    run(THREE_LAYERS)
    QTest.keyClick(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: window.presentation.is_on)
    assert not window.snippet.below.isVisible()
    run(LONG)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "In words" in tabs(window))
    assert window.inspector.isAncestorOf(window.words)
