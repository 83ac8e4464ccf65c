from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.gui.graph.floating.excerpt_card import ExcerptCard
from app.gui.graph.floating.legend import Legend
from app.gui.graph.floating.legend_line import HEIGHT, LegendLine, _Status
from app.gui.graph.view import GraphView
from app.gui.theme import Theme
from app.session.graph.payloads import StatusKey
from tests.gui.graph.conftest import Show, picture
from tests.gui.graph.demo_graphs import no_grad_cut

COUNTS: dict[StatusKey, int] = {"recorded": 3, "no_grad": 1, "neutral": 5}


@pytest.fixture
def legend(view: GraphView) -> Legend:
    view.legend.set_counts(COUNTS)
    view.legend.open(True)
    return view.legend


def click(
    qtbot: QtBot, legend: Legend, key: StatusKey, modifier: Qt.KeyboardModifier | None = None
) -> None:
    row = legend.row(key)
    held = modifier or Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, held, QPoint(60, 12))


def test_counts_are_shown_and_zero_stays(legend: Legend) -> None:
    assert legend.row("recorded").count == 3
    assert legend.row("detached").count == 0
    assert legend.row("detached").isVisible()
    assert legend.row("no_grad").accessibleName() == "no_grad: 1, shown"


def test_a_click_hides_and_shows_a_status(qtbot: QtBot, legend: Legend) -> None:
    with qtbot.waitSignal(legend.hiddenChanged) as changed:
        click(qtbot, legend, "no_grad")
    assert changed.args == [frozenset({"no_grad"})]
    assert "hidden" in legend.row("no_grad").accessibleName()
    with qtbot.waitSignal(legend.hiddenChanged) as changed:
        click(qtbot, legend, "no_grad")
    assert changed.args == [frozenset()]


@pytest.mark.parametrize(
    "modifier", [Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier]
)
def test_alt_shows_a_status_alone_and_then_all_again(
    qtbot: QtBot, legend: Legend, modifier: Qt.KeyboardModifier
) -> None:
    click(qtbot, legend, "no_grad", modifier)
    assert "no_grad" not in legend.hidden_statuses
    assert len(legend.hidden_statuses) == 6
    click(qtbot, legend, "no_grad", modifier)
    assert legend.hidden_statuses == frozenset()


def test_rows_work_with_the_keyboard(qtbot: QtBot, legend: Legend) -> None:
    row = legend.row("recorded")
    row.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(row, Qt.Key.Key_Space)
    assert legend.hidden_statuses == frozenset({"recorded"})


def test_a_hidden_status_is_pale_on_the_graph(qtbot: QtBot, view: GraphView, show: Show) -> None:
    show(view, no_grad_cut())
    rect = view.node_rect("op:4")
    at = view.widget_point_of("op:4") + QPoint(round(rect.width() / 2) - 8, 0)
    fill = view.grab().toImage().pixelColor(at)
    with qtbot.waitSignal(view.filled):
        click(qtbot, view.legend, "recorded")
    assert picture(view).pixelColor(at) != fill
    with qtbot.waitSignal(view.filled):
        view.legend.show_all()
    assert picture(view).pixelColor(at) == fill


def test_a_filter_that_leaves_nothing_says_so_and_leads_back(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    card = view.findChild(ExcerptCard)
    assert isinstance(card, ExcerptCard)
    click(qtbot, view.legend, "recorded")
    assert not card.isVisible()
    click(qtbot, view.legend, "no_grad")
    assert card.words == "All 4 operations are hidden by the filter. Show all:"
    close = card.findChild(QToolButton)
    assert isinstance(close, QToolButton)
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert view.legend.hidden_statuses == frozenset()
    assert not card.isVisible()


def test_a_press_on_the_legend_is_none_on_the_graph(
    qtbot: QtBot, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    view.select_operations([2])
    view.legend.open(True)
    QTest.mouseClick(
        view.legend, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(100, 12)
    )
    assert view.selected_nodes == frozenset({"op:2"})


def test_the_legend_follows_the_theme(view: GraphView) -> None:
    view.set_theme(Theme("dark"))
    image = view.legend.grab().toImage()
    assert image.pixelColor(100, 10) == Theme("dark").colors.panel


@pytest.fixture
def line(legend: Legend, view: GraphView) -> LegendLine:
    """Above the graph, wide enough for all words."""
    view.legend_line.setParent(view)
    view.legend_line.resize(900, HEIGHT)
    view.legend_line.show()
    return view.legend_line


def chip(line: LegendLine, key: str) -> QAbstractButton:
    found = line.findChild(QAbstractButton, f"line_{key}")
    assert isinstance(found, QAbstractButton)
    return found


def test_the_line_hides_and_shows_as_the_rows_do(legend: Legend, line: LegendLine) -> None:
    QTest.mouseClick(chip(line, "no_grad"), Qt.MouseButton.LeftButton)
    assert legend.hidden_statuses == frozenset({"no_grad"})
    assert chip(line, "no_grad").accessibleName() == "no_grad: 1, hidden"
    QTest.mouseClick(
        chip(line, "no_grad"), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
    )
    assert len(legend.hidden_statuses) == 6
    assert "no_grad" not in legend.hidden_statuses


def test_words_of_the_line_give_way_where_there_is_no_room(line: LegendLine) -> None:
    wide = chip(line, "recorded").width()
    assert chip(line, "detached").width() < wide  # nothing is detached: glyph and 0
    has_word, width = chip(line, "no_grad").width(), 900
    while chip(line, "no_grad").width() == has_word:
        width -= 10
        line.resize(width, HEIGHT)
    assert chip(line, "recorded").width() == wide  # the first words stay longest
    line.resize(300, HEIGHT)
    assert chip(line, "recorded").width() < wide
    assert chip(line, "recorded").toolTip().startswith("recorded: 3")


def test_the_line_counts_nothing_where_nothing_ran(legend: Legend, line: LegendLine) -> None:
    legend.set_counts({})
    assert not any(one.isVisible() for one in line.findChildren(_Status))
    legend.set_counts({"recorded": 1})
    assert all(one.isVisible() for one in line.findChildren(_Status))


@pytest.mark.parametrize("width", [340, 420, 460, 900])
def test_the_button_of_the_line_is_never_cut(line: LegendLine, width: int) -> None:
    line.resize(width, HEIGHT)
    QApplication.processEvents()
    button = line.findChild(QToolButton, "legendButton")
    assert isinstance(button, QToolButton)
    assert button.width() >= button.sizeHint().width()


def test_the_line_opens_the_card_and_escape_closes_it(legend: Legend, line: LegendLine) -> None:
    button = line.findChild(QToolButton, "legendButton")
    assert isinstance(button, QToolButton)
    assert button.isChecked()
    QTest.keyClick(legend, Qt.Key.Key_Escape)
    assert not legend.isVisible()
    assert not button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert legend.isVisible()


def test_a_button_colours_the_graph_by_training(
    qtbot: QtBot, line: LegendLine, view: GraphView, show: Show
) -> None:
    show(view, no_grad_cut())
    view.legend.open(False)
    button = line.findChild(QToolButton, "colorByTraining")
    assert isinstance(button, QToolButton)
    at = view.widget_point_of("op:2") - QPoint(round(view.node_rect("op:2").width() * 0.5) - 8, 10)
    assert view.grab().toImage().pixelColor(at) == Theme("light").tone("no_grad").fill
    with qtbot.waitSignal(view.filled):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.grab().toImage().pixelColor(at) == Theme("light").colors.node
