from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.panels.gradients.model import LINE_ROLE
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.gradients.rows import GradientColumn, rows_of
from app.gui.panels.gradients.tree import tree
from app.gui.theme import Theme
from app.gui.theme.metrics import TREE_ROW_HEIGHT
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText

NET = """import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(4, 4)
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(6))
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)

model = Net()
for block in model.blocks[:4]:
    block.requires_grad_(False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model(torch.ones(1, 4)).sum().backward()
optimizer.step()
"""
FROZEN = "frozen on line 19"


@pytest.fixture
def panel(qtbot: QtBot) -> GradientsPanel:
    shown = GradientsPanel(Theme("light"))
    shown.setMinimumSize(300, 300)  # else the offscreen plugin warns whenever it changes
    shown.resize(388, 500)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


@pytest.fixture
def net(trace: TraceText, panel: GradientsPanel) -> Trace:
    traced = trace(NET)
    show(panel, traced)
    return traced


def show(panel: GradientsPanel, trace: Trace) -> None:
    rows = rows_of(Run(trace))
    panel.show_rows(rows, tree(rows))


def lines(panel: GradientsPanel) -> list[tuple[int, str, str, str]]:
    """Return depth, label, count and state of each line."""
    model, found = panel.table.model(), []
    for place in range(model.rowCount()):
        depth = model.index(place, 0).data(LINE_ROLE).depth
        cells = (
            str(model.index(place, column).data())
            for column in (GradientColumn.LEAF, GradientColumn.COUNT, GradientColumn.WHY)
        )
        found.append((depth, *cells))
    return found


def labels(panel: GradientsPanel) -> list[str]:
    return [label for _, label, _, _ in lines(panel)]


def place(panel: GradientsPanel, label: str) -> int:
    return labels(panel).index(label)


def point(panel: GradientsPanel, label: str) -> QPoint:
    """Return a point on the state of a line."""
    table = panel.table
    index = table.model().index(place(panel, label), GradientColumn.WHY)
    return table.visualRect(index).center()


def selected(panel: GradientsPanel) -> list[str]:
    return [str(index.data()) for index in panel.table.selectionModel().selectedRows()]


def test_groups_speak_for_their_members(panel: GradientsPanel, net: Trace) -> None:
    assert lines(panel) == [
        (0, "model", "16", "8 train, 8 do not"),
        (1, "embed", "2", "trains"),
        (1, "blocks", "12", "4 train, 8 do not"),
        (2, "0–3", "8", FROZEN),
        (2, "4", "2", "trains"),
        (2, "5", "2", "trains"),
        (1, "head", "2", "trains"),
    ]
    model = panel.table.model()
    norms = [model.index(row, GradientColumn.NORM).data() for row in range(model.rowCount())]
    assert norms[place(panel, "0–3")] == "–"
    assert float(norms[0]) >= max(float(norm) for norm in norms if norm != "–")
    heights = {panel.table.rowHeight(row) for row in range(model.rowCount())}
    assert heights == {TREE_ROW_HEIGHT}
    assert panel.table.viewport().grab().toImage().allGray() is False


def test_groups_open_by_chevron_and_double_click_and_stay_in_place(
    panel: GradientsPanel, net: Trace
) -> None:
    table, model = panel.table, panel.table.model()
    run = place(panel, "0–3")
    before = table.visualRect(model.index(run, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=chevron(panel, "0–3"))
    assert labels(panel)[run : run + 5] == ["0–3", "0", "1", "2", "3"]
    assert table.visualRect(model.index(run, 0)) == before
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=point(panel, "1"))
    one = place(panel, "1")
    assert lines(panel)[one + 1 : one + 3] == [(4, "weight", "", FROZEN), (4, "bias", "", FROZEN)]
    show(panel, net)  # another run of the same program
    assert lines(panel)[one + 1][1] == "weight"
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=chevron(panel, "0–3"))
    assert "weight" not in labels(panel)


def chevron(panel: GradientsPanel, label: str) -> QPoint:
    table = panel.table
    index = table.model().index(place(panel, label), GradientColumn.LEAF)
    rect, depth = table.visualRect(index), index.data(LINE_ROLE).depth
    return QPoint(rect.left() + 16 + 14 * depth, rect.center().y())


def test_arrow_keys_open_close_and_go_to_the_group(
    qtbot: QtBot, panel: GradientsPanel, net: Trace
) -> None:
    table = panel.table
    table.setFocus()
    table.selectRow(place(panel, "head"))
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert labels(panel)[-3:] == ["head", "weight", "bias"]
    assert selected(panel) == ["head"]
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert selected(panel) == ["weight"]
    QTest.keyClick(table, Qt.Key.Key_Left)
    assert selected(panel) == ["head"]
    QTest.keyClick(table, Qt.Key.Key_Left)
    assert labels(panel)[-1] == "head"
    with qtbot.waitSignal(panel.groupChosen) as told:
        QTest.keyClick(table, Qt.Key.Key_Left)
    assert selected(panel) == ["model"]
    assert len(told.args[0]) == 16


def test_a_group_is_chosen_as_a_whole(qtbot: QtBot, panel: GradientsPanel, net: Trace) -> None:
    with qtbot.waitSignal(panel.groupChosen) as told:
        QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=point(panel, "0–3"))
    frozen = [row.tensor for row in net.gradients if not row.requires_grad]
    assert told.args == [frozen]
    assert selected(panel) == ["0–3"]


def test_what_is_selected_elsewhere_is_brought_into_sight(
    panel: GradientsPanel, net: Trace
) -> None:
    wanted = next(row for row in net.gradients if row.name == "model.blocks.2.bias")
    panel.select_tensors([wanted.tensor])
    assert selected(panel) == ["bias"]
    at = place(panel, "2")
    assert labels(panel)[at : at + 3] == ["2", "weight", "bias"]
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=chevron(panel, "0–3"))
    assert selected(panel) == ["0–3"]


def test_the_filter_leaves_what_it_lets_through_in_the_tree(
    panel: GradientsPanel, net: Trace
) -> None:
    panel.filter.field.setText("head")
    assert labels(panel) == ["model", "head"]
    panel.filter.field.setText("FROZEN")
    counts = [(label, count) for _, label, count, _ in lines(panel)]
    assert counts == [("model", "8"), ("blocks", "8")]
    assert panel.header.note == "8 of 16 shown"
    panel.filter.field.setText("trains")
    assert lines(panel)[0] == (0, "model", "8", "trains")


def test_norms_are_hidden_where_reasons_would_be_cut(panel: GradientsPanel, net: Trace) -> None:
    table = panel.table
    at = table.model().index(place(panel, "0–3"), GradientColumn.WHY)
    panel.resize(300, 500)
    assert table.isColumnHidden(GradientColumn.NORM)
    assert table.columnWidth(GradientColumn.WHY) >= table.delegate.width(
        at.data(LINE_ROLE), GradientColumn.WHY
    )
    panel.resize(600, 500)
    assert not table.isColumnHidden(GradientColumn.NORM)


def test_sorted_it_is_a_list_of_whole_names(panel: GradientsPanel, net: Trace) -> None:
    panel.table.sortByColumn(GradientColumn.NORM, Qt.SortOrder.DescendingOrder)
    assert len(labels(panel)) == 16
    assert labels(panel)[0].startswith("model.")
    assert panel.table.isColumnHidden(GradientColumn.COUNT)
    panel.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert labels(panel)[0] == "model"


def test_a_group_is_copied_as_its_members(panel: GradientsPanel, net: Trace) -> None:
    panel.table.setFocus()
    panel.table.selectRow(place(panel, "head"))
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert [line.split()[0] for line in copied[1:]] == ["model.head.weight", "model.head.bias"]
    panel.table.copy("CSV")
    table = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
    assert [row[0] for row in table[1:]] == [row.name for row in net.gradients]


def test_at_a_moment_groups_count_what_is_filled(panel: GradientsPanel, net: Trace) -> None:
    history = History(Run(net), hide_setup=True)
    head = next(row for row in net.gradients if row.name == "model.head.weight")
    identity = Run(net).tensors[head.tensor].identity
    filling = next(at for at in range(len(history) + 1) if identity in history.at(at).leaves)
    panel.show_moment(history.at(filling))
    states = {label: why for _, label, _, why in lines(panel)}
    assert states["head"] == "2 of 2 filled"
    assert states["blocks"] == "0 of 12 filled"
    index = panel.table.model().index(place(panel, "head"), 0)
    assert index.data(LINE_ROLE).is_now
    panel.show_moment(None)
    assert lines(panel)[0] == (0, "model", "16", "8 train, 8 do not")


def test_search_marks_the_closed_group_with_a_result(panel: GradientsPanel, net: Trace) -> None:
    table = panel.table

    def picture(label: str) -> object:
        index = table.model().index(place(panel, label), GradientColumn.LEAF)
        return table.viewport().grab(table.visualRect(index)).toImage()

    without = {label: picture(label) for label in ("0–3", "head")}
    assert panel.set_search("head") == 2
    assert picture("head") != without["head"]
    assert picture("0–3") == without["0–3"]
    assert panel.set_search("blocks.1") == 2
    assert picture("0–3") != without["0–3"]
    assert picture("head") == without["head"]


MAPS = """import torch
a = torch.ones(2, requires_grad=True)
b = torch.ones(2, requires_grad=True)
(a * 2 + b * {factor}).sum().backward()
"""


@pytest.mark.parametrize(
    ("text", "has_numbers"),
    [
        (MAPS.format(factor="3"), True),
        (MAPS.format(factor="1.23456e-12"), False),  # none, as one number has no room
        (MAPS.format(factor="3").replace("ones(2", "ones(9", 1), True),  # nine cells never do
    ],
)
def test_all_narrow_heat_maps_have_numbers_or_none(
    trace: TraceText, panel: GradientsPanel, text: str, has_numbers: bool
) -> None:
    show(panel, trace(text.replace("a * 2 + b", "a.sum() * 2 + b")))
    assert panel.table.delegate.has_numbers is has_numbers
