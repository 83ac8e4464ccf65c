"""The timeline in the real window: every part shows what was so at the moment it is at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.rows import GradientColumn
from app.gui.panels.timeline.panel import Timeline
from app.session.graph.payloads import GroupItem, OperationItem
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def trace(window: MainWindow, press_run_and_see: Callable[[], Trace]) -> Trace:
    window.load_text(THREE_LAYERS)
    return press_run_and_see()


@pytest.fixture
def timeline(window: MainWindow, trace: Trace) -> Timeline:
    window.timeline.setFocus()
    return window.timeline


def states(window: MainWindow) -> dict[str, tuple[str, str]]:
    """What the table says of each `.grad`, and why."""
    model = window.gradients.table.model()
    return {
        model.index(row, GradientColumn.LEAF).data(): (
            model.index(row, GradientColumn.GRAD).data(),
            model.index(row, GradientColumn.WHY).data(),
        )
        for row in range(model.rowCount())
    }


def test_a_run_is_shown_as_a_whole(window: MainWindow, timeline: Timeline) -> None:
    assert window.replay.transport.text == "after step 11 of 11"
    assert states(window)["lin2.bias"] == ("[2.0, 2.0]", "reached on line 13")


def test_keys_walk_through_the_run(window: MainWindow, timeline: Timeline) -> None:
    QTest.keyClick(timeline, Key.Key_Home)
    assert window.replay.transport.text == "before step 1 of 11"
    told = []
    for _ in range(11):
        QTest.keyClick(timeline, Key.Key_Right)
        told.append(window.replay.transport.text)
    assert told == [
        "step 1 of 11: linear :8",
        "step 2 of 11: torch.no_grad()  lines 9–10",
        "step 3 of 11: linear :10",
        "step 4 of 11: torch.no_grad()  lines 9–10",
        "step 5 of 11: linear :11",
        "step 6 of 11: sum :12",
        "backward step 1 of 5: SumBackward0",
        "backward step 2 of 5: AddmmBackward0",
        "backward step 3 of 5: lin2.bias",
        "backward step 4 of 5: TBackward0",
        "backward step 5 of 5: lin2.weight",
    ]
    QTest.keyClick(timeline, Key.Key_Right)
    assert window.replay.transport.text == "after step 11 of 11"
    QTest.keyClick(timeline, Key.Key_Left)
    assert timeline.position == 11
    QTest.keyClick(timeline, Key.Key_End)
    assert timeline.position == 12


def test_at_the_end_nothing_is_said_to_run(window: MainWindow, timeline: Timeline) -> None:
    QTest.keyClick(timeline, Key.Key_Home)
    QTest.keyClick(timeline, Key.Key_Right)
    assert window.details.title == "linear"
    QTest.keyClick(timeline, Key.Key_End)
    assert window.details.title == "Details"


def test_the_table_shows_each_grad_as_it_was(window: MainWindow, timeline: Timeline) -> None:
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(1))
    assert states(window)["lin2.bias"] == ("None", "no backward() yet")
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(8))
    assert states(window)["lin2.bias"] == ("waiting", "due in step 3")
    assert window.gradients.header.note == "0 of 7 filled"
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(9))
    assert states(window)["lin2.bias"] == ("[2.0, 2.0]", "filled in step 3")
    assert states(window)["lin2.weight"] == ("waiting", "due in step 5")
    assert states(window)["lin0.weight"] == ("None", "cut by no_grad, line 9")
    assert window.gradients.header.note == "1 of 7 filled"


def test_the_words_tell_what_happens(window: MainWindow, timeline: Timeline) -> None:
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(8))
    texts = window.words.texts
    assert texts[0] == (
        "Step 8 of 11, backward: AddmmBackward0 of lin2(x2), line 11: gradient [2, 2], norm 2.00."
    )
    assert texts[1] == "Forward kept x2 for this step: 16 bytes."
    assert texts[2] == "Still to come: lin2.bias in step 3 and lin2.weight in step 5."
    assert window.details.title == "AddmmBackward0"
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(9))
    assert window.words.texts[1] == "Filled so far: lin2.bias."
    QTest.keyClick(timeline, Key.Key_End)
    texts = window.words.texts
    assert texts[0].startswith("Trains 0 of 6 parameters.")
    assert texts[1] == "3 of 4 operations were recorded."


def test_the_picture_is_that_of_the_moment(
    qtbot: QtBot, window: MainWindow, timeline: Timeline
) -> None:
    def picture() -> bytes:
        qtbot.waitUntil(lambda: not window.graph.is_gliding, timeout=TIMEOUT)
        image = window.graph.grab().toImage()
        return bytes(image.constBits())

    def settled(position: int) -> bytes:
        with qtbot.waitSignal(window.graph.filled, timeout=TIMEOUT):
            window.workspace.go_to(position)
        return picture()

    whole = picture()
    seen = [settled(position) for position in range(12)]
    assert len({whole, *seen}) == 13
    # step by step, when only parts are painted again, it becomes the same as in one go
    assert [settled(position) for position in (0, 7, 8, 9)] == [seen[n] for n in (0, 7, 8, 9)]
    assert settled(12) == whole


def test_the_slider_can_be_dragged(window: MainWindow, timeline: Timeline) -> None:
    start = timeline.handle_point()
    QTest.mousePress(timeline, LEFT, pos=start)
    to = QPoint(round(timeline.scale.x(4)), start.y())
    QTest.mouseMove(timeline, to)
    assert timeline.position == 4
    QTest.mouseMove(timeline, QPoint(0, start.y()))
    assert timeline.position == 0
    QTest.mouseMove(timeline, QPoint(timeline.width(), start.y()))
    QTest.mouseRelease(timeline, LEFT, pos=QPoint(timeline.width(), start.y()))
    assert timeline.position == 12


def test_playing_goes_on_to_the_end(qtbot: QtBot, window: MainWindow, timeline: Timeline) -> None:
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(10))
    QTest.keyClick(timeline, Key.Key_Space)
    assert window.replay.is_playing
    assert window.actions_.play.text() == "Stop p&laying"
    assert timeline.position == 11
    qtbot.waitUntil(lambda: not window.replay.is_playing, timeout=TIMEOUT)
    assert timeline.position == 12


def test_playing_can_be_stopped_and_begins_anew_at_the_end(
    window: MainWindow, timeline: Timeline
) -> None:
    QTest.keyClick(timeline, Key.Key_Space)
    assert timeline.position == 1
    QTest.keyClick(timeline, Key.Key_Space)
    assert not window.replay.is_playing
    QTest.keyClick(timeline, Key.Key_Space)
    QTest.keyClick(timeline, Key.Key_Right)  # whoever takes over ends the playing
    assert not window.replay.is_playing
    assert timeline.position == 3


def test_buttons_and_menu_step(window: MainWindow, timeline: Timeline) -> None:
    buttons = window.replay.transport.findChildren(QToolButton)
    first, back, _, onward, last = buttons
    assert not onward.isEnabled()
    QTest.mouseClick(back, LEFT)
    assert timeline.position == 11
    QTest.mouseClick(first, LEFT)
    assert timeline.position == 0
    assert not first.isEnabled()
    QTest.mouseClick(onward, LEFT)
    assert timeline.position == 1
    window.editor.setFocus()
    QTest.keyClick(window.editor, Key.Key_F8)
    assert timeline.position == 2
    QTest.keyClick(window.editor, Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    assert timeline.position == 1
    QTest.mouseClick(last, LEFT)
    assert timeline.position == 12


def test_other_steps_leave_the_moment_where_it_is(
    qtbot: QtBot, window: MainWindow, timeline: Timeline
) -> None:
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(8))
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.hide_setup.trigger()
    assert window.replay.transport.text == "backward step 2 of 5: AddmmBackward0"
    assert timeline.position > 8


def test_another_text_has_no_timeline(window: MainWindow, timeline: Timeline) -> None:
    QTest.keyClick(timeline, Key.Key_Home)
    window.load_text("import torch\n")
    assert timeline.lanes is None
    assert window.replay.transport.text == ""
    assert not window.actions_.play.isEnabled()
    QTest.keyClick(timeline, Key.Key_Right)
    assert timeline.position == 0


def test_a_loop_with_an_optimizer(
    window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(
        "import torch\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "opt = torch.optim.SGD([w], lr=0.5)\n"
        "for _ in range(2):\n"
        "    opt.zero_grad()\n"
        "    (w * w).sum().backward()\n"
        "    opt.step()\n"
    )
    press_run_and_see()
    timeline = window.timeline
    timeline.setFocus()
    QTest.keyClick(timeline, Key.Key_Home)
    told: dict[str, list[tuple[str, str] | None]] = {}
    while "after step" not in window.replay.transport.text:
        QTest.keyClick(timeline, Key.Key_Right)
        text = window.replay.transport.text.partition(": ")[2]
        told.setdefault(text, []).append(states(window).get("w"))
    assert told["w"] == [("[2.0, 2.0]", "filled in step 3"), ("all zero", "filled in step 3")]
    assert told["optimizer step"][0] == ("[2.0, 2.0]", "reached on line 6")
    assert told["w.grad = None"] == [("None", "cleared, line 5")]


def test_the_legend_tells_of_edges_still_to_be_passed(
    window: MainWindow, timeline: Timeline
) -> None:
    def words() -> list[str]:
        parts = window.graph.legend.findChildren(QWidget)
        return [
            p.accessibleName() for p in parts if p.isVisible() and "gradient" in p.accessibleName()
        ]

    button = window.graph.legend_line.findChild(QToolButton, "legendButton")
    assert isinstance(button, QToolButton)
    QTest.mouseClick(button, LEFT)

    assert words() == ["gradient flows back", "gradient is cut"]
    QTest.mouseClick(timeline, LEFT, pos=timeline.point_of(8))
    assert words() == ["gradient has passed", "gradient will pass", "gradient is cut"]
    QTest.keyClick(timeline, Key.Key_End)
    assert words() == ["gradient flows back", "gradient is cut"]


def test_the_graph_follows_into_the_pass_of_a_loop(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> None:
    window.load_text(
        "import torch\n"
        "w = torch.ones(2, requires_grad=True)\n"
        "for step in range(4):\n"
        "    loss = (w * 2).tanh().sum()\n"
        "    loss.backward()\n"
        "    w.grad = None\n"
    )
    trace = press_run_and_see()
    last = [operation.id for operation in trace.operations if operation.name == "tanh"][-1]
    scene = window.graph.scene
    assert len(scene.nodes[scene.node_of[last]].operations) > 1
    assert window.workspace.shown is not None
    moments = window.workspace.shown.history.moments
    made = [moment.operation.id if moment.operation else None for moment in moments]
    window.workspace.go_to(made.index(last) + 1)

    def is_shown() -> bool:
        scene = window.graph.scene
        return len(scene.nodes[scene.node_of[last]].operations) == 1

    qtbot.waitUntil(is_shown, timeout=TIMEOUT)
    assert window.replay.transport.text.endswith("tanh :4")


def test_stepping_before_the_picture_is_there(
    qtbot: QtBot, window: MainWindow, timeline: Timeline, press_run: Callable[[], Trace]
) -> None:
    """The picture of the run before knows nothing of the operations of this one."""
    window.load_text(
        "import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\n"
    )
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        press_run()
        for position in range(window.timeline.position, -1, -1):
            window.workspace.go_to(position)
            window.graph.repaint()
    assert window.replay.transport.text == "before step 1 of 5"


TWO_PASSES = """\
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
x = torch.randn(4, 2)

loss = net(x).sum()
loss.backward()
net.zero_grad()
with torch.no_grad():
    mean = x.mean()
second = (net(x) ** 2).mean()
second.backward()
net.zero_grad()
"""


@pytest.fixture
def told(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Callable[[], Trace]
) -> Callable[[str, str, int], str]:
    """After a run of two passes: the card of the n-th node so called (as `title module`)."""
    window.load_text(TWO_PASSES)
    press_run_and_see()
    graph = window.graph

    def card(title: str, module: str, number: int) -> str:
        keys = [
            key
            for key, node in graph.scene.nodes.items()
            if isinstance(node.item, OperationItem)
            and (node.item.title, node.item.module) == (title, module)
        ]
        graph.zoom_to_nodes([keys[number]])
        qtbot.waitUntil(lambda: not graph.is_gliding)
        at = graph.widget_point_of(keys[number])
        QApplication.sendEvent(graph, QHelpEvent(QEvent.Type.ToolTip, at, graph.mapToGlobal(at)))
        shown = graph.pointing.card.card
        assert shown is not None
        return shown.text

    return card


def end_of(window: MainWindow) -> int:
    lanes = window.timeline.lanes
    assert lanes is not None
    return lanes.end


def step_to(window: MainWindow, words: str, number: int = 0) -> None:
    """Go to the n-th step that the transport bar describes with these words."""
    found = -1
    for position in range(end_of(window)):
        window.workspace.go_to(position)
        found += words in window.replay.transport.text
        if found == number:
            return
    raise AssertionError(words)


def legend(window: MainWindow) -> list[str]:
    """The rows that are shown and are not 0."""
    names = [
        row.accessibleName().removesuffix(", shown")
        for row in window.graph.legend.findChildren(QWidget)
        if row.objectName().startswith("legend_") and not row.isHidden()
    ]
    return [name for name in names if not name.endswith(": 0")]


def of_name(window: MainWindow, line: int, name: str) -> str:
    """What the editor says of a name on a line."""
    explain = window.editor.explainer
    assert explain is not None
    column = TWO_PASSES.split("\n")[line - 1].index(name)
    return explain(line, column)


def test_before_anything_ran_cards_legend_and_editor_say_so(
    window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    window.workspace.go_to(0)
    assert "It has not run yet at this step." in told("linear", "net.0", 0)
    assert "not run yet" in told("linear", "net.0", 0).split("\n")
    assert legend(window) == []
    assert "has no value yet" in of_name(window, 8, "loss")
    assert "[4, 2] float32" in of_name(window, 6, "x")


def test_in_a_forward_pass_nothing_is_known_of_gradients(
    window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    step_to(window, "sum :8")
    card = told("linear", "net.2", 0)
    assert "result of linear" in card
    assert "weight: .grad is None" in card
    assert legend(window) == ["recorded: 4"]
    assert "grad_fn = SumBackward0" in of_name(window, 8, "loss")
    assert "has no value yet" in of_name(window, 13, "second")


def test_in_the_first_pass_cards_tell_what_is_still_to_come(
    window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    step_to(window, "ReluBackward0")
    assert "weight: .grad is set" in told("linear", "net.2", 0)
    assert "weight: .grad has not arrived yet" in told("linear", "net.0", 0)
    assert legend(window) == ["done: 3", "running now: 1", "waiting: 2"]
    window.graph.select_tensors([])
    window.workspace.select_tensor(tensor_of(window, "net.0.weight"))
    assert details_of_grad(window) == ("None", "Due in step 10.")


def test_between_two_passes_what_was_cleared_is_none_again(
    window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    step_to(window, "mean :12")
    assert "weight: .grad is None" in told("linear", "net.2", 0)
    assert "It has not run yet" in told("linear", "net.2", 1)
    assert legend(window) == ["recorded: 4", "no_grad: 1"]
    assert "no grad_fn" in of_name(window, 12, "mean")


def test_in_the_second_pass_the_second_counts(
    window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    step_to(window, "ReluBackward0", 1)
    assert "weight: .grad is set" in told("linear", "net.2", 1)
    assert "weight: .grad has not arrived yet" in told("linear", "net.0", 1)
    assert legend(window) == ["done: 4", "running now: 1", "waiting: 2"]
    window.workspace.go_to(end_of(window))
    assert legend(window) == ["recorded: 9", "no_grad: 1"]
    assert "weight: .grad is None" in told("linear", "net.2", 1)


def test_a_folded_group_says_what_it_held_then(
    qtbot: QtBot, window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.actions_.fold_all.trigger()

    def held() -> Iterator[str]:
        graph = window.graph
        for node in graph.scene.nodes.values():
            if isinstance(node.item, GroupItem):
                qtbot.waitUntil(lambda: not graph.is_gliding)
                at = graph.widget_point_of(node.key)
                event = QHelpEvent(QEvent.Type.ToolTip, at, graph.mapToGlobal(at))
                QApplication.sendEvent(graph, event)
                assert graph.pointing.card.card is not None
                yield graph.pointing.card.card.words

    step_to(window, "ReluBackward0")
    assert list(held()) == ["3 recorded, grads 2/4", "not run yet"]
    step_to(window, "relu :13")
    assert list(held()) == ["3 recorded, grads 0/4", "2 recorded, grads 0/4"]


def tensor_of(window: MainWindow, name: str) -> int:
    prepared = window.workspace.shown
    assert prepared is not None
    return next(tensor.id for tensor in prepared.run.trace.tensors if tensor.name == name)


def details_of_grad(window: MainWindow) -> tuple[str, str]:
    """What the details say of `.grad`, and the sentence below."""
    prepared, then = window.workspace.shown, window.workspace.moment
    assert prepared is not None
    details = prepared.details(("tensor", tensor_of(window, window.details.title)), then)
    assert details is not None
    facts = {fact.label: fact.value for box in details.boxes for fact in box.facts}
    return facts[".grad at this step"], details.text


def test_a_step_of_a_backward_pass_goes_its_way_once(
    qtbot: QtBot, window: MainWindow, told: Callable[[str, str, int], str]
) -> None:
    """Pictures come one after the other for a moment, and then none any more."""
    step_to(window, "AddmmBackward0")
    before = window.workspace.position
    window.graph.fit()
    qtbot.waitUntil(lambda: not window.graph.is_gliding)
    animated = window.graph.style().styleHint(
        QStyle.StyleHint.SH_Widget_Animation_Duration, None, window.graph
    )
    window.workspace.go_to(before)
    QTest.keyClick(window.timeline, Key.Key_Left)
    assert not window.graph.is_gliding
    QTest.keyClick(window.timeline, Key.Key_Right)
    assert window.graph.is_gliding == (animated > 0)
    qtbot.waitUntil(lambda: not window.graph.is_gliding)
    window.workspace.go_to(before + 3)
    assert not window.graph.is_gliding
