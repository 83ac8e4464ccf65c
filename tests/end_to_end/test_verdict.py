"""What trains, as the first line above graph and gradients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.panels.gradients.model import GradientsModel
from app.gui.panels.verdict.bar import VerdictBar
from app.gui.settings import Settings
from tests.tools.answering import SIZE_HINTS

PressRun = Callable[[], Trace]
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
FREEZES = """\
import torch
from torch import nn
net = nn.Sequential(*[nn.Linear(4, 4) for _ in range(25)], nn.Linear(4, 1))
extra = nn.Linear(4, 4)
for p in net[:25].parameters():
    p.requires_grad_(False)
optimizer = torch.optim.SGD(net[25].parameters(), lr=0.1)
loss = (net(torch.ones(2, 4)) + extra(torch.ones(2, 4))).mean()
loss.backward()
optimizer.step()
"""
MANY_PLACES = FREEZES.replace(
    "for p in net[:25].parameters():\n    p.requires_grad_(False)\n",
    "".join(f"net[{n}].requires_grad_(False)\n" for n in range(7)),
).replace("net[25].parameters()", "net[7:].parameters()")
NOTHING = """\
import torch
w = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.Adam([w])
with torch.no_grad():
    loss = (w * 2).sum()
loss.requires_grad_()
loss.backward()
optimizer.step()
"""
ALL = """\
import torch
layer = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
layer(torch.ones(2)).sum().backward()
optimizer.step()
"""


@pytest.fixture
def bar(window: MainWindow) -> VerdictBar:
    return window.verdict_bar


def rows_shown(window: MainWindow) -> set[str]:
    """Return the names of the parameters in the table, in open and closed groups."""
    model = window.gradients.table.model()
    assert isinstance(model, GradientsModel)
    return {row.gradient.name for row in model.rows}


def test_a_text_that_has_not_run_has_no_groups(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    """While it ran for the first time, the open line showed those of the text before."""
    window.load_text(ALL)
    press_run()
    bar.opener.setChecked(True)
    assert bar.groups
    window.documents.new()
    assert bar.groups == []
    assert bar.opener.isHidden()
    assert window.verdict.dock.isHidden()


def test_the_verdict_stands_over_graph_and_gradients(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    assert window.verdict.dock.isHidden()
    window.load_text(FREEZES)
    trace = press_run()
    assert trace.training is not None
    assert bar.isVisible()
    assert bar.text == trace.training.verdict.replace("`", "")
    assert bar.text.startswith("Trains 2 of 54 parameters. 52 do not: 50 are frozen (line 6)")
    left, right = bar.mapTo(window, QPoint(0, 0)), bar.mapTo(window, QPoint(bar.width(), 0))
    assert left.x() == window.graph_header.mapTo(window, QPoint(0, 0)).x()
    assert right.x() == window.gradients.mapTo(window, QPoint(window.gradients.width(), 0)).x()
    assert left.y() < window.gradients.header.mapTo(window, QPoint(0, 0)).y()


def test_a_group_opens_all_its_names_marks_its_nodes_and_filters_the_table(
    qtbot: QtBot, window: MainWindow, bar: VerdictBar, press_run_and_see: PressRun
) -> None:
    window.load_text(FREEZES)
    trace = press_run_and_see()
    assert trace.training is not None
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(100, 20))
    assert [group.names for group in bar.groups] == [[]] * len(trace.training.groups)
    frozen = next(g for g in trace.training.groups if g.state == "frozen")
    shown = bar.groups[trace.training.groups.index(frozen)]
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(200, 16))
    assert shown.names == frozen.names
    assert len(shown.names) == 50
    users = {op.id for op in trace.operations if set(op.inputs) & set(frozen.tensors)}
    assert window.graph.selected_nodes == {window.graph.scene.node_of[user] for user in users}
    assert rows_shown(window) == set(frozen.names)
    assert shown.findChildren(QAbstractScrollArea) == []  # the verdict scrolls as a whole

    extra = next(g for g in trace.training.groups if g.state == "no_step")
    other = bar.groups[trace.training.groups.index(extra)]
    QTest.keyClick(other.opener, Qt.Key.Key_Space)
    assert other.names == ["extra.weight", "extra.bias"]
    assert shown.names == []
    assert rows_shown(window) == {"extra.weight", "extra.bias"}
    assert window.gradients.header.note == "2 of 54 shown"
    QTest.keyClick(other.opener, Qt.Key.Key_Space)
    assert other.names == []
    assert len(rows_shown(window)) == 54
    assert window.graph.selected_nodes == frozenset()


def test_a_reason_can_be_clicked_and_its_place_leads_to_the_line(
    window: MainWindow, bar: VerdictBar, press_run_and_see: PressRun
) -> None:
    window.load_text(FREEZES)
    trace = press_run_and_see()
    assert trace.training is not None
    frozen, extra = bar.chips.chips.values()
    assert [frozen.words, extra.words] == ["50 frozen", "2 not stepped"]
    QTest.mouseClick(frozen.button, Qt.MouseButton.LeftButton)
    group = next(g for g in trace.training.groups if g.state == "frozen")
    assert rows_shown(window) == set(group.names)
    sign = window.gradients.filter.group
    assert sign.isVisible()
    assert sign.text() == "50 frozen"
    assert not bar.opener.isChecked()  # the graph keeps its room
    QTest.keyClick(extra.button, Qt.Key.Key_Space)
    assert rows_shown(window) == {"extra.weight", "extra.bias"}
    assert not frozen.button.isChecked()
    QTest.mouseClick(sign, Qt.MouseButton.LeftButton)
    assert len(rows_shown(window)) == 54
    assert not sign.isVisible()
    assert not extra.button.isChecked()
    assert frozen.link is not None
    QTest.mouseClick(frozen.link, Qt.MouseButton.LeftButton)
    assert window.editor.textCursor().blockNumber() == 5


def test_another_run_shows_all_rows_again(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(FREEZES)
    press_run()
    QTest.mouseClick(next(iter(bar.chips.chips.values())).button, Qt.MouseButton.LeftButton)
    assert len(rows_shown(window)) == 50
    window.load_text(ALL)
    press_run()
    assert rows_shown(window) == {"layer.weight", "layer.bias"}
    assert not window.gradients.filter.group.isVisible()


def test_reasons_without_room_are_counted_and_open_the_verdict(
    qtbot: QtBot, window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(MANY_PLACES)
    press_run()
    chips = list(bar.chips.chips.values())
    assert len(chips) == 8
    seen = [chip for chip in chips if chip.isVisible()]
    assert 0 < len(seen) < 8
    assert seen[-1].geometry().right() < bar.chips.more.x()
    assert bar.chips.more.geometry().right() <= bar.chips.width()
    assert bar.chips.more.text() == f"and {8 - len(seen)} more"
    window.resize(1280, 720)
    QTest.mouseClick(bar.chips.more, Qt.MouseButton.LeftButton)
    assert bar.opener.isChecked()
    qtbot.waitUntil(
        lambda: (
            bar.mapTo(window, QPoint(0, bar.height())).y()
            <= window.graph_header.mapTo(window, QPoint(0, 0)).y() + 1
        )
    )


def test_keys_open_it_and_its_lines_lead_to_the_text(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(FREEZES)
    press_run()
    height = bar.height()
    QTest.keyClick(window.editor, Qt.Key.Key_V, CONTROL_SHIFT)
    assert bar.opener.hasFocus()
    assert bar.height() > height
    bar.groups[1].links[0].click()
    assert window.editor.textCursor().blockNumber() == 5
    QTest.keyClick(window.editor, Qt.Key.Key_V, CONTROL_SHIFT)
    assert bar.height() == height


@pytest.mark.parametrize(("text", "ground"), [(NOTHING, "error"), (ALL, "plain")])
def test_that_nothing_trains_is_an_error(
    window: MainWindow, bar: VerdictBar, press_run: PressRun, text: str, ground: str
) -> None:
    window.load_text(text)
    press_run()
    assert bar.property("verdict") == ground
    assert bar.text.startswith("Trains ")


def test_each_tab_has_its_own_and_a_run_without_parameters_has_none(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(ALL)
    press_run()
    said = bar.text
    QTest.keyClick(window.editor, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.verdict.dock.isHidden()
    QTest.keyClicks(window.editor, "import torch; x = torch.ones(2)")
    press_run()
    assert window.verdict.dock.isHidden()
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, CONTROL_SHIFT)
    assert bar.isVisible()
    assert bar.text == said


def test_a_new_window_shows_neither_the_last_verdict_nor_the_last_lesson(
    qtbot: QtBot, window: MainWindow, settings: Settings, press_run: PressRun
) -> None:
    window.lessons.open_lesson(0)
    press_run()
    assert window.lessons.is_open
    window.close()
    again = MainWindow(settings)
    qtbot.addWidget(again)
    again.restore()
    again.show()
    qtbot.waitExposed(again)
    assert again.verdict.dock.isHidden()
    assert again.lessons.dock.isHidden()
    again.close()


DIVERGING = """import torch
w = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([w], lr=0.1)
for step in range(4):
    y = w.sum() - 2 * step
    y = y.sqrt() if step > 1 else y
    optimizer.zero_grad()
    y.backward()
    optimizer.step()
"""


@SIZE_HINTS
def test_presenting_hides_it_and_leaving_brings_it_back(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    QTest.keyClick(window, Qt.Key.Key_F11)
    window.load_text(ALL)
    press_run()
    assert window.verdict.dock.isHidden()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert bar.isVisible()


def test_gradients_that_hold_nan_are_no_healthy_run(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(ALL.replace(".sum()", '.sum().mul(float("nan"))'))
    press_run()
    assert bar.text.startswith("Trains both parameters")
    assert bar.fault.isVisible()
    assert bar.fault.text() == "A gradient holds NaN"
    assert bar.property("verdict") == "error"
    QTest.mouseClick(bar.fault, Qt.MouseButton.LeftButton)
    assert window.findings.isVisible()
    window.load_text(ALL)
    press_run()
    assert not bar.fault.isVisible()
    assert bar.property("verdict") == "plain"


def test_nan_from_an_iteration_on_is_the_verdict_with_the_operation_that_gave_it_first(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(DIVERGING)
    press_run()
    assert bar.text == "NaN from iteration 3. Trains the only parameter."
    assert bar.fault.text() == "first in y.sqrt() on line 6"
    assert bar.property("verdict") == "error"
    QTest.mouseClick(bar.fault, Qt.MouseButton.LeftButton)
    assert window.findings.isVisible()


def test_a_program_without_an_optimizer_is_not_blamed_for_training_nothing(
    window: MainWindow, bar: VerdictBar, press_run: PressRun
) -> None:
    window.load_text(examples()[0].path.read_text())
    press_run()
    assert bar.text.startswith("backward() reached 2 of 7 leaves. Trains 0 of 6 parameters.")
    assert bar.property("verdict") == "plain"
    window.load_text(examples()[0].path.read_text() + "torch.optim.SGD([x], lr=1)\n")
    press_run()
    assert bar.text.startswith("Trains 0 of ")
    assert bar.property("verdict") == "error"
