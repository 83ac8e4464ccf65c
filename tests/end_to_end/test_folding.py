"""Folding and levels in the real window, by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.frames import stepping
from app.drawing.strip import cells
from app.gui.graph.describe import heading
from app.gui.graph.floating.waiting import WaitingCard
from app.gui.graph.painting.canvas import box_of
from app.gui.graph.scenes.scene import PlacedFrame
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.table import GradientTable
from app.session.graph.grouping.folds import unfold_all
from app.session.graph.payloads import GroupItem
from tests.end_to_end.conftest import trace_shown
from tests.graphviz_render.test_worker import put_dot
from tests.session.graph.texts import BLOCKS, LOOPS, STEPS

See = Callable[[], Trace]
SNIPPETS = Path(__file__).parents[1] / "snippets"
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TIMEOUT = 60_000


@pytest.fixture
def drawn(qtbot: QtBot, window: MainWindow, press_run_and_see: See) -> Callable[[str], None]:
    """Runs a text and waits for its picture, which the keyboard then goes to."""

    def draw(text: str) -> None:
        window.load_text(text)
        press_run_and_see()
        window.graph.setFocus()

    return draw


def redrawn(qtbot: QtBot, window: MainWindow, act: Callable[[], object]) -> set[str]:
    """The nodes of the picture that follows."""
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        act()
    return set(window.graph.scene.nodes)


def double_click(window: MainWindow, key: str) -> None:
    window.graph.reveal(key)
    QTest.mouseDClick(window.graph, LEFT, PLAIN, window.graph.widget_point_of(key))


def frame_of(window: MainWindow, group: str) -> PlacedFrame:
    return next(frame for frame in window.graph.scene.frames if frame.item.group == group)


def click_scene(window: MainWindow, x: float, y: float) -> None:
    graph = window.graph
    area = graph.visible_area()
    scale = graph.zoom_percent / 100
    at = QPoint(round((x - area.x()) * scale), round((y - area.y()) * scale))
    assert graph.rect().contains(at)
    QTest.mouseClick(graph, LEFT, PLAIN, at)


def test_a_double_click_unfolds_a_stack_and_a_group_in_place(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    window.resize(1920, 1080)  # with room for whole nodes: rows are shown whole and fitted again
    drawn(BLOCKS.replace("range(8)", "range(20)"))
    stack = next(key for key in window.graph.scene.nodes if key.startswith("module:net.blocks.0+"))
    singles = redrawn(qtbot, window, lambda: double_click(window, stack))
    assert {"module:net.blocks.0", "module:net.blocks.1", "module:net.blocks.2"} <= singles
    before = window.graph.widget_point_of("module:net.blocks.1").y()
    inside = redrawn(qtbot, window, lambda: double_click(window, "module:net.blocks.1"))
    assert "module:net.blocks.1" not in inside
    frame = frame_of(window, "module:net.blocks.1")
    top = (frame.rect.top() - window.graph.visible_area().top()) * window.graph.zoom_percent / 100
    assert abs(top - before) < 60
    header = frame.rect.left() + 40, frame.rect.top() + 12
    folded = redrawn(qtbot, window, lambda: click_scene(window, *header))
    assert "module:net.blocks.1" in folded


def test_enter_unfolds_and_shift_enter_folds(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(LOOPS)
    call = next(
        n.key for n in window.graph.scene.nodes.values() if n.group.endswith("cross_entropy")
    )
    QTest.mouseClick(window.graph, LEFT, PLAIN, window.graph.widget_point_of(call))
    inside = redrawn(qtbot, window, lambda: QTest.keyClick(window.graph, Qt.Key.Key_Return))
    assert call not in inside
    assert window.graph.selected_nodes  # the keyboard goes on from what is inside
    shift = Qt.KeyboardModifier.ShiftModifier
    fold = partial(QTest.keyClick, window.graph, Qt.Key.Key_Return, shift)
    folded = redrawn(qtbot, window, fold)
    assert call in folded
    assert window.graph.selected_nodes == {call}


def test_keys_step_through_passes_from_every_pane_and_the_text_keeps_its_brackets(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(STEPS)

    def after(pane: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> int:
        pane.setFocus()
        qtbot.waitUntil(pane.hasFocus)
        redrawn(qtbot, window, lambda: QTest.keyClick(pane, key, modifier))
        assert pane.hasFocus()
        stepper = frame_of(window, "loop:t").item.stepper
        assert stepper is not None
        return stepper.number

    forward, back = Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft
    alt = Qt.KeyboardModifier.AltModifier
    table = window.gradients.findChild(GradientTable)
    assert isinstance(table, GradientTable)
    assert after(window.graph, forward) == 1
    assert after(table, forward) == 2
    assert after(window.editor, forward, alt) == 3
    assert after(window.editor, back, alt) == 2
    assert after(table, back) == 1
    text, choice = window.editor.toPlainText(), window.workspace.choice
    window.editor.setFocus()
    QTest.keyClicks(window.editor, "[")
    assert window.editor.toPlainText().count("[") == text.count("[") + 1
    assert window.workspace.choice == choice


def test_one_pass_of_a_loop_is_shown_and_the_others_are_stepped_through(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(STEPS)
    assert "loop:t/1+39" in window.graph.scene.nodes

    def shown() -> int:
        stepper = frame_of(window, "loop:t").item.stepper
        assert stepper is not None
        return stepper.number

    def press(part: str) -> None:
        frame = frame_of(window, "loop:t")
        assert frame.item.stepper is not None
        button = getattr(stepping(box_of(frame.rect), frame.item.stepper), part)
        click_scene(window, *button.center)

    redrawn(qtbot, window, lambda: press("forward"))
    assert shown() == 1
    redrawn(qtbot, window, lambda: QTest.keyClick(window.graph, Qt.Key.Key_BracketRight))
    assert shown() == 2
    redrawn(qtbot, window, lambda: press("back"))
    redrawn(qtbot, window, lambda: QTest.keyClick(window.graph, Qt.Key.Key_BracketLeft))
    assert shown() == 0
    back, forward = window.passes.findChildren(QToolButton)
    assert (window.passes.text, back.isEnabled()) == ("iteration 1 of 40", False)
    redrawn(qtbot, window, lambda: QTest.mouseClick(forward, LEFT))
    assert (shown(), window.passes.text, back.isEnabled()) == (1, "iteration 2 of 40", True)
    redrawn(qtbot, window, window.actions_.fold_all.trigger)
    assert window.passes.isHidden()


def test_fold_all_unfold_all_and_depths(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(BLOCKS)
    do = window.actions_
    assert redrawn(qtbot, window, do.fold_all.trigger) >= {"module:net", "module:net#1"}
    everything = redrawn(qtbot, window, do.unfold_all.trigger)
    assert not any(key.startswith("module:") for key in everything)
    one_level = redrawn(qtbot, window, do.depths[0].trigger)
    assert "module:net.blocks.0+3" in one_level
    assert "module:net" not in redrawn(qtbot, window, do.fold_default.trigger)


def test_a_cell_opens_one_of_several_alike_groups(qtbot: QtBot, window: MainWindow) -> None:
    graph = window.graph
    window.resize(1440, 900)
    window.documents.open_example(SNIPPETS / "transformer_encoder_12.py")
    redrawn(qtbot, window, window.run)
    (node,) = [one for one in graph.scene.nodes.values() if isinstance(one.item, GroupItem)]
    assert isinstance(node.item, GroupItem)
    assert [one.name for one in node.item.members] == [str(n) for n in range(12)]
    graph.reveal(node.key)
    graph.zoom_to(1.0)
    qtbot.waitUntil(lambda: not graph.is_gliding, timeout=TIMEOUT)
    sixth = cells(node.item, box_of(node.rect))[6]
    at = graph.camera.to_widget(QPointF(*sixth.center)).toPoint()
    redrawn(qtbot, window, lambda: QTest.mouseClick(graph, LEFT, PLAIN, at))
    frame = frame_of(window, node.item.members[6].group)
    assert graph.visible_area().contains(frame.rect.center().x(), frame.rect.top() + 1)
    groups = (one.item for one in graph.scene.nodes.values())
    assert [one.count for one in groups if isinstance(one, GroupItem)] == [6, 5]


MANY = """\
import torch
w = torch.ones(1, requires_grad=True)
h = w
for step in range(800):
    h = torch.tanh(h * w) + 1
h.sum().backward()
"""


def test_before_thousands_of_nodes_the_window_asks_and_draws_what_is_in_sight_first(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(MANY)
    graph, unfold = window.graph, window.actions_.unfold_all
    before, choice = graph.scene, window.workspace.choice
    card = graph.findChild(WaitingCard)
    assert isinstance(card, WaitingCard)

    def press(name: str) -> None:
        button = card.findChild(QToolButton, name)
        assert isinstance(button, QToolButton)
        QTest.mouseClick(button, LEFT)

    unfold.trigger()
    qtbot.waitUntil(lambda: card.is_asking, timeout=TIMEOUT)
    assert card.words.startswith("Unfold 2,401 nodes? Their layout takes about ")
    assert graph.scene is before
    press("cancelLayout")
    assert not card.isVisible()
    assert window.workspace.choice == choice

    unfold.trigger()
    qtbot.waitUntil(lambda: card.is_asking, timeout=TIMEOUT)
    press("acceptLayout")
    assert card.words == "Laying out 2,401 nodes…"  # at once, while its graph is being made
    press("cancelLayout")
    assert not card.isVisible()
    assert graph.scene is before
    assert window.workspace.choice == choice

    unfold.trigger()
    qtbot.waitUntil(lambda: card.is_asking, timeout=TIMEOUT)
    with qtbot.waitSignal(graph.layoutFinished, timeout=TIMEOUT):
        press("acceptLayout")
    part = graph.scene  # what was in sight, as far as a screen has room for it
    assert "loop:step/68+732" in part.nodes
    assert window.workspace.choice.folds == unfold_all()
    assert card.isVisible()
    assert not card.is_asking
    with qtbot.waitSignal(graph.layoutCancelled, timeout=TIMEOUT):
        QTest.keyClick(graph, Qt.Key.Key_Escape)
    assert graph.scene is part
    assert window.workspace.choice.folds != unfold_all()
    redrawn(qtbot, window, window.actions_.fold_all.trigger)  # it draws on


def test_folds_outlive_a_run_of_the_edited_text(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None], press_run_and_see: See
) -> None:
    drawn(BLOCKS)
    redrawn(qtbot, window, window.actions_.fold_all.trigger)
    window.load_text("# a line more\n" + BLOCKS)
    press_run_and_see()
    assert "module:net" not in window.graph.scene.nodes  # another text begins as at first
    redrawn(qtbot, window, window.actions_.fold_all.trigger)
    window.editor.insertPlainText("\n")
    press_run_and_see()
    assert "module:net" in window.graph.scene.nodes


def test_the_selection_goes_from_level_to_level(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(BLOCKS)
    linear = next(
        node.key
        for node in window.graph.scene.nodes.values()
        if getattr(node.item, "module", "") == "net.head"
    )
    QTest.mouseClick(window.graph, LEFT, PLAIN, window.graph.widget_point_of(linear))
    buttons = {b.text(): b for b in window.toolbar.level.findChildren(QToolButton)}

    def choose(level: str) -> set[str]:
        return redrawn(qtbot, window, lambda: QTest.mouseClick(buttons[level], LEFT))

    assert "module:net.head" in choose("Modules")
    assert window.graph.selected_nodes == {"module:net.head"}
    choose("Autograd")
    (node,) = window.graph.selected_nodes
    assert heading(window.graph.scene.nodes[node].item).startswith("AddmmBackward0")
    choose("Calls")
    assert window.graph.selected_nodes == {linear}


def test_where_nothing_was_recorded_the_level_of_autograd_says_so(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn("import torch\ny = torch.ones(2) * 2\n")
    assert window.graph.message == ""
    buttons = {b.text(): b for b in window.toolbar.level.findChildren(QToolButton)}
    QTest.mouseClick(buttons["Autograd"], LEFT)
    qtbot.waitUntil(lambda: "recorded nothing" in window.graph.message, timeout=TIMEOUT)


def test_a_level_whose_picture_was_not_waited_for_is_taken_back(
    qtbot: QtBot,
    window: MainWindow,
    drawn: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn(STEPS)
    before, choice = window.graph.scene, window.workspace.choice
    put_dot(tmp_path, monkeypatch, "while :; do /bin/sleep 1; done")
    window.graph.arrange("native", "TB")
    buttons = window.toolbar.level.findChildren(QToolButton)
    modules = next(button for button in buttons if button.text() == "Modules")
    was = window.workspace.shown
    QTest.mouseClick(modules, LEFT)
    qtbot.waitUntil(lambda: window.workspace.shown is not was, timeout=TIMEOUT)
    assert window.toolbar.level.value == "modules"
    with qtbot.waitSignal(window.graph.layoutCancelled, timeout=TIMEOUT):
        window.graph.cancel_layout()
    assert window.graph.scene is before
    assert window.workspace.choice == choice
    assert window.toolbar.level.value == "calls"
    assert window.workspace.shown is not None
    assert window.workspace.shown.graph is window.graph.graph
    window.graph.arrange("layered", "TB")


def test_a_level_chosen_during_a_run_is_drawn_at_once(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(STEPS)
    window.editor.sheet.change_text("while True:\n    pass\n")
    with qtbot.waitSignal(window.controller.begun, timeout=TIMEOUT):
        window.run()
    buttons = window.toolbar.level.findChildren(QToolButton)
    modules = next(button for button in buttons if button.text() == "Modules")
    redrawn(qtbot, window, partial(QTest.mouseClick, modules, LEFT))
    assert window.controller.is_running
    assert window.workspace.drawn is window.workspace.shown
    assert window.workspace.choice.level == "modules"
    window.controller.stop()
    qtbot.waitUntil(lambda: not window.controller.is_running, timeout=TIMEOUT)


def test_a_folded_module_is_shown_as_a_module(
    qtbot: QtBot, window: MainWindow, drawn: Callable[[str], None]
) -> None:
    drawn(BLOCKS)
    redrawn(qtbot, window, window.actions_.fold_all.trigger)
    QTest.mouseClick(window.graph, LEFT, pos=window.graph.widget_point_of("module:net"))
    subject, trace = window.workspace.subject, trace_shown(window)
    assert subject is not None
    assert trace is not None
    assert subject[0] == "module"
    assert trace.modules[subject[1]].path == "net"
    assert window.workspace.selection.origin == "graph"
