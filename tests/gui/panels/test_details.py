"""What the details say, read off real traces; and the boxes, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Tensor
from app.gui.panels.details.facts_box import FactsBox
from app.gui.theme import Theme
from app.session.details.facts import DetailFact, Details, FactTarget
from app.session.details.module import module_details
from app.session.details.operation import operation_details
from app.session.details.pictures import ValuesPicture, picture_of
from app.session.details.tensor import tensor_details
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText

TEXT = """\
import torch
from torch import nn

torch.manual_seed(0)
bn = nn.BatchNorm1d(3)
w = torch.randn(4, 3)
w.requires_grad_()
x = torch.randn(8, 4)
h = bn(x @ w)
col = h[:, 0]
z = torch.ones(2, dtype=torch.complex64)
big = torch.randn(100, 100)
loss = torch.relu(h).sum() + col.sum()
loss.backward()
with torch.no_grad():
    w -= 0.1 * w.grad
bn.eval()
"""


@pytest.fixture
def run(trace: TraceText) -> Run:
    return Run(trace(TEXT))


def tensor(run: Run, name: str) -> Tensor:
    return next(found for found in run.trace.tensors if found.name == name)


def told(details: Details) -> dict[str, list[str]]:
    """Values by label, whatever box they are in."""
    found: dict[str, list[str]] = {}
    for box in details.boxes:
        for fact in box.facts:
            found.setdefault(fact.label, []).append(fact.value)
    return found


def operation_named(run: Run, name: str) -> Details:
    history = History(run, hide_setup=True)
    return operation_details(
        history.at(history.end), next(op for op in run.units if op.name == name)
    )


def test_an_operation(run: Run) -> None:
    details = operation_named(run, "batch_norm")
    facts = told(details)
    assert facts["Called from"] == ["line 9"]
    assert facts["Module"] == ["bn: BatchNorm1d"]
    nodes = {label: values for label, values in facts.items() if label.endswith("Backward0")}
    assert list(nodes) == ["NativeBatchNormBackward0"]
    assert nodes["NativeBatchNormBackward0"][0].startswith("[8, 3] norm ")
    (came_out,) = next(box for box in details.boxes if box.title == "Outputs").facts
    assert isinstance(came_out.picture, ValuesPicture)
    assert sum(came_out.picture.counts) == 24


def test_a_node_that_no_gradient_came_to(trace: TraceText) -> None:
    text = "import torch\nx = torch.ones(2, requires_grad=True)\ny = x * 2\n"
    assert told(operation_named(Run(trace(text)), "mul"))["MulBackward0"] == ["no gradient arrived"]


def test_a_variable_that_was_updated_in_place(run: Run) -> None:
    facts = told(tensor_details(run, tensor(run, "w")))
    assert facts["requires_grad set"] == ["True on line 7"]
    assert facts["This is value"] == ["1 of 2"]
    assert facts["After"][0].startswith("by sub_: ")
    assert facts["Made by"] == ["randn, line 6"]
    assert facts["Used by"] == ["matmul, line 9", "sub_, line 16"]
    assert facts["grad_fn"] == ["None"]


def test_views_and_what_shares_a_storage(run: Run) -> None:
    viewed = told(tensor_details(run, tensor(run, "h")))
    assert viewed["Viewed by"] == ["col [8]"]
    view = told(tensor_details(run, tensor(run, "col")))
    assert view["View of"] == ["h"]


def test_a_module(run: Run) -> None:
    details = module_details(run, next(m for m in run.trace.modules if m.path == "bn"))
    assert details.words == "eval mode"
    facts = told(details)
    assert facts["Calls"] == ["1"]
    assert facts["Depends on train and eval"] == ["yes"]
    assert facts["bn.weight"][0].startswith("norm ")
    assert facts["bn.num_batches_tracked"] == ["1"]
    assert facts["All parameters"] == ["2, 2 with a gradient"]
    assert facts["Time of all calls"][0].endswith("s")
    assert facts["Kept for backward"][0].endswith("bytes")


def test_what_has_no_picture(run: Run) -> None:
    assert picture_of(tensor(run, "z").summary) is None  # complex
    assert picture_of(tensor(run, "loss").summary) is None  # one value


def test_pictures_of_many_values(run: Run) -> None:
    summary = tensor(run, "big").summary
    picture = picture_of(summary)
    assert picture is not None
    assert [len(row) for row in picture.rows] == [20] * 13
    assert picture.low < -3 < 3 < picture.high
    assert sum(picture.counts) == 260
    assert picture.shown == f"260 of {summary.numel:,} values"
    spread = picture_of(replace(summary, picture=None))  # a trace from elsewhere
    assert spread is not None
    assert not spread.rows
    assert spread.low < -3 < 3 < spread.high


def test_pictures_say_what_they_leave_out(trace: TraceText) -> None:
    text = "import torch\nx = torch.arange(100.0)\nx[3:5] = float('nan')\nx[9] = float('inf')\n"
    summary = [found for found in trace(text).tensors if found.name == "x"][-1].summary
    picture = picture_of(summary)
    assert picture is not None
    assert picture.strange == "2 NaN, 1 Inf"
    large = picture_of(replace(summary, sampled=True))
    assert large is not None
    assert large.strange == "2 NaN, 1 Inf"


@pytest.fixture
def box(qtbot: QtBot, run: Run) -> FactsBox:
    shown = FactsBox(Theme("light"))
    details = tensor_details(run, tensor(run, "w"))
    shown.set_facts([fact for one in details.boxes for fact in one.facts])
    shown.setMinimumSize(360, 600)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    shown.setFocus()
    return shown


def number_of(box: FactsBox, label: str) -> int:
    return next(number for number, fact in enumerate(box.facts) if fact.label == label)


def test_a_click_follows_a_link(qtbot: QtBot, box: FactsBox, run: Run) -> None:
    place = box.rect_of(number_of(box, "After")).center().toPoint()
    with qtbot.waitSignal(box.linkChosen) as chosen:
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [FactTarget("tensor", run.values[tensor(run, "w").identity][1].id)]


def test_keys_walk_follow_and_copy(qtbot: QtBot, box: FactsBox, run: Run) -> None:
    for _ in range(number_of(box, "Values")):
        QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == str(tensor(run, "w").summary.values)
    while box.facts[number_of(box, "requires_grad set")].link is None:
        pytest.fail("it leads to its line")
    for _ in range(number_of(box, "requires_grad set") - number_of(box, "Values")):
        QTest.keyClick(box, Qt.Key.Key_Down)
    with qtbot.waitSignal(box.linkChosen) as chosen:
        QTest.keyClick(box, Qt.Key.Key_Return)
    assert chosen.args == [FactTarget("line", 7)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_are_drawn(box: FactsBox, theme: str) -> None:
    look = Theme("dark" if theme == "dark" else "light")
    box.set_theme(look)
    rect = box.rect_of(number_of(box, "Values")).toRect()
    image = box.grab(rect).toImage()
    seen = {
        image.pixelColor(QPoint(x, y)).name()
        for x in range(0, image.width(), 2)
        for y in range(26, image.height(), 2)
    }
    assert {look.colors.heat_negative.name(), look.colors.text_tertiary.name()} <= seen


def test_a_fact_without_a_link_leads_nowhere(qtbot: QtBot, box: FactsBox) -> None:
    box.set_facts([DetailFact("Shape", "[2]")])
    with qtbot.assertNotEmitted(box.linkChosen):
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))


@pytest.mark.parametrize("mode", ["train", "eval"])
def test_batch_norm_changes_its_running_statistics_in_training(trace: TraceText, mode: str) -> None:
    """torch leaves their version as it is, so that only the name of the call shows it."""
    text = (
        "import torch\nbn = torch.nn.BatchNorm1d(2)\n"
        f"bn.{mode}()\nbn(torch.arange(8.0).view(4, 2))\nprint(bn.running_mean.tolist())\n"
    )
    traced = trace(text)
    run = Run(traced)
    facts = told(module_details(run, run.trace.modules[0]))
    shown = {"train": "[0.30, 0.40]", "eval": "[0.00, 0.00]"}[mode]
    assert facts["bn.running_mean"] == [shown]
    (buffer, *_) = run.module_buffers["bn"]
    assert str(buffer.summary.values) == traced.output.stdout.strip()
