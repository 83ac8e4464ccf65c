"""The chain rule with its numbers: the node of a backward step opens in the real window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.drawing.lens import Lens
from app.drawing.opened.card import Chosen, Opened
from app.drawing.shapes import Text
from app.gui.commands import menu_commands
from app.gui.graph.painting.text import FACES
from app.gui.main_window import MainWindow
from app.session.chain_rule.symbols import plain
from tests.end_to_end.conftest import TIMEOUT
from tests.session.chain_rule.opened_steps import SWISH

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
LAYERS = """import torch
from torch import nn
net = nn.Sequential(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), nn.Linear(3, 1))
net(torch.ones(1, 2)).sum().backward()"""
Press = Callable[[], Trace]


@pytest.fixture
def swish(window: MainWindow, press_run_and_see: Press) -> MainWindow:
    window.load_text(SWISH)
    press_run_and_see()
    window.graph.setFocus()
    return window


def go_to(qtbot: QtBot, window: MainWindow, step: int) -> None:
    """Step to a step of the backward pass, with the keys of the timeline."""
    last = len(window.workspace.shown.run.trace.backward_passes[0].steps)  # type: ignore[union-attr]
    window.timeline.setFocus()
    QTest.keyClick(window.timeline, Key.Key_End)
    for _ in range(last - step + 1):
        QTest.keyClick(window.timeline, Key.Key_Left)
    window.graph.setFocus()


def opened(qtbot: QtBot, window: MainWindow, step: int) -> Opened:
    """Wait until the node of a step is open, with all that torch was asked for."""

    def is_there() -> bool:
        numbers = window.graph.opened
        return numbers is not None and numbers.step.step == step and not numbers.waits

    qtbot.waitUntil(is_there, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not window.graph.is_gliding, timeout=TIMEOUT)
    assert window.graph.opened is not None
    return window.graph.opened


def closed(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.graph.opened is None, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not window.graph.is_gliding, timeout=TIMEOUT)


def node(window: MainWindow) -> str:
    (key,) = (key for key, one in window.graph.scene.nodes.items() if one.has_room)
    return key


def test_the_node_of_the_step_opens_with_the_rule_and_its_numbers(
    qtbot: QtBot, swish: MainWindow
) -> None:
    go_to(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_N)
    numbers = opened(qtbot, swish, 4)
    step = numbers.step
    assert (step.title, step.code, step.grad_fn) == ("mul", "a = w * x", "MulBackward0")
    assert step.rule is not None
    assert [plain(one) for one in (step.rule.forward, *step.rule.backward)] == [
        "a = w · x", "grad_w = grad_a · x",
    ]  # fmt: skip
    assert [plain(one.name) for one in step.not_asked] == ["grad_x"]
    arrives, local = step.equations
    assert [one.origin for one in arrives.matrices[:2]] == [
        "from mul, line 8",
        "from sigmoid, line 7",
    ]
    result = local.matrices[-1].cells
    assert result is not None
    assert [round(cell, 4) for row in result for cell in row] == [2.1816, 0.0908, 0.5206, 0.0723]
    assert swish.graph.scene.nodes[node(swish)].rect.width() == 580
    others = [one for key, one in swish.graph.scene.nodes.items() if key != node(swish)]
    assert all(one.form == "lined" for one in others if one.tensor is None)
    drawn = [shape for one in others for shape in one.drawing(Lens(FACES))]
    lines = {shape.text for shape in drawn if isinstance(shape, Text)} & {"line 7", "line 8"}
    assert lines == {"line 7", "line 8"}


def test_the_cell_under_the_mouse_is_computed_and_arrow_keys_move_it(
    qtbot: QtBot, swish: MainWindow
) -> None:
    go_to(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_N)
    opened(qtbot, swish, 4)
    QTest.mouseMove(swish.graph, swish.graph.cell_point(1, 2, 1, 1).toPoint())
    cell = swish.graph.opened.cell  # type: ignore[union-attr]
    assert cell is not None
    assert cell.title == "Cell [1, 1]"
    sums = [column for column in cell.columns if column is not None]
    assert [round(column.result.value or 0, 4) for column in sums] == [0.0723, 0.0723]
    assert "path 1 0.269 + path 2 −0.197 = grad a 0.072" in swish.graph.accessibleDescription()
    QTest.keyClick(swish.graph, Key.Key_Up)
    QTest.keyClick(swish.graph, Key.Key_Left)
    assert swish.graph.opened.chosen == Chosen(1, (0, 0))  # type: ignore[union-attr]
    assert "Cell [0, 0]" in swish.graph.accessibleDescription()
    assert not swish.graph.selected_nodes


def test_it_follows_the_steps_and_one_is_open_at_a_time(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 1)
    QTest.keyClick(swish.graph, Key.Key_N)
    seen = [node(swish)] if opened(qtbot, swish, 1) else []
    for step in 2, 3, 4:
        QTest.keyClick(swish.graph, Key.Key_F8)
        opened(qtbot, swish, step)
        seen.append(node(swish))
    assert len(set(seen)) == 4
    QTest.keyClick(swish.graph, Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    opened(qtbot, swish, 3)
    assert node(swish) == seen[2]
    swish.timeline.setFocus()
    QTest.keyClick(swish.timeline, Key.Key_Home)
    closed(qtbot, swish)
    assert swish.actions_.numbers.isChecked(), "it opens again at the next backward step"
    QTest.mouseClick(swish.timeline, LEFT, pos=swish.timeline.point_of(6))
    opened(qtbot, swish, 2)


def test_esc_n_and_the_cross_close_it(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 4)
    whole = {key: one.rect for key, one in swish.graph.scene.nodes.items()}
    for key in Key.Key_Escape, Key.Key_N:
        QTest.keyClick(swish.graph, Key.Key_N)
        opened(qtbot, swish, 4)
        QTest.keyClick(swish.graph, key)
        closed(qtbot, swish)
        qtbot.waitUntil(lambda: not any(one.has_room for one in swish.graph.scene.nodes.values()))
        assert not swish.actions_.numbers.isChecked()
        assert {one: found.rect for one, found in swish.graph.scene.nodes.items()} == whole
    QTest.keyClick(swish.graph, Key.Key_N)
    opened(qtbot, swish, 4)
    rect = swish.graph.camera.rect_to_widget(swish.graph.node_rect(node(swish)))
    scale = swish.graph.camera.zoom
    cross = QPoint(round(rect.right() - 22 * scale), round(rect.top() + 18 * scale))
    QTest.mouseClick(swish.graph, LEFT, pos=cross)
    closed(qtbot, swish)


def test_a_double_click_goes_to_the_step_of_a_node(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 1)
    (sigmoid,) = (
        key for key, one in swish.graph.scene.nodes.items()
        if getattr(one.item, "title", "") == "sigmoid"
    )  # fmt: skip
    QTest.mouseDClick(swish.graph, LEFT, pos=swish.graph.widget_point_of(sigmoid))
    assert opened(qtbot, swish, 3).step.grad_fn == "SigmoidBackward0"
    assert node(swish) == sigmoid


def test_away_from_a_backward_pass_it_goes_to_the_step_of_the_selection(
    qtbot: QtBot, swish: MainWindow
) -> None:
    assert swish.workspace.is_at_end
    QTest.keyClick(swish.graph, Key.Key_N)
    opened(qtbot, swish, 1)
    QTest.keyClick(swish.graph, Key.Key_N)
    closed(qtbot, swish)
    swish.timeline.setFocus()
    QTest.keyClick(swish.timeline, Key.Key_End)
    swish.workspace.select_line(7)
    swish.graph.setFocus()
    QTest.keyClick(swish.graph, Key.Key_N)
    assert opened(qtbot, swish, 3).step.title == "sigmoid"


def test_the_button_and_the_menu_do_it_too(qtbot: QtBot, swish: MainWindow) -> None:
    buttons = {
        button.defaultAction(): button for button in swish.graph_header.findChildren(QToolButton)
    }
    button = buttons[swish.actions_.numbers]
    assert not button.isVisible(), "there is nothing to open"
    go_to(qtbot, swish, 4)
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)
    opened(qtbot, swish, 4)
    menu = swish.menuBar()
    commands = {command.title: command for command, _ in menu_commands(menu)}
    commands["Show the numbers"].do()
    closed(qtbot, swish)


def test_the_letter_is_a_letter_in_a_text(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 4)
    swish.editor.setFocus()
    QTest.keyClick(swish.editor, Key.Key_N)
    assert swish.editor.toPlainText().count("n") == SWISH.count("n") + 1
    assert not swish.actions_.numbers.isChecked()


def test_what_forward_saved_stands_beside_it(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_N)
    opened(qtbot, swish, 4)
    table = swish.details.saved
    assert table.isVisible()
    x, w = table.rows
    assert (x.name, x.as_, x.bytes, x.line) == ("x", "other", 16, 3)
    assert (w.name, w.is_kept, w.bytes) == ("w", False, 0)
    assert table.accessibleDescription().startswith("x: saved as other, 16 bytes; ")
    height = table.height()
    with qtbot.waitSignal(swish.graph.layoutFinished, timeout=TIMEOUT):
        swish.resize(1000, 700)  # "would only be needed for" takes two lines
    assert table.height() == height + 12
    QTest.mouseClick(table, LEFT, pos=QPoint(40, 44))
    assert swish.editor.textCursor().blockNumber() == 2
    QTest.keyClick(swish.graph, Key.Key_N)
    closed(qtbot, swish)
    assert not table.isVisible()


def test_the_ring_of_an_open_leaf_has_the_corners_of_a_card(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press
) -> None:
    window.load_text(SWISH)
    press_run_and_see()
    go_to(qtbot, window, 5)
    window.actions_.numbers.trigger()
    assert opened(qtbot, window, 5).step.grad_fn == "AccumulateGrad"
    leaf = window.graph.scene.roomy
    assert leaf is not None
    assert leaf.tensor is not None
    assert leaf.radius < leaf.rect.height() / 8


def test_a_folded_group_unfolds_for_the_step_in_it(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press
) -> None:
    window.load_text(LAYERS)
    press_run_and_see()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()
    go_to(qtbot, window, 2)
    window.actions_.numbers.trigger()
    linear = opened(qtbot, window, 2).step.operation
    assert window.graph.scene.nodes[node(window)].operations == (linear,)
    QTest.keyClick(window.graph, Key.Key_F8)
    assert opened(qtbot, window, 3).step.grad_fn == "AccumulateGrad"
    assert window.graph.scene.nodes[node(window)].operations == (linear,), "it shows the parameter"
    window.actions_.fold_all.trigger()
    closed(qtbot, window)
    QTest.keyClick(window.graph, Key.Key_F8)
    opened(qtbot, window, 4)


def test_a_program_with_effects_is_not_run_again(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press, tmp_path: Path
) -> None:
    path = tmp_path / "runs.txt"
    window.load_text(f"{SWISH}\nwith open({str(path)!r}, 'a') as log:\n    log.write('run ')")
    press_run_and_see()
    go_to(qtbot, window, 4)
    QTest.keyClick(window.graph, Key.Key_N)
    problem = opened(qtbot, window, 4).step.problem
    assert problem == "Line 11 has effects outside the program (open): it is not run again."
    assert path.read_text() == "run "
    assert problem in window.graph.accessibleDescription()


def test_stop_ends_it_while_it_waits_for_another_hidden_run(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press
) -> None:
    window.load_text(SWISH.replace("a = w", "import time; time.sleep(1)\na = w"))
    press_run_and_see()
    go_to(qtbot, window, 4)
    window.actions_.nudge.trigger()
    nudges = window.nudge_tab.nudges
    qtbot.waitUntil(lambda: nudges.is_running, timeout=TIMEOUT)
    window.graph.setFocus()
    QTest.keyClick(window.graph, Key.Key_N)
    qtbot.waitUntil(lambda: window.graph.opened is not None, timeout=TIMEOUT)
    assert window.graph.opened.waits  # type: ignore[union-attr]
    window.actions_.stop.trigger()
    problem = opened(qtbot, window, 4).step.problem
    assert problem == "Stopped. Run again to get the other numbers."
    qtbot.waitUntil(lambda: not nudges.is_running, timeout=TIMEOUT)
    assert nudges.panel.message.text() == "Stopped."


def test_another_run_closes_it_and_comes_first(
    qtbot: QtBot, swish: MainWindow, press_run_and_see: Press
) -> None:
    go_to(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_N)  # its hidden run may have begun
    swish.load_text(SWISH.replace("a * s", "a + s"))
    swish.editor.setFocus()
    press_run_and_see()
    closed(qtbot, swish)
    assert swish.workspace.is_at_end
    go_to(qtbot, swish, 2)
    assert opened(qtbot, swish, 2).step.grad_fn == "AddBackward0"


def test_a_scene_keeps_whether_the_numbers_are_shown(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_N)
    opened(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_K)
    qtbot.waitUntil(lambda: len(swish.scenes.all) == 1)
    swish.graph.setFocus()
    QTest.keyClick(swish.graph, Key.Key_N)
    closed(qtbot, swish)
    go_to(qtbot, swish, 2)
    QTest.keyClick(swish.graph, Key.Key_K)
    qtbot.waitUntil(lambda: len(swish.scenes.all) == 2)
    cards = swish.scene_strip.cards
    QTest.mouseClick(cards, LEFT, pos=cards.rect_of(0).center())
    opened(qtbot, swish, 4)
    assert swish.graph.rect().contains(
        swish.graph.camera.rect_to_widget(swish.graph.node_rect(node(swish))).toRect()
    )
    QTest.mouseClick(cards, LEFT, pos=cards.rect_of(1).center())
    closed(qtbot, swish)


def test_it_opens_while_presenting_and_esc_closes_it_first(qtbot: QtBot, swish: MainWindow) -> None:
    go_to(qtbot, swish, 4)
    swish.actions_.present.trigger()
    swish.timeline.setFocus()
    QTest.keyClick(swish.timeline, Key.Key_N)
    opened(qtbot, swish, 4)
    QTest.keyClick(swish.graph, Key.Key_Escape)
    closed(qtbot, swish)
    assert swish.presentation.is_on
    swish.actions_.present.trigger()
