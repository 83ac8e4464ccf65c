"""Two runs beside each other: pinned with a key, stepped, moved and selected together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.editor.changes import note
from app.gui.features.comparing.together import Together
from app.gui.graph.view import GraphView
from app.gui.main_window import MainWindow
from app.gui.panels.comparing.pairs import EqualRows, PairRow
from app.gui.panels.comparing.spine import Spine
from app.gui.panels.gradients.rows import norm_text
from app.gui.panels.timeline.both import BothLanes
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL
from app.session import resources
from tests.end_to_end.conftest import TIMEOUT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
SKIPPED = resources.read_text("examples", "01_three_linear_layers.py")
RECORDED = SKIPPED.replace("with torch.no_grad():\n    x2", "x2")
Run = Callable[[], Trace]


def _pinned(window: MainWindow) -> GraphView:
    graph = window.comparing.pinned_graph
    assert graph is not None
    return graph


def _together(window: MainWindow) -> Together:
    found = window.comparing.together
    assert found is not None
    return found


def _spine(window: MainWindow) -> Spine:
    found = window.columns.spine
    assert found is not None
    return found


def _press(window: MainWindow, key: Qt.Key, *, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(window, key, modifiers)


@pytest.fixture
def pin(qtbot: QtBot, window: MainWindow, press_run_and_see: Run) -> Callable[[str], None]:
    """Run a text and press F9; both graphs are there afterwards."""

    def pin(text: str) -> None:
        window.load_text(text)
        press_run_and_see()
        _press(window, Qt.Key.Key_F9)
        _wait_for_both(qtbot, window)

    return pin


def _wait_for_both(qtbot: QtBot, window: MainWindow) -> None:
    def both_are_placed() -> bool:
        views = window.graph, _pinned(window)
        is_drawn = window.workspace.drawn is window.workspace.shown is not None
        is_still = not any(view.is_waiting or view.is_gliding for view in views)
        return is_drawn and is_still and _together(window).is_placed

    qtbot.waitUntil(both_are_placed, timeout=TIMEOUT)


@pytest.fixture
def compared(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> MainWindow:
    """The three layers with their no_grad pinned, and without it now."""
    pin(SKIPPED)
    window.editor.sheet.change_text(RECORDED)
    press_run_and_see()
    _wait_for_both(qtbot, window)
    return window


def _key(view: GraphView, title: str, module: str = "") -> str:
    return next(
        key
        for key, node in view.scene.nodes.items()
        if getattr(node.item, "title", "") == title and getattr(node.item, "module", "") == module
    )


def test_equal_nodes_share_their_place_and_only_one_run_has_the_cut(compared: MainWindow) -> None:
    pinned, now = _pinned(compared), compared.graph
    for name in ("lin0", "lin1", "lin2"):
        there, here = (view.node_rect(_key(view, "linear", name)) for view in (pinned, now))
        assert there == here
    assert any(key.startswith("cut:") for key in pinned.scene.nodes)
    assert not any(key.startswith("cut:") for key in now.scene.nodes)
    assert pinned.camera == now.camera
    assert pinned.scene.bounds == now.scene.bounds


def test_what_is_equal_is_drawn_without_colour(qtbot: QtBot, compared: MainWindow) -> None:
    pinned, now = _pinned(compared), compared.graph
    for view in (pinned, now):
        _wait_for_colour(qtbot, view, _key(view, "linear", "lin1"))
        assert _has_no_colour(view, _key(view, "linear", "lin2"))


def _wait_for_colour(qtbot: QtBot, view: GraphView, key: str) -> None:
    """Wait until a node is painted, in colour: tiles come bit by bit."""
    qtbot.waitUntil(lambda: not _has_no_colour(view, key), timeout=TIMEOUT)


def _has_no_colour(view: GraphView, key: str) -> bool:
    """Whether the picture of a node is grey: in red, green and blue alike but for a little."""
    image = view.grab(view.camera.rect_to_widget(view.node_rect(key)).toRect()).toImage()
    colors = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return max(color.saturation() * color.value() / 255 for color in colors) < 60


def test_f7_goes_from_difference_to_difference_in_both_graphs_and_in_the_table(
    compared: MainWindow,
) -> None:
    pinned, now, together = _pinned(compared), compared.graph, _together(compared)
    words = [together.words(pair) for pair in together.differences]
    assert words == [
        "x: .grad None in pinned, .grad norm 0.17 now",
        "linear lin0: another .grad",
        "linear lin1: skipped — no_grad in pinned, recorded now",
        "CUT: gradient stops here — no_grad, line 9: only in pinned",
    ]
    for number in range(3):
        _press(compared, Qt.Key.Key_F7)
        assert together.current == number
    lin1 = _key(pinned, "linear", "lin1"), _key(now, "linear", "lin1")
    assert pinned.selected_nodes == {lin1[0]}
    assert now.selected_nodes == {lin1[1]}
    assert compared.status.difference_text.startswith("difference 3 of 4: linear lin1")
    assert _selected(compared) == ["lin1.weight", "lin1.bias"]
    _press(compared, Qt.Key.Key_F7)
    assert not now.selected_nodes
    assert len(pinned.selected_nodes) == 1
    _press(compared, Qt.Key.Key_F7, shift=True)
    assert now.selected_nodes == {lin1[1]}


def _selected(window: MainWindow) -> list[str]:
    table = window.compare_panel.table
    rows = {index.row() for index in table.selectionModel().selectedRows()}
    return [row.name for place, row in enumerate(table.rows)
            if place in rows and isinstance(row, PairRow)]  # fmt: skip


def test_the_table_has_both_values_and_folds_what_is_equal(
    qtbot: QtBot, compared: MainWindow
) -> None:
    table = compared.compare_panel.table
    *differ, equal = table.rows
    assert [row.name for row in differ if isinstance(row, PairRow)] == [
        "lin0.weight", "lin0.bias", "lin1.weight", "lin1.bias", "x",
    ]  # fmt: skip
    first = differ[0]
    assert isinstance(first, PairRow)
    assert first.first is not None
    assert first.second is not None
    assert first.first.short_why == "cut by no_grad, line 9"
    assert first.second.short_why == "reached on line 12"
    assert isinstance(equal, EqualRows)
    assert equal.names == ("lin2.weight", "lin2.bias")
    assert compared.compare_panel.header.note == "5 of 7 differ"
    _click_row(compared, len(differ))
    assert [row.name for row in table.rows[-2:] if isinstance(row, PairRow)] == list(equal.names)
    _click_row(compared, 2)
    assert compared.graph.selected_tensors
    assert _pinned(compared).selected_tensors
    assert _selected(compared) == ["lin1.weight"]


def test_no_reason_is_cut_on_a_small_screen(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    window.resize(1280, 720)
    pin(SKIPPED)
    window.editor.sheet.change_text(RECORDED)
    press_run_and_see()
    _wait_for_both(qtbot, window)
    assert (window.width(), window.height()) == (1280, 720)
    table = window.compare_panel.table
    advance = QFontMetricsF(ui_font(FONT_SMALL)).horizontalAdvance
    for row in table.rows:
        if isinstance(row, PairRow):
            for column, side in ((1, row.first), (2, row.second)):
                assert side is not None
                assert 18 + advance(side.short_why) + 6 <= table.columnWidth(column) + 1


def _click_row(window: MainWindow, place: int) -> None:
    table = window.compare_panel.table
    table.scrollTo(table.model_.index(place, 0))
    at = table.visualRect(table.model_.index(place, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_side_by_side_counts(compared: MainWindow) -> None:
    found = {one.title: one for one in compared.compare_panel.measures.measures}
    recorded = found["Operations recorded"]
    assert (recorded.first, recorded.second, recorded.is_equal) == ("3 of 4", "4 of 4", False)
    assert found["Leaves with a .grad"][1:3] == ("2 of 7", "7 of 7")
    assert found["Backward steps"][1:3] == ("5", "14")
    assert found["loss"].is_equal
    assert found["Time, traced"].is_equal is None


def test_the_graphs_move_and_zoom_together(qtbot: QtBot, compared: MainWindow) -> None:
    pinned, now = _pinned(compared), compared.graph
    for view, other in ((now, pinned), (pinned, now)):
        before = view.camera
        at = QPointF(view.rect().center())
        QApplication.sendEvent(view, _wheel(view, at))
        assert view.camera.zoom > before.zoom
        assert other.camera == view.camera
        QTest.mousePress(view, Qt.MouseButton.MiddleButton, pos=at.toPoint())
        QTest.mouseMove(view, at.toPoint() + QPoint(40, 30))
        QTest.mouseRelease(view, Qt.MouseButton.MiddleButton, pos=at.toPoint() + QPoint(40, 30))
        assert other.camera == view.camera != before


def _wheel(view: GraphView, at: QPointF) -> QWheelEvent:
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place = QPointF(view.mapToGlobal(at.toPoint()))
    phase = Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(at, place, QPoint(), QPoint(0, 120), *none, phase, False)


def test_a_click_in_one_graph_selects_in_both_and_hovering_lifts_the_partner(
    compared: MainWindow,
) -> None:
    pinned, now = _pinned(compared), compared.graph
    there, here = _key(pinned, "sum"), _key(now, "sum")
    QTest.mouseClick(pinned, Qt.MouseButton.LeftButton, pos=pinned.widget_point_of(there))
    assert now.selected_nodes == {here}
    assert compared.workspace.subject is not None
    assert compared.workspace.subject[0] == "operation"
    QTest.mouseMove(now, now.widget_point_of(_key(now, "linear", "lin0")))
    assert pinned._marks.pointed == {_key(pinned, "linear", "lin0")}


def test_one_slider_moves_both_runs(compared: MainWindow) -> None:
    pinned, workspace = _pinned(compared), compared.workspace
    QTest.keyClick(compared.timeline, Qt.Key.Key_Home)
    for _ in range(3):  # the second is where no_grad begins, in the pinned run alone
        _press(compared, Qt.Key.Key_F8)
    assert compared.graph._marks.running == {_key(compared.graph, "linear", "lin1")}
    assert pinned._marks.running == {_key(pinned, "linear", "lin1")}
    QTest.keyClick(compared.timeline, Qt.Key.Key_End)
    assert workspace.is_at_end
    assert pinned._marks.running == frozenset()


def _click_step(window: MainWindow, position: int) -> None:
    timeline = window.timeline
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=timeline.point_of(position))


def test_a_step_of_the_pinned_run_alone_moves_only_its_graph(compared: MainWindow) -> None:
    pinned, timeline = _pinned(compared), compared.timeline
    lin0, pinned_lin0 = (_key(view, "linear", "lin0") for view in (compared.graph, pinned))
    QTest.keyClick(timeline, Qt.Key.Key_Home)
    assert compared.replay.transport.text == "before step 1 of 20"
    assert _words(compared) == ["Before the first of 20 steps: nothing has run yet."]
    _press(compared, Qt.Key.Key_F8)
    assert pinned._marks.running == {pinned_lin0}
    _press(compared, Qt.Key.Key_F8)
    assert timeline.position == 2
    assert pinned._marks.running == frozenset()
    assert compared.graph._marks.running == {lin0}
    assert compared.replay.transport.text == "step 2 of 20: no_grad"
    said = "Step 2 of 20. Pinned: torch.no_grad() begins, line 9. Now: nothing."
    assert _words(compared) == [said]
    assert timeline.accessibleDescription() == said
    assert timeline.words_at(timeline.point_of(2)) == said
    assert compared.editor.running_note == "step 1 of 20"
    _press(compared, Qt.Key.Key_F8, shift=True)
    assert pinned._marks.running == {pinned_lin0}
    compared.workspace.go_to(2)
    assert timeline.position == 3, "the step of both runs at which the run of now has its second"


def test_a_run_that_is_over_has_a_mark_and_a_sentence(compared: MainWindow) -> None:
    compared.actions_.lanes.setChecked(True)
    timeline, text = compared.timeline, compared.replay.transport
    lanes, scale = timeline.lanes, timeline.scale
    assert lanes is not None
    (end,) = lanes.ends
    assert (end.row, end.column) == (0, 11)
    assert end.text == "the pinned run ends here, after 11 steps"
    assert text.text == "after step 20 of 20 · Pinned ended at step 11"
    over = QPoint(round(scale.x(15.5)), round(scale.row_top(1)) + 5)
    assert timeline.words_at(over) == end.text
    _click_step(compared, 11)
    assert text.text == "step 11 of 20: lin2.weight"
    _click_step(compared, 15)
    assert text.text == "step 15 of 20: lin1.weight · Pinned ended at step 11"
    assert _words(compared)[0].startswith("Step 15 of 20. Pinned: over. Now: ")
    assert _pinned(compared)._marks.running == frozenset()
    picture = timeline.grab().toImage()
    row = round(scale.row_top(0)) + 5
    around = {
        column: picture.pixelColor(round(scale.x(column)), row).lightness() for column in (11, 13)
    }
    assert around[13] - around[11] > 60, "a dark line on the light panel"


def test_playing_goes_on_after_the_run_of_now_is_over(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(RECORDED)
    window.editor.sheet.change_text(SKIPPED)
    press_run_and_see()
    _wait_for_both(qtbot, window)
    _click_step(window, 16)
    assert window.workspace.is_at_end
    assert _words(window)[0].endswith("Now: over.")
    lin0 = _key(_pinned(window), "linear", "lin0")
    assert _pinned(window)._marks.running == {lin0}
    window.actions_.play.trigger()
    assert window.replay.is_playing
    qtbot.waitUntil(lambda: not window.replay.is_playing, timeout=TIMEOUT)
    assert window.timeline.position == window.replay.steps.end == 21
    assert _pinned(window)._marks.running == frozenset()
    said = "lin1(x1) on line 10 is skipped here and recorded in the pinned run."
    assert _words(window)[0] == said


def test_leaving_restores_the_timeline_of_the_run_of_now(compared: MainWindow) -> None:
    timeline, shown = compared.timeline, compared.workspace.shown
    assert shown is not None
    _click_step(compared, 3)
    assert timeline.lanes is not shown.lanes
    _press(compared, Qt.Key.Key_F9, shift=True)
    assert timeline.lanes is shown.lanes
    assert timeline.position == compared.workspace.position == 2
    assert compared.replay.transport.text == "step 2 of 18: linear :9"
    assert _words(compared)[0].startswith("Step 2 of 18: ")
    assert compared.editor.running_note == "step 2 of 18"


def test_the_spine_marks_each_row_and_a_click_chooses(compared: MainWindow) -> None:
    spine = _spine(compared)
    assert [mark.is_equal for mark in spine.marks] == [False, False, False, False, True, True, True]
    QTest.mouseClick(spine, Qt.MouseButton.LeftButton, pos=spine.middle_of(2).toPoint())
    assert compared.graph.selected_nodes == {_key(compared.graph, "linear", "lin1")}
    assert spine.current == 2
    assert spine.accessibleDescription() == (
        "linear lin1: skipped — no_grad in pinned, recorded now"
    )


def test_swap_exchanges_the_sides(qtbot: QtBot, compared: MainWindow) -> None:
    pinned, now = _pinned(compared), compared.graph

    def is_left(one: GraphView, other: GraphView) -> bool:
        return one.mapTo(compared, QPoint()).x() < other.mapTo(compared, QPoint()).x()

    def orders() -> tuple[list[str], list[str]]:
        lanes, header = compared.timeline.lanes, compared.compare_panel.table.horizontalHeader()
        assert lanes is not None
        columns = sorted((header.sectionViewportPosition(one), one) for one in range(3))
        words = [header.model().headerData(one, Qt.Orientation.Horizontal) for _, one in columns]
        return [row.title for row in lanes.rows], words

    rows, columns = orders()
    assert (rows[0], columns) == ("Pinned, forward", ["Leaf", "Pinned", "Now"])
    assert is_left(pinned, now)
    _click_step(compared, 3)
    position = compared.timeline.position
    compared.actions_.swap_runs.trigger()
    qtbot.waitUntil(lambda: is_left(now, pinned))
    assert orders() == ([*rows[2:], *rows[:2]], ["Leaf", "Now", "Pinned"])
    assert compared.timeline.position == position
    measures = compared.compare_panel.measures
    swapped = measures.grab().toImage()
    measures.set_swapped(False)
    assert measures.grab().toImage() != swapped
    compared.actions_.unpin.trigger()
    compared.actions_.pin.trigger()
    qtbot.waitUntil(lambda: isinstance(compared.timeline.lanes, BothLanes))
    assert orders()[1] == ["Leaf", "Pinned", "Now"]


def test_nothing_differs_in_the_run_that_was_pinned(
    window: MainWindow, pin: Callable[[str], None]
) -> None:
    pin(SKIPPED)
    message = window.compare_panel.message
    assert message.isVisible()
    assert message.text() == "Both runs recorded the same and every .grad is equal."
    assert all(mark.is_equal for mark in _spine(window).marks)
    assert window.status.difference_text == ""


def test_the_pinned_run_stays_while_another_text_is_opened(
    qtbot: QtBot, compared: MainWindow, press_run_and_see: Run
) -> None:
    pinned = _pinned(compared)
    _press(compared, Qt.Key.Key_F7)
    assert compared.status.difference_text
    compared.documents.new()
    assert compared.compare_panel.message.text() == (
        "Run a text to compare it with the pinned run."
    )
    compared.load_text(
        "import torch\nw = torch.ones(3, requires_grad=True)\nw.sin().sum().backward()\n"
    )
    press_run_and_see()
    _wait_for_both(qtbot, compared)
    assert _pinned(compared) is pinned
    assert _key(pinned, "linear", "lin1")
    assert "could be aligned" in compared.compare_panel.message.text()
    compared.documents.step(-1)
    _wait_for_both(qtbot, compared)
    qtbot.waitUntil(lambda: compared.compare_panel.header.note == "5 of 7 differ", timeout=TIMEOUT)
    assert not compared.compare_panel.message.isVisible()


def test_back_to_the_pinned_text_is_one_step_to_undo(compared: MainWindow) -> None:
    assert compared.editor.sheet.text == RECORDED
    compared.actions_.back_to_pinned.trigger()
    assert compared.editor.sheet.text == SKIPPED
    compared.editor.undo()
    assert compared.editor.sheet.text == RECORDED


def test_leaving_restores_the_window(qtbot: QtBot, compared: MainWindow) -> None:
    now, inspector = compared.graph, compared.docks.inspector
    with qtbot.waitSignal(now.layoutFinished, timeout=TIMEOUT):
        _press(compared, Qt.Key.Key_F9, shift=True)
    assert compared.comparing.pinned_graph is None
    assert inspector.widget() is not compared.compare_panel
    assert compared.gradients.isVisible()
    assert compared.graph_header.isVisible()
    assert not compared.actions_.next_difference.isEnabled()
    assert not compared.actions_.compare.isChecked()
    _wait_for_colour(qtbot, now, _key(now, "linear", "lin2"))


def test_esc_leaves_from_inside(qtbot: QtBot, compared: MainWindow) -> None:
    QTest.keyClick(compared.editor, Qt.Key.Key_Escape)
    assert compared.actions_.compare.isChecked()
    compared.compare_panel.table.setFocus()
    QTest.keyClick(compared.compare_panel.table, Qt.Key.Key_Escape)
    assert compared.comparing.pinned_graph is None
    assert compared.graph.hasFocus()
    _press(compared, Qt.Key.Key_F9)
    _wait_for_both(qtbot, compared)
    _press(compared, Qt.Key.Key_F6)
    assert compared.compare_panel.only.hasFocus()
    pinned = _pinned(compared)
    point = pinned.widget_point_of(_key(pinned, "linear", "lin2"))
    QTest.mouseClick(pinned, Qt.MouseButton.LeftButton, pos=point)
    assert pinned.selected_nodes
    QTest.keyClick(pinned, Qt.Key.Key_Escape)
    assert not pinned.selected_nodes
    assert compared.actions_.compare.isChecked()
    QTest.keyClick(pinned, Qt.Key.Key_Escape)
    assert not compared.actions_.compare.isChecked()
    assert compared.graph.hasFocus()


def test_what_differs_is_said_before_the_words_about_the_run(compared: MainWindow) -> None:
    words = _words(compared)
    assert words[:3] == [
        "lin1(x1) on line 9 is recorded here and skipped in the pinned run.",
        "5 leaves have gradients here; in the pinned run they are None.",
        "Autograd keeps 96 bytes for backward; in the pinned run it keeps 48 bytes.",
    ]
    own = len(words) - 3
    QTest.keyClick(compared.timeline, Qt.Key.Key_Home)
    assert _words(compared)[:1] != words[:1]
    QTest.keyClick(compared.timeline, Qt.Key.Key_End)
    assert _words(compared) == words
    _press(compared, Qt.Key.Key_F9, shift=True)
    assert len(_words(compared)) == own


def _words(window: MainWindow) -> list[str]:
    return window.words.texts


def test_the_editor_marks_the_lines_that_differ(qtbot: QtBot, compared: MainWindow) -> None:
    editor = compared.editor
    found = {line.number: editor.changes_at(line) for line in editor.visible_lines()}
    assert [number for number, changes in found.items() if changes] == [9]
    assert [change.sign for change in found[9]] == ["−", "~"]
    assert note(found[9]) == "was indented"
    assert note(found[9][:1]) == ""
    lines = {line.number: line for line in editor.visible_lines()}
    height = editor.sheet.layout.line_height
    assert lines[9].top - lines[8].top == 2 * height, "there is room for the line that is gone"
    assert lines[9].height == lines[8].height == height
    picture = editor.viewport().grab().toImage()
    struck, ratio = editor.theme.colors.selected, picture.devicePixelRatio()
    middle = round((lines[9].top - height / 2) * ratio)
    assert picture.pixelColor(round(2 * ratio), middle) == struck
    QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton,
                     pos=QPoint(40, round(lines[9].top + height / 2)))  # fmt: skip
    assert editor.textCursor().blockNumber() == 8
    wide = editor.gutter.sizeHint().width()
    _press(compared, Qt.Key.Key_F9, shift=True)
    assert not editor.changes
    assert editor.gutter.sizeHint().width() < wide
    lines = {line.number: line for line in editor.visible_lines()}
    assert lines[9].top - lines[8].top == height


# ------------------------------------------------------------------------ other kinds of runs


def test_another_mode_of_the_same_text(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(RECORDED)
    window.toolbar.mode.choose("no-grad")
    window.toolbar.mode.activated.emit(0)
    press_run_and_see()
    _wait_for_both(qtbot, window)
    linear = _key(window.graph, "linear", "lin0"), _key(_pinned(window), "linear", "lin0")
    _wait_for_colour(qtbot, window.graph, linear[0])
    _wait_for_colour(qtbot, _pinned(window), linear[1])
    assert window.columns.now_header.note == "the same text, What if: no_grad everywhere"


def test_a_run_that_fails_is_compared_as_far_as_it_got(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(RECORDED)
    window.editor.sheet.change_text(RECORDED.replace("loss = x3", "1 / 0\nloss = x3"))
    press_run_and_see()
    _wait_for_both(qtbot, window)
    only = [pair for pair in _together(window).differences if pair.second is None]
    assert len(only) == 2  # sum and loss
    assert window.banner.isVisible()


def test_a_text_that_cannot_run_leaves_the_pinned_graph_alone(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run: Run
) -> None:
    pin(RECORDED)
    window.load_text("x = (")
    press_run()
    pinned = _pinned(window)
    qtbot.waitUntil(lambda: not window.graph.scene.nodes, timeout=TIMEOUT)
    assert pinned.scene.nodes
    message = window.compare_panel.message
    said = "The run of now called nothing in torch that could be compared."
    qtbot.waitUntil(lambda: message.text() == said, timeout=TIMEOUT)


BLOCKS = """import torch
from torch import nn
blocks = (nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2)) for _ in range(15))
net = nn.Sequential(*blocks)
net(torch.ones(1, 2)).sum().backward()
"""


def test_folding_in_either_graph_folds_both(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(BLOCKS)
    window.editor.sheet.change_text(BLOCKS.replace("import torch\n", "import torch\n# more\n", 1))
    press_run_and_see()
    _wait_for_both(qtbot, window)
    for view in (_pinned(window), window.graph):
        before = len(window.graph.scene.nodes)
        key = next(key for key, node in view.scene.nodes.items() if node.group)
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=view.widget_point_of(key))
        qtbot.waitUntil(lambda: len(window.graph.scene.nodes) > before, timeout=TIMEOUT)  # noqa: B023
        _wait_for_both(qtbot, window)
        assert len(_pinned(window).scene.nodes) == len(window.graph.scene.nodes)
        assert all(mark.is_equal for mark in _spine(window).marks)


def test_folding_keeps_the_step_and_the_words(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(BLOCKS.replace(".sum()", ".exp().sum()"))
    window.editor.sheet.change_text(BLOCKS)
    press_run_and_see()
    _wait_for_both(qtbot, window)
    words = _words(window)
    assert words[0] == "net(torch.ones(1, 2)).exp() on line 5 is only in the pinned run."
    for is_whole in (False, True):
        if is_whole:
            QTest.keyClick(window.timeline, Qt.Key.Key_End)
        else:
            _click_step(window, 46)
            assert window.replay.transport.text.endswith(": exp :5"), "only the pinned run has it"
        position = window.timeline.position
        text, before = window.replay.transport.text, len(window.graph.scene.nodes)
        key = next(key for key, node in window.graph.scene.nodes.items() if node.group)
        at = window.graph.widget_point_of(key)
        QTest.mouseDClick(window.graph, Qt.MouseButton.LeftButton, pos=at)
        qtbot.waitUntil(lambda: len(window.graph.scene.nodes) > before, timeout=TIMEOUT)  # noqa: B023
        _wait_for_both(qtbot, window)
        assert window.timeline.position == position
        assert window.replay.transport.text == text
    assert _words(window) == words


def test_pin_now_instead(qtbot: QtBot, compared: MainWindow) -> None:
    assert compared.actions_.pin.text() == "&Pin Now instead"
    _press(compared, Qt.Key.Key_F9)
    message = compared.compare_panel.message
    qtbot.waitUntil(message.isVisible, timeout=TIMEOUT)
    assert message.text() == "Both runs recorded the same and every .grad is equal."


def test_a_presentation_of_a_comparison_restores_it(qtbot: QtBot, compared: MainWindow) -> None:
    panel = compared.compare_panel
    _press(compared, Qt.Key.Key_F11)
    assert _pinned(compared).isVisible()
    for position in (1, 2, 3):
        _press(compared, Qt.Key.Key_Space)
        assert compared.timeline.position == position
    assert compared.workspace.position == 2
    _press(compared, Qt.Key.Key_F9, shift=True)
    assert compared.comparing.pinned_graph is not None
    _press(compared, Qt.Key.Key_F11)
    assert compared.docks.inspector.widget() is panel
    assert panel.isVisible()
    assert not compared.graph_header.isVisible()
    _press(compared, Qt.Key.Key_F9, shift=True)
    assert compared.gradients.isVisible()


def test_the_toolbar_pins_and_unpins(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Run
) -> None:
    button = next(
        button
        for button in window.toolbar.findChildren(QToolButton)
        if button.defaultAction() is window.actions_.compare
    )
    assert not button.isEnabled()
    window.load_text(SKIPPED)
    press_run_and_see()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    _wait_for_both(qtbot, window)
    assert button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.comparing.pinned_graph is None
    assert not button.isChecked()


def test_a_bug_of_ours_leaves_the_run_of_now(
    qtbot: QtBot,
    window: MainWindow,
    pin: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run without its drawing, which no other part can compare either."""
    raised: list[type] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: raised.append(kind))
    pin(SKIPPED)
    shown = window.workspace.shown
    assert shown is not None
    broken = replace(shown, drawing=None)  # type: ignore[arg-type]
    window.workspace.show(broken)
    qtbot.waitUntil(lambda: window.comparing.pinned_graph is None, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: window.workspace.drawn is broken, timeout=TIMEOUT)
    assert raised[0] is AttributeError  # others may follow: journeys need the drawing too
    assert "cannot compare these runs" in window.status.currentMessage()


def test_an_error_at_the_end_is_no_equal_run(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    pin(RECORDED)
    window.editor.sheet.change_text(RECORDED + "1 / 0\n")
    press_run_and_see()
    _wait_for_both(qtbot, window)
    assert not window.compare_panel.message.isVisible()
    assert all(mark.is_equal for mark in _spine(window).marks)


def test_a_file_that_was_changed_is_named(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Run, tmp_path: Path
) -> None:
    layers = tmp_path / "layers.py"
    layers.write_text("def last(x):\n    # then\n    return x.relu()\n")
    main = tmp_path / "main.py"
    main.write_text("import torch\nfrom layers import last\nlast(torch.ones(2) + 1).sum()\n")
    window.open_paths(main)
    press_run_and_see()
    _press(window, Qt.Key.Key_F9)
    _wait_for_both(qtbot, window)
    layers.write_text("def last(x):\n    return x.tanh()\n")
    press_run_and_see()
    _wait_for_both(qtbot, window)
    assert window.columns.now_header.note == "layers.py: 2 lines removed, 1 line added"


SMALL = """import torch

x = torch.ones(6, 6, requires_grad=True)
y = torch.ones(6, 6, requires_grad=True)
(x * 1.234e-7 * y).sum().backward()
"""


def test_a_small_norm_has_room_in_its_column(
    qtbot: QtBot, window: MainWindow, pin: Callable[[str], None], press_run_and_see: Run
) -> None:
    """`7.4e-07` ran into the value of the other run."""
    window.resize(1440, 900)
    pin(SMALL)
    window.editor.sheet.change_text(SMALL.replace("y).sum()", "y.detach()).sum()"))
    press_run_and_see()
    _wait_for_both(qtbot, window)
    table = window.compare_panel.table
    row = table.rows[0]
    assert isinstance(row, PairRow)
    pinned = row.first
    assert pinned is not None
    assert norm_text(pinned) == "7.4e-07"
    font = QFontMetricsF(mono_font(FONT_SECONDARY))
    room = table.columnWidth(1) - table.delegate.map_width - table.delegate.norm_room
    assert room >= 0
    assert table.delegate.norm_room > font.horizontalAdvance("7.4e-07")


def test_other_files_of_the_program_mark_their_lines_too(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Run, tmp_path: Path
) -> None:
    """Also where the file is opened only while the runs are compared."""
    main, other = tmp_path / "main.py", tmp_path / "scale.py"
    main.write_text("import torch, scale\nx = torch.ones(2, requires_grad=True)\nscale.of(x)\n")
    before = "def of(x):\n    y = x * 2\n    y = y.detach()\n    return y.sin()\n"
    other.write_text(before)
    window.documents.open(main)
    press_run_and_see()
    _press(window, Qt.Key.Key_F9)
    _wait_for_both(qtbot, window)
    other.write_text(before.replace("    y = y.detach()\n", "").replace("sin", "cos"))
    press_run_and_see()
    _wait_for_both(qtbot, window)
    editor = window.editor
    assert not any(editor.changes_at(line) for line in editor.visible_lines())
    shown = window.workspace.shown
    assert shown is not None
    (file,) = shown.run.trace.files[1:]
    window.run_files.show(file.id)
    lines = {line.number: line for line in editor.visible_lines()}
    found = {number: editor.changes_at(line) for number, line in lines.items()}
    assert {number: [one.sign for one in own] for number, own in found.items() if own} == {
        3: ["−", "−", "+"]
    }
    assert note(found[3]) == "only now"
    height = editor.sheet.layout.line_height
    assert lines[3].top - lines[2].top == 3 * height, "there is room for the lines that are gone"
    _press(window, Qt.Key.Key_F9, shift=True)
    lines = {line.number: line for line in editor.visible_lines()}
    assert lines[3].top - lines[2].top == height
