"""Asking the room with keys and mouse: cover, guess, turn over; and that no answer leaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.lens import Lens
from app.drawing.shapes import Rect, Shapes, Sign, Text
from app.gui.controls.elided_label import ElidedLabel
from app.gui.docks import BottomPage
from app.gui.features.teaching.presentation import GRADIENTS, LESSON
from app.gui.graph import describe
from app.gui.graph.painting.text import FACES
from app.gui.main_window import MainWindow
from app.gui.panels.flow_text import FlowText
from app.gui.panels.gradients.rows import GradientColumn
from app.session.asking.round import Round
from tests.end_to_end.conftest import TIMEOUT

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
TEXT = """\
import torch
from torch import nn
torch.manual_seed(0)
off = True
x = torch.randn(2, 2)
x.requires_grad = True
lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
x1 = lin0(x)
with torch.set_grad_enabled(not off):
    x2 = lin1(x1)
x3 = lin2(x2)
loss = x3.sum()
loss.backward()
print(x2.requires_grad)
"""
ON = TEXT.replace("off = True", "off = False")
"""The same lines, with other answers."""
FIRST, SKIPPED, LAST = 8, 10, 13
Start = Callable[[str], None]


@pytest.fixture
def start(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> Callable[[str], None]:
    """Runs a text and presses Q in the graph."""

    def press(text: str) -> None:
        window.load_text(text)
        press_run_and_see()
        window.graph.setFocus()
        QTest.keyClick(window.graph, Qt.Key.Key_Q)
        qtbot.waitUntil(lambda: _is_asked(window), timeout=TIMEOUT)

    return press


def _is_asked(window: MainWindow) -> bool:
    """Whether all of the question can be seen: Qt shows new cards and chips a little later."""
    parts = (*window.question_panel.cards, *window.chips.chips)
    return window.ask_the_room.is_on and all(part.isVisible() for part in parts)


def _round(window: MainWindow) -> Round:
    covered = window.workspace.covered
    assert covered is not None
    return covered.round


def _turn(qtbot: QtBot, window: MainWindow, key: Qt.Key = Qt.Key.Key_Space) -> None:
    """Press a key that turns a card, and wait until its other side shows."""
    before = _round(window).turned
    QTest.keyClick(window.graph, key)
    qtbot.waitUntil(lambda: _round(window).turned != before, timeout=TIMEOUT)


def _statuses(window: MainWindow) -> dict[int, str]:
    """Return the status of each line that is drawn as a node."""
    items = [node.item for node in window.graph.scene.nodes.values()]
    return {one.line: one.status for one in items if getattr(one, "line", None)}  # type: ignore[union-attr, misc]


def _glyph(window: MainWindow, line: int) -> str | None:
    mark = window.editor.mark(line)
    return None if mark is None else mark.glyph


def _grads(window: MainWindow) -> list[str]:
    table = window.gradients.table.model()
    rows = range(table.rowCount())
    return [table.index(row, GradientColumn.GRAD).data() for row in rows]


# -------------------------------------------------------------------------------- with the keys


def test_q_covers_gutter_graph_table_and_timeline(window: MainWindow, start: Start) -> None:
    start(TEXT)
    assert set(_statuses(window).values()) == {"covered"}
    assert [_glyph(window, line) for line in (FIRST, SKIPPED, LAST)] == ["covered"] * 3
    assert set(_grads(window)) == {"?"}
    lanes = window.timeline.lanes
    assert lanes is not None
    assert [lanes.block(column).text.split()[0] for column in (0, lanes.columns - 1)] == ["?", "?"]
    assert window.actions_.ask.isChecked()


def test_space_turns_a_card_over_everywhere_at_once(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    _turn(qtbot, window)
    assert _statuses(window) == {8: "recorded", 10: "covered", 11: "covered", 12: "covered"}
    assert _glyph(window, FIRST) == "recorded"
    assert window.words.texts[0] == "x1 = lin0(x): recorded."
    assert window.question_panel.header.title == "Question 2 of 9"
    assert window.graph_header.note == "1 of 9 turned over"
    _turn(qtbot, window, Qt.Key.Key_PageUp)
    assert set(_statuses(window).values()) == {"covered"}
    assert window.question_panel.header.title == "Question 1 of 9"


def test_a_guess_by_key_is_marked_as_guessed_or_as_other(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    QTest.keyClick(window.graph, Qt.Key.Key_1)
    assert [card.isChecked() for card in window.question_panel.cards] == [True, False, False]
    node = window.graph.scene.nodes[window.graph.scene.node_of[_operation(window, FIRST)]]
    assert node.item.guess == "taken"  # type: ignore[union-attr]
    _turn(qtbot, window)
    QTest.keyClick(window.graph, Qt.Key.Key_1)
    _turn(qtbot, window)
    marks = [window.editor.mark(line) for line in (FIRST, SKIPPED)]
    assert [mark and mark.guess for mark in marks] == ["right", "other"]
    assert window.score.words.isHidden()
    QTest.mouseClick(window.score.button, Qt.MouseButton.LeftButton)
    assert window.score.words.text() == "1 right of 2"
    QTest.mouseClick(window.score.button, Qt.MouseButton.LeftButton)
    assert window.score.words.isHidden()


def _operation(window: MainWindow, line: int) -> int:
    shown = window.workspace.shown
    assert shown is not None
    return shown.lines[line][0]


def test_when_the_last_card_is_turned_everything_shows(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    places = {key: node.rect for key, node in window.graph.scene.nodes.items()}
    while not _round(window).is_over:
        _turn(qtbot, window)
    scene = window.graph.scene
    assert {key for key in scene.nodes if key.startswith("cut:")}
    assert {edge.item.kind for edge in scene.edges.values()} >= {"gradient", "cut"}
    assert {key: scene.nodes[key].rect for key in places} == places  # nothing has moved
    assert window.question_panel.header.title == "All turned over"


def test_esc_shows_all_and_everything_works_again(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    assert window.editor.isReadOnly()
    assert not window.actions_.run.isEnabled()
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    assert window.workspace.covered is None
    assert _statuses(window)[SKIPPED] == "no_grad"
    assert "None" in _grads(window)
    assert not window.editor.isReadOnly()
    assert window.actions_.run.isEnabled()
    assert window.workspace.findings
    assert window.timeline.lanes is window.workspace.shown.lanes  # type: ignore[union-attr]


def test_the_text_is_locked_and_says_so(qtbot: QtBot, window: MainWindow, start: Start) -> None:
    start(TEXT)
    QTest.keyClicks(window.editor, "y")
    assert window.editor.toPlainText() == TEXT
    labels = [label.text() for label in window.snippet.header.findChildren(QLabel)]
    assert "locked while asking" in labels


# ------------------------------------------------------------------------------- with the mouse


def test_chips_in_the_line_and_cards_take_a_guess(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    chips = window.chips.chips
    assert [chip.text() for chip in chips] == ["recorded", "no_grad", "no input"]
    QTest.mouseClick(chips[1], Qt.MouseButton.LeftButton)
    assert window.question_panel.cards[1].isChecked()
    QTest.mouseClick(window.question_panel.cards[2], Qt.MouseButton.LeftButton)
    assert [chip.isChecked() for chip in window.chips.chips] == [False, False, True]
    _turn(qtbot, window)

    def are_seen() -> bool:
        area = window.chips.rect()
        return all(one.isVisible() and area.contains(one.geometry()) for one in window.chips.chips)

    qtbot.waitUntil(are_seen)


def test_no_code_shows_between_chips(window: MainWindow, start: Start) -> None:
    start(TEXT.replace("lin0(x)\n", f"lin0(x)  # {'W' * 300}\n"))
    left, right = window.chips.chips[:2]
    end = left.x() + left.width()
    gap = QRect(end, left.y(), right.x() - end, left.height())
    image = window.editor.viewport().grab(gap.translated(window.chips.pos())).toImage()
    colors = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(colors) == 1


def test_hands_are_counted_by_typing_on_one_scale(window: MainWindow, start: Start) -> None:
    start(TEXT)
    first, second, _ = window.question_panel.cards
    for card, hands in ((first, "9"), (second, "13")):
        QTest.mouseClick(card.number, Qt.MouseButton.LeftButton)
        QTest.keyClicks(card.number, hands)
    asked = _round(window)
    assert asked.hands == {(0, 0): 9, (0, 1): 13}
    assert asked.guesses == {}  # a number is not a guess
    assert (first.number.text(), second.number.text()) == ("9", "13")
    QTest.keyClick(second.number, Qt.Key.Key_Escape)
    assert window.ask_the_room.is_on


def test_a_click_on_a_node_or_a_row_asks_about_it(window: MainWindow, start: Start) -> None:
    start(TEXT)
    key = window.graph.scene.node_of[_operation(window, 12)]
    at = window.graph.widget_point_of(key)
    QTest.mouseClick(window.graph, Qt.MouseButton.LeftButton, pos=at)
    assert "loss = x3.sum()" in window.question_panel.words.text
    table = window.gradients.table
    row = table.visualRect(table.model().index(0, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert "lin0.weight" in window.question_panel.words.text


def test_topics_and_skip_and_turn_over_are_buttons(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    panel = window.question_panel
    QTest.mouseClick(panel.topics["order"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.topics["grads"], Qt.MouseButton.LeftButton)
    assert panel.header.title == "Question 1 of 7"
    QTest.mouseClick(panel.skip, Qt.MouseButton.LeftButton)
    assert panel.header.title == "Question 2 of 7"
    QTest.mouseClick(panel.turn, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _round(window).turned == (1,), timeout=TIMEOUT)
    assert _statuses(window)[SKIPPED] == "no_grad"
    QTest.mouseClick(panel.show_all, Qt.MouseButton.LeftButton)
    assert window.workspace.covered is None


def test_a_covered_run_stays_covered_in_its_tab(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    _turn(qtbot, window)
    window.actions_.new.trigger()
    assert not window.ask_the_room.is_on
    assert not window.editor.isReadOnly()
    window.documents.activate(window.documents.tabs[0])
    assert _round(window).turned == (0,)
    assert _glyph(window, SKIPPED) == "covered"


def test_it_is_asked_in_a_presentation_by_keys_alone(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(TEXT)
    press_run_and_see()
    window.actions_.present.trigger()
    window.showNormal()
    window.resize(1280, 720)
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: window.ask_the_room.is_on, timeout=TIMEOUT)
    assert window.question_strip.isVisible()
    QTest.keyClick(window.graph, Qt.Key.Key_1)
    _turn(qtbot, window)
    _turn(qtbot, window, Qt.Key.Key_PageDown)
    assert _round(window).turned == (0, 1)
    _turn(qtbot, window, Qt.Key.Key_PageUp)
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    assert window.workspace.covered is None
    assert window.presentation.is_on
    assert not window.question_strip.isVisible()
    room = window.presentation.room
    assert room is not None
    window.resize(1920, 1080)
    qtbot.waitUntil(room.panes[GRADIENTS].isVisible)
    notes = [one.text() for one in room.panes[GRADIENTS].findChildren(ElidedLabel)]
    assert "2 of 7 leaves have one" in notes
    QTest.keyClick(window.graph, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: window.ask_the_room.is_on, timeout=TIMEOUT)
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    notes = [one.text() for one in room.panes[GRADIENTS].findChildren(ElidedLabel)]
    assert "2 of 7 leaves have one" in notes


def test_q_works_when_the_presentation_begins_afterwards(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    window.actions_.present.trigger()
    _turn(qtbot, window)
    assert window.question_strip.isVisible()
    window.actions_.present.trigger()
    assert window.inspector.isAncestorOf(window.question_panel)
    assert window.question_panel.isVisible()


def test_the_page_of_a_lecture_is_covered_and_the_question_in_front(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.resize(1280, 720)  # the page is a tab before the inspector
    window.lessons.open_shipped("02_how_backward_works")
    page = window.lessons.panel
    press_run_and_see()
    window.graph.setFocus()
    QTest.keyClick(window.graph, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: _is_asked(window), timeout=TIMEOUT)
    assert not window.question_panel.visibleRegion().isEmpty()
    window.lessons.dock.raise_()
    qtbot.waitUntil(lambda: not page.visibleRegion().isEmpty())
    seen = [one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page)]
    assert seen == ["This is covered while you ask the room."]
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    assert page.text.isVisible()
    assert not page.visibleRegion().isEmpty()
    assert window.question_panel.visibleRegion().isEmpty()
    window.actions_.present.trigger()
    room = window.presentation.room
    assert room is not None
    assert room.panes[LESSON].isVisible()
    QTest.keyClick(window.graph, Qt.Key.Key_Q)
    qtbot.waitUntil(window.question_strip.isVisible, timeout=TIMEOUT)
    assert not room.panes[LESSON].isVisible()


def test_a_scene_keeps_whether_answers_are_covered(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start(TEXT)
    QTest.keyClick(window.graph, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(window.scenes.all) == 1, timeout=TIMEOUT)
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    QTest.keyClick(window.graph, Qt.Key.Key_K)
    qtbot.waitUntil(lambda: len(window.scenes.all) == 2, timeout=TIMEOUT)
    assert [scene.covered for scene in window.scenes.all] == [True, False]
    window.scenes.show(0)
    qtbot.waitUntil(lambda: window.ask_the_room.is_on, timeout=TIMEOUT)
    assert set(_statuses(window).values()) == {"covered"}
    window.scenes.show(1)
    assert not window.ask_the_room.is_on


def test_autograds_own_nodes_do_not_show_while_covered(window: MainWindow, start: Start) -> None:
    start(TEXT)
    window.workspace.choose(level="autograd", hide_setup=False)
    assert (window.workspace.choice.level, window.workspace.choice.hide_setup) == ("calls", True)


def test_nothing_is_asked_where_nothing_ran(
    qtbot: QtBot, window: MainWindow, press_run: Callable[[], Trace]
) -> None:
    assert not window.actions_.ask.isEnabled()
    window.load_text("x = 1\n")
    press_run()
    assert not window.actions_.ask.isEnabled()


# ------------------------------------------------------------------------------------- no leaks


def _texts_of(window: MainWindow) -> Iterator[str]:
    """Every text that a user or a screen reader can find in the visible widgets."""
    for widget in (window, *window.findChildren(QWidget)):
        if not widget.isVisible():
            continue
        yield from (widget.toolTip(), widget.statusTip(), widget.whatsThis())
        yield from (widget.accessibleName(), widget.accessibleDescription())
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit | FlowText):
            yield widget.text if isinstance(widget, FlowText) else widget.text()
        if isinstance(widget, QComboBox):
            yield widget.currentText()


def _marks_of(window: MainWindow) -> Iterator[str]:
    for line in range(1, window.editor.blockCount() + 1):
        mark = window.editor.mark(line)
        if mark is not None:
            yield f"{line} {mark.glyph} {mark.tone} {mark.note} {mark.tooltip} {mark.region}"
    yield f"{window.editor.sheet.underlines}"


def _table_of(window: MainWindow) -> Iterator[str]:
    model = window.gradients.table.model()
    roles = Qt.ItemDataRole
    for row in range(model.rowCount()):
        for column in GradientColumn:
            index = model.index(row, column)
            for role in (roles.DisplayRole, roles.ToolTipRole, roles.AccessibleTextRole):
                yield f"{index.data(role)}"
    for row in window.gradients.table.model().rows:  # type: ignore[attr-defined]
        yield " ".join(row.cells)


def _timeline_of(window: MainWindow) -> Iterator[str]:
    lanes = window.timeline.lanes
    assert lanes is not None
    for column in range(lanes.columns):
        for block in lanes.blocks_at(column):
            yield f"{block.text} {block.tone} {block.status}"
        yield lanes.caption(column + 1)
        yield window.timeline.words_at(window.timeline.point_of(column + 1))
    for row in lanes.rows:
        yield f"{row.title} {row.empty}"
    size = window.timeline.size()
    for x in range(0, size.width(), 16):
        for y in range(0, size.height(), 8):
            yield window.timeline.words_at(QPoint(x, y))


def _graph_of(window: MainWindow) -> Iterator[str]:
    """What the drawing says, and what cards and screen readers say of it."""
    scene, drawn = window.graph.scene, []
    lens = Lens(FACES, 1.0)
    for node in scene.nodes.values():
        yield describe.spoken(node, scene.arriving(node.key), scene.leaving(node.key))
        yield from (describe.pills_card(pill).text for pill in node.pills)
        drawn.append(node.drawing(lens))
    for edge in scene.edges.values():
        yield describe.edge_card(edge.item).text
        drawn += [edge.drawing(lens), edge.label_drawing(lens)]
    for frame in scene.frames:
        yield describe.frame_card(frame.item).text
        drawn += [frame.drawing(), frame.header_drawing(lens)]
    for shapes in drawn:
        yield from _roles(shapes)


def _roles(shapes: Shapes) -> Iterator[str]:
    for shape in shapes:
        if isinstance(shape, Text):
            yield f"{shape.text} {shape.color}"
        elif isinstance(shape, Sign):
            yield f"{shape.glyph} {shape.color}"
        elif isinstance(shape, Rect):
            yield f"{shape.part} {shape.fill} {shape.border and shape.border[:1]}"
        else:
            yield type(shape).__name__


def _exported(window: MainWindow) -> Iterator[str]:
    svg = window.graph.picture(with_legend=True).data(".svg").decode()
    yield from re.findall(r">([^<>]+)</text>", svg)
    yield from re.findall(r'(?:fill|stroke)="#\w+"', svg)


def _everything(window: MainWindow) -> set[str]:
    """All that can be found in the window, without how far it is zoomed."""
    found: set[str] = set()
    for part in (_texts_of, _marks_of, _table_of, _timeline_of, _graph_of, _exported):
        found.update(text for text in part(window) if not re.fullmatch(r"\d+%", text))
    return found


def _differences(one: set[str], other: set[str]) -> set[str]:
    return {text for text in one ^ other if text.strip()}


def test_two_runs_with_other_answers_look_the_same_while_covered(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    """What differs would be an answer that leaks; the same search finds plenty once it is over."""
    window.resize(1600, 1100)  # with room for the run in words
    window.actions_.lanes.setChecked(True)
    window.actions_.bytes_kept.setChecked(True)
    start(TEXT)
    covered_off = _everything(window)
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    shown_off = _everything(window)
    start(ON)
    covered_on = _everything(window)
    QTest.keyClick(window.graph, Qt.Key.Key_Escape)
    assert _differences(covered_off, covered_on) == set()
    assert len(_differences(shown_off, _everything(window))) > 30


def test_what_would_tell_is_locked_and_cannot_be_opened(window: MainWindow, start: Start) -> None:
    start(TEXT)
    do = window.actions_
    locked = (
        do.run, do.next_finding, do.find, do.step_next, do.export, do.export_page, do.compare,
        do.bytes_kept, do.connection, do.legend_help, do.outline, do.leave_out,
    )  # fmt: skip
    for action in locked:
        assert not action.isEnabled(), action.text()
    for field in (window.toolbar.search, window.toolbar.level, window.toolbar.mode):
        assert not field.isEnabled()
    window.workspace.select_operation(_operation(window, SKIPPED))
    assert window.workspace.details is None
    window.workspace.go_to(3)
    assert window.workspace.moment is None
    assert not window.verdict.dock.isVisible()
    window.bottom.header.set_current(BottomPage.SCENES)
    assert not window.scene_strip.isVisible()
    window.bottom.header.set_current(BottomPage.CONSOLE)
    assert not window.console.isVisible()
    assert "False" in window.console.toPlainText()  # it is there, behind the cover


def test_a_minimap_card_or_hover_says_no_more_than_the_cover(
    window: MainWindow, start: Start
) -> None:
    start(TEXT)
    assert window.graph.minimap._scene is window.graph.scene
    assert window.graph.pointing.explainer is None
    assert window.editor.explainer is None
    assert window.graph.legend.counts == {} or not any(window.graph.legend.counts.values())
    assert not window.graph.legend_line.isVisible()
