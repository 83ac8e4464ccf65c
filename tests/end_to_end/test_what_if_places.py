"""What-if at a place: the switch in the margin, the bar, edits of the text meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.contract.records import Change, Trace
from app.drawing.frames import switching
from app.gui.graph.painting.canvas import box_of
from app.gui.graph.scenes.scene import PlacedFrame
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from app.gui.panels.gradients.model import LINE_ROLE
from app.gui.panels.gradients.rows import GradientColumn
from app.session.graph.payloads import ModeSwitch

TEXT = """import torch
from torch import nn

enc = nn.Linear(2, 4)
net = nn.Sequential(
    nn.Linear(4, 4), nn.Dropout(0.5),
    nn.Linear(4, 2))
x = torch.randn(3, 2)

with torch.no_grad():
    h = enc(x)
y = net(h)
loss = y.pow(2).mean()
loss.backward()
"""
Press = Callable[[], Trace]
CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


def pills(window: MainWindow) -> list[str]:
    return [pill.text() for pill in window.what_if_bar.pills]


def place_of_switch(window: MainWindow, number: int) -> QPoint:
    gutter = window.editor.gutter
    line = next(one for one in window.editor.visible_lines() if one.number == number)
    return gutter._switch_place(line).center().toPoint()


@pytest.fixture
def changed(qtbot: QtBot, window: MainWindow) -> Callable[[Callable[[], object]], Trace]:
    """Does something that changes the runs, and waits for the run that follows by itself."""

    def do(work: Callable[[], object]) -> Trace:
        with qtbot.waitSignal(window.traceReady, timeout=60_000) as ready:
            work()
        assert ready.args is not None
        trace = ready.args[0]
        assert isinstance(trace, Trace)
        return trace

    return do


@pytest.fixture
def ran(qtbot: QtBot, window: MainWindow, press_run_and_see: Press) -> Trace:
    window.load_text(TEXT)
    qtbot.waitUntil(lambda: 10 in window.editor.switches)
    return press_run_and_see()


def put_caret(window: MainWindow, line: int) -> None:
    window.editor.setTextCursor(QTextCursor(window.editor.sheet.block(line)))


def test_a_click_in_the_margin_leaves_the_line_out(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace], qtbot: QtBot
) -> None:
    assert not window.what_if_bar.isVisible()
    gutter, place = window.editor.gutter, place_of_switch(window, 10)
    QTest.mouseMove(gutter, place)
    trace = changed(lambda: QTest.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=place))
    assert [one.change.target for one in trace.run.what_if] == ["10"]
    assert trace.snippet.text == TEXT
    assert window.editor.sheet.text == TEXT
    assert not window.documents.is_modified
    assert window.what_if_bar.isVisible()
    assert pills(window) == ["line 10: no_grad off"]
    mark = window.editor.sheet.mark(10)
    assert mark is not None
    assert mark.note == "off for this run"
    inside, after = window.editor.sheet.mark(11), window.editor.sheet.mark(12)
    assert inside is not None
    assert inside.is_off
    assert after is not None
    assert not after.is_off
    assert not window.graph.is_outdated
    written = window.gradients.table.model().index(0, 0).data(LINE_ROLE)
    assert written.said == "None: only used in no_grad"
    assert (written.glyph, written.tone) == ("no_grad", "no_grad")
    back = changed(lambda: window.what_if_bar.pills[0].click())
    assert back.run.what_if == []
    assert not window.what_if_bar.isVisible()


def test_a_text_that_takes_over_the_tab_has_no_changes(
    window: MainWindow,
    ran: Trace,
    changed: Callable[[Callable[[], object]], Trace],
    press_run_and_see: Press,
    tmp_path: Path,
) -> None:
    place = place_of_switch(window, 10)
    changed(lambda: QTest.mouseClick(window.editor.gutter, Qt.MouseButton.LeftButton, pos=place))
    path = tmp_path / "other.py"
    path.write_text(TEXT + "print('other')\n")
    window.documents.open(path)
    assert len(window.documents.tabs) == 1
    assert not window.what_if_bar.isVisible()
    trace = press_run_and_see()
    assert trace.snippet.path == str(path)
    assert trace.run.what_if == []


def test_the_old_picture_pales_until_the_run(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    pale: list[bool] = []

    def press() -> None:
        put_caret(window, 10)
        QTest.keyClick(window.editor, Qt.Key.Key_W, CONTROL_ALT)
        pale.append(window.graph.is_outdated and window.what_if.text == "Running what if")

    changed(press)
    assert pale == [True]
    assert not window.graph.is_outdated


def test_a_change_taken_back_at_once_runs_nothing(window: MainWindow, ran: Trace) -> None:
    put_caret(window, 10)
    window.actions_.leave_out.trigger()
    window.actions_.leave_out.trigger()
    assert not window.graph.is_outdated
    assert not window.changing._pause.isActive()
    assert not window.what_if_bar.isVisible()


def test_only_lines_that_say_something_can_be_left_out(window: MainWindow, ran: Trace) -> None:
    put_caret(window, 11)
    assert not window.actions_.leave_out.isEnabled()
    put_caret(window, 10)
    assert window.actions_.leave_out.isEnabled()


def test_the_change_follows_its_line_through_edits_and_undo(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace], qtbot: QtBot
) -> None:
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    put_caret(window, 4)
    QTest.keyClicks(window.editor, "a = 1")
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    assert pills(window) == ["line 11: no_grad off"]
    window.actions_.undo.trigger()
    assert pills(window) == ["line 10: no_grad off"]
    put_caret(window, 10)
    QTest.keyClick(window.editor, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier
                   | Qt.KeyboardModifier.ShiftModifier)  # fmt: skip
    qtbot.waitUntil(lambda: bool(window.what_if_bar.pills[0].listed.problem))
    assert "no longer says anything" in window.what_if_bar.pills[0].listed.problem
    window.actions_.undo.trigger()
    qtbot.waitUntil(lambda: not window.what_if_bar.pills[0].listed.problem)
    assert pills(window) == ["line 10: no_grad off"]
    assert window.editor.switched_off == {10}


def test_changes_belong_to_the_tab(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    window.documents.new()
    assert not window.what_if_bar.isVisible()
    assert not window.editor.switched_off
    window.documents.step(-1)
    assert window.what_if_bar.isVisible()
    assert window.editor.switched_off == {10}


def test_a_mode_is_one_of_the_changes(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    mode = window.toolbar.mode

    def choose() -> None:
        mode.choose("inference")
        mode.activated.emit(0)

    changed(choose)
    assert pills(window) == ["inference_mode everywhere"]
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    assert pills(window) == ["inference_mode everywhere", "line 10: no_grad off"]
    trace = changed(window.actions_.reset_what_if.trigger)
    assert trace.run.what_if == []
    assert mode.value == "as-written"


def test_compare_pins_the_run_as_written(
    qtbot: QtBot, window: MainWindow, ran: Trace,
    changed: Callable[[Callable[[], object]], Trace],
) -> None:  # fmt: skip
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    assert window.actions_.compare_what_if.isEnabled()
    window.actions_.compare_what_if.trigger()
    qtbot.waitUntil(lambda: window.comparing.pinned is not None)
    pinned = window.comparing.pinned
    assert pinned is not None
    assert pinned.trace.run.what_if == []
    assert pinned.trace.operations[0].line == 4
    window.comparing.unpin()


def test_a_program_that_fails_under_the_change_says_so(
    window: MainWindow, changed: Callable[[Callable[[], object]], Trace], qtbot: QtBot,
    press_run_and_see: Press,
) -> None:  # fmt: skip
    window.load_text(
        "import torch\nw = torch.ones(2, requires_grad=True)\n(w * 2).sum().backward()\n"
        "with torch.no_grad():\n    w -= 0.1 * w.grad\n"
    )
    qtbot.waitUntil(lambda: 4 in window.editor.switches)
    press_run_and_see()
    put_caret(window, 4)
    trace = changed(window.actions_.leave_out.trigger)
    assert trace.run.status == "raised"
    assert "a leaf Variable that requires grad" in window.banner.text
    assert "Reset the what-if" in window.banner.text
    assert pills(window) == ["line 4: no_grad off"]


def test_what_acts_outside_waits_for_run(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press
) -> None:
    window.load_text(TEXT + "import os\nos.remove('nothing') if False else None\n")
    qtbot.waitUntil(lambda: 10 in window.editor.switches)
    press_run_and_see()
    put_caret(window, 10)
    with qtbot.waitSignal(window.controller.held):
        window.actions_.leave_out.trigger()
    assert window.banner.text.startswith("The what-if waits: line 16 calls os.remove().")
    assert window.graph.is_outdated
    assert [one.target for one in press_run_and_see().run.what_if] == ["10"]


# ------------------------------------------------------------------------------- the gradients


def state_of(window: MainWindow, name: str) -> QPoint:
    """The place of the state in the row of a parameter or a group."""
    table = window.gradients.table
    model = table.model()
    for row in range(model.rowCount()):
        if model.index(row, GradientColumn.LEAF).data() == name:
            index = model.index(row, GradientColumn.REQUIRES)
            table.scrollTo(index)
            return table.visualRect(index).center()
    raise AssertionError(name)


def click_state(window: MainWindow, name: str) -> None:
    table = window.gradients.table
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=state_of(window, name))


def spoken(window: MainWindow) -> dict[str, str]:
    """What a screen reader says of the state of each row, by the row's name."""
    model, role = window.gradients.table.model(), Qt.ItemDataRole.AccessibleTextRole
    return {
        model.index(row, 0).data(): model.index(row, GradientColumn.REQUIRES).data(role)
        for row in range(model.rowCount())
    }


def test_a_click_on_the_state_freezes(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    trace = changed(lambda: click_state(window, "net.2.weight"))
    assert pills(window) == ["net.2.weight frozen"]
    grads = {row.name: row.grad is None for row in trace.gradients}
    assert grads["net.2.weight"]
    assert not grads["net.2.bias"]
    assert spoken(window)["net.2.weight"] == "frozen"
    model = window.gradients.table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in GradientColumn]
    assert titles[GradientColumn.WHY] == "As written"
    whys = {
        model.index(row, 0).data(): model.index(row, GradientColumn.WHY).data()
        for row in range(model.rowCount())
    }
    assert whys["net.2.weight"].endswith("; now frozen by the what-if")
    assert float(whys["net.2.bias"]) > 0
    assert whys["enc.bias"].startswith("None: only used in no_grad")
    assert window.inspector.page == InspectorPage.WHAT_IF
    counted = {one.title: one for one in window.what_it_changed.measures.measures}
    assert counted["Leaves with a .grad"].first == "4 of 6"
    assert counted["Leaves with a .grad"].second == "3 of 6"
    changed(lambda: click_state(window, "net.2.weight"))
    assert pills(window) == []


def test_space_and_the_menu_hold_the_selection(
    window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    table = window.gradients.table
    table.setFocus()
    table.selectRow(2)
    table.selectionModel().select(
        table.model().index(3, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )
    changed(lambda: QTest.keyClick(table, Qt.Key.Key_Space))
    assert pills(window) == ["net.0.weight frozen", "net.0.bias frozen"]


FROZEN = """import torch
encoder = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(6)])
encoder.requires_grad_(False)
"""


def test_a_module_frozen_in_another_file_is_let_go(
    window: MainWindow, changed: Callable[[Callable[[], object]], Trace], press_run_and_see: Press,
    tmp_path: Path,
) -> None:  # fmt: skip
    (tmp_path / "frozen_part.py").write_text(FROZEN)
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\nfrom frozen_part import encoder\nhead = torch.nn.Linear(2, 1)\n"
        "head(encoder(torch.ones(3, 2))).sum().backward()\n"
    )
    window.open_paths(path)
    press_run_and_see()
    assert spoken(window)["encoder"] == "frozen"
    trace = changed(lambda: click_state(window, "encoder"))
    assert pills(window) == ["encoder unfrozen"]
    assert all(row.grad is not None for row in trace.gradients)
    assert len(trace.run.what_if[0].matched) == 12


def test_changes_are_written_into_the_text(
    qtbot: QtBot, window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    changed(lambda: click_state(window, "net.2.weight"))
    write = window.actions_.write_what_if
    qtbot.waitUntil(write.isEnabled)
    trace = changed(write.trigger)
    assert trace.run.what_if == []
    assert "no_grad" not in window.editor.sheet.text
    assert "net[2].weight.requires_grad_(False)\n" in window.editor.sheet.text
    assert not window.what_if_bar.isVisible()
    assert next(row for row in trace.gradients if row.name == "net.2.weight").grad is None
    window.actions_.undo.trigger()
    assert window.editor.sheet.text == TEXT
    window.actions_.undo_what_if.trigger()
    qtbot.waitUntil(lambda: 10 in window.editor.switches)
    assert pills(window) == ["line 10: no_grad off", "net.2.weight frozen"]
    assert not any(pill.listed.problem for pill in window.what_if_bar.pills)


def test_what_torch_refuses_is_on_the_pill(
    window: MainWindow,
    press_run_and_see: Press,
    changed: Callable[[Callable[[], object]], Trace],
) -> None:
    window.load_text(
        "import torch\nfrom torch import nn\nnet = nn.Linear(2, 2)\n"
        "net.steps = nn.Parameter(torch.tensor([1]), requires_grad=False)\nnet.steps + 1\n"
    )
    press_run_and_see()
    changed(lambda: window.changing.set((Change("unfreeze", "net.steps"),)))
    refused = "--unfreeze net.steps had no effect: only Tensors of floating point"
    assert window.what_if_bar.pills[0].listed.problem.startswith(refused)
    assert refused in window.what_if.toolTip()


# ---------------------------------------------------------------------------- undone and redone


def test_ctrl_z_in_the_bar_undoes_changes_and_not_the_text(
    qtbot: QtBot, window: MainWindow, ran: Trace
) -> None:
    put_caret(window, 4)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    window.changing.set((Change("freeze", "enc"),))
    window.changing.set((Change("freeze", "enc"), Change("eval", "net")))
    text, control = window.editor.sheet.text, Qt.KeyboardModifier.ControlModifier
    qtbot.waitUntil(lambda: window.what_if_bar.pills[0].isVisible())
    window.what_if_bar.pills[0].setFocus()
    press(Qt.Key.Key_Z, control)
    assert pills(window) == ["enc frozen"]
    press(Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert pills(window) == ["enc frozen", "net in eval"]
    assert not window.actions_.redo_what_if.isEnabled()
    window.actions_.reset_what_if.trigger()
    assert window.editor.hasFocus()
    press(Qt.Key.Key_Z, CONTROL_ALT)
    assert pills(window) == ["enc frozen", "net in eval"]
    press(Qt.Key.Key_Z, CONTROL_ALT)
    press(Qt.Key.Key_Z, CONTROL_ALT)
    assert pills(window) == []
    assert not window.actions_.undo_what_if.isEnabled()
    press(Qt.Key.Key_Z, CONTROL_ALT | Qt.KeyboardModifier.ShiftModifier)
    assert pills(window) == ["enc frozen"]
    window.changing.set(())
    assert not window.actions_.redo_what_if.isEnabled()
    assert window.editor.sheet.text == text
    window.documents.new()
    assert not window.actions_.undo_what_if.isEnabled()


def test_what_is_undone_follows_its_line_through_edits(
    qtbot: QtBot, window: MainWindow, ran: Trace
) -> None:
    put_caret(window, 10)
    window.actions_.leave_out.trigger()
    window.actions_.reset_what_if.trigger()
    put_caret(window, 4)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: 11 in window.editor.switches)
    window.actions_.undo_what_if.trigger()
    assert pills(window) == ["line 11: no_grad off"]
    window.actions_.undo_what_if.trigger()
    put_caret(window, 4)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    window.actions_.redo_what_if.trigger()
    assert pills(window) == ["line 12: no_grad off"]


# -------------------------------------------------------------------------------- the keyboard


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def focused_name() -> str:
    focused = QApplication.focusWidget()
    return "" if focused is None else focused.accessibleName() or focused.property("text")


def test_f6_leads_to_the_bar_and_tab_through_it(
    qtbot: QtBot, window: MainWindow, ran: Trace, changed: Callable[[Callable[[], object]], Trace]
) -> None:
    put_caret(window, 10)
    changed(window.actions_.leave_out.trigger)
    qtbot.waitUntil(window.actions_.write_what_if.isEnabled)
    window.toolbar.search.setFocus()
    press(Qt.Key.Key_F6)
    assert QApplication.focusWidget() is window.what_if_bar.pills[0]
    passed = []
    for _ in range(4):
        passed.append(focused_name())
        press(Qt.Key.Key_Tab)
    assert passed == [
        "line 10: no_grad off: take it back", "Write into the text", "Compare", "Reset all",
    ]  # fmt: skip


def test_the_next_pill_has_the_keys_where_one_was_taken_away(
    window: MainWindow, ran: Trace
) -> None:
    changes = tuple(Change("freeze", name) for name in ("enc", "net.0", "net.2"))
    window.changing.set(changes)
    bar = window.what_if_bar
    bar.pills[1].setFocus()
    for left in (["enc", "net.2"], ["enc"]):
        press(Qt.Key.Key_Space)
        assert [pill.listed.change.target for pill in bar.pills] == left
        assert QApplication.focusWidget() is bar.pills[-1]
    press(Qt.Key.Key_Space)
    assert not bar.isVisible()
    assert window.editor.hasFocus()


def test_reset_all_leads_to_the_text(window: MainWindow, ran: Trace) -> None:
    window.changing.set((Change("freeze", "enc"), Change("freeze", "net.0")))
    bar = window.what_if_bar
    (reset,) = (one for one in bar.findChildren(QToolButton) if one.text() == "Reset all")
    reset.setFocus()
    press(Qt.Key.Key_Space)
    assert not bar.isVisible()
    assert window.editor.hasFocus()


def test_where_there_is_no_room_the_keys_go_to_the_list_of_the_others(
    qtbot: QtBot, window: MainWindow, ran: Trace
) -> None:
    window.resize(1024, 680)
    names = [f"net.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")]
    window.changing.set(tuple(Change("freeze", name) for name in (*names, "enc.weight")))
    more = window.what_if_bar.findChild(QToolButton, "moreChanges")
    assert more is not None
    qtbot.waitUntil(more.isVisible)
    shown = [pill for pill in window.what_if_bar.pills if pill.isVisible()]
    shown[-1].setFocus()
    press(Qt.Key.Key_Tab)
    assert more.hasFocus()
    hidden = len(window.what_if_bar.pills) - len(shown)
    for _ in range(hidden):
        more.menu().actions()[0].trigger()
        assert QApplication.focusWidget() in (more, window.what_if_bar.pills[-1])
    assert not more.isVisible()


# ----------------------------------------------------------------------------------- the graph

MODES = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 2)
    def forward(self, x):
        return self.head(self.body(x))

net = Net()
net.train()
loss = net(torch.randn(3, 4)).pow(2).mean()
loss.backward()
"""


def switch_of(window: MainWindow, module: str) -> PlacedFrame:
    """The frame of a module with a switch between train and eval."""
    return next(
        frame for frame in window.graph.scene.frames
        if frame.item.switch is not None and frame.item.switch.module == module
    )  # fmt: skip


def test_a_module_is_put_into_eval_in_its_header(
    qtbot: QtBot, window: MainWindow, press_run_and_see: Press,
    changed: Callable[[Callable[[], object]], Trace],
) -> None:  # fmt: skip
    window.load_text(MODES)
    press_run_and_see()
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=60_000):
        window.actions_.unfold_all.trigger()
    frame = switch_of(window, "net.body")
    assert frame.item.switch == ModeSwitch("net.body", True, False)
    place = switching(frame.item, box_of(frame.rect))
    assert place is not None
    graph = window.graph
    at = graph.camera.to_widget(QPointF(*place.eval.center)).toPoint()
    assert graph.rect().contains(at)

    with qtbot.waitSignal(window.graph.layoutFinished, timeout=60_000):
        trace = changed(lambda: QTest.mouseClick(graph, Qt.MouseButton.LeftButton, pos=at))
    assert pills(window) == ["net.body in eval"]
    modes = {module.path: module.training for module in trace.modules}
    assert modes["net.body.1"] is False
    assert modes["net.head"] is True
    assert switch_of(window, "net.body").item.switch == ModeSwitch("net.body", False, True)
    dropout = next(op for op in trace.operations if op.name == "dropout")
    assert dropout.reason == "unchanged"
    window.workspace.select_operation(dropout.id)
    trace = changed(window.actions_.hold_train.trigger)
    assert pills(window) == ["net.body in eval", "net.body.2 in train"]
    dropout = next(op for op in trace.operations if op.name == "dropout")
    assert dropout.status == "recorded"


def test_a_module_is_held_only_where_one_is_selected(window: MainWindow, ran: Trace) -> None:
    assert not window.actions_.hold_eval.isEnabled()
    window.workspace.select_operation(ran.operations[0].id)
    linear = next(op for op in ran.operations if op.name == "linear")
    window.workspace.select_operation(linear.id)
    assert window.actions_.hold_eval.isEnabled()
