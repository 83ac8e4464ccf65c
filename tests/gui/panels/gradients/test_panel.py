from __future__ import annotations

import csv

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.panels.gradients.panel import EMPTY, GradientsPanel
from app.gui.panels.gradients.rows import GradientColumn, rows_of
from app.gui.panels.gradients.tree import tree
from app.gui.running.prepared import prepare
from app.gui.theme import Theme
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.summary.leaf_grads import counted, leaf_grads
from app.session.timeline import History
from tests.support import TraceText


@pytest.fixture
def panel(qtbot: QtBot) -> GradientsPanel:
    shown = GradientsPanel(Theme("light"))
    shown.setMinimumSize(300, 300)  # else the offscreen plugin warns whenever it changes
    shown.resize(388, 400)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def show(panel: GradientsPanel, trace: Trace) -> None:
    rows = rows_of(Run(trace))
    panel.show_rows(rows, tree(rows), counted(leaf_grads(Run(trace))))


def cells(panel: GradientsPanel) -> list[tuple[str, ...]]:
    model = panel.table.model()
    return [
        tuple(str(model.index(row, column).data()) for column in GradientColumn)
        for row in range(model.rowCount())
    ]


def names(panel: GradientsPanel) -> list[str]:
    return [row[GradientColumn.LEAF] for row in cells(panel)]


def test_the_three_layers(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    shown = GradientColumn.GRAD, GradientColumn.NORM, GradientColumn.WHY
    rows = {row[GradientColumn.LEAF]: tuple(row[one] for one in shown) for row in cells(panel)}
    cut = ("None", "–", "cut by no_grad, line 9")
    assert rows["lin0.weight"] == rows["lin0.bias"] == rows["x"] == cut
    assert rows["lin1.weight"] == rows["lin1.bias"] == ("None", "–", "only used in no_grad")
    assert rows["lin2.bias"] == ("[2.0, 2.0]", "2.83", "reached on line 13")
    assert panel.header.note == "2 of 7 leaves have one"


def test_before_and_without_any_run_it_says_so(panel: GradientsPanel) -> None:
    panel.show_rows()
    assert panel.hint == EMPTY
    panel.show_rows(hint="Nothing was run.")
    assert panel.hint == "Nothing was run."
    assert panel.header.note == ""


def test_every_cell_tells_the_whole_reason(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    model = panel.table.model()
    for number, gradient in enumerate(three_layers.gradients):
        for column in GradientColumn:
            tip = model.index(number, column).data(Qt.ItemDataRole.ToolTipRole)
            assert gradient.why.text in tip
            assert gradient.why.fix is None or gradient.why.fix in tip


def test_a_click_chooses_the_tensor(
    qtbot: QtBot, panel: GradientsPanel, three_layers: Trace
) -> None:
    show(panel, three_layers)
    table = panel.table
    place = table.visualRect(table.model().index(2, GradientColumn.WHY)).center()
    with qtbot.waitSignal(panel.tensorChosen) as told:
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [three_layers.gradients[2].tensor]


def test_arrow_keys_choose_too(qtbot: QtBot, panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    panel.table.setFocus()
    panel.select_tensors([three_layers.gradients[0].tensor])
    with qtbot.waitSignal(panel.tensorChosen) as told:
        QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert told.args == [three_layers.gradients[1].tensor]


def test_selecting_from_outside_tells_nobody(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    told: list[int] = []
    panel.tensorChosen.connect(told.append)
    panel.table.setFocus()
    panel.select_tensors([three_layers.gradients[3].tensor])
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [3]
    panel.select_tensors([10_000])
    assert not panel.table.selectionModel().selectedRows()
    assert told == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_values_are_drawn_as_a_heat_map(
    panel: GradientsPanel, three_layers: Trace, theme: str
) -> None:
    look = Theme("dark" if theme == "dark" else "light")
    panel.set_theme(look)
    show(panel, three_layers)
    names = [row.name for row in three_layers.gradients]
    index = panel.table.model().index(names.index("lin2.bias"), GradientColumn.GRAD)
    rect = panel.table.visualRect(index)
    image = panel.table.viewport().grab(rect).toImage()
    colors = {
        image.pixelColor(QPoint(x, image.height() // 2 - 6)).name()
        for x in range(5, min(60, rect.width()))
    }
    assert look.colors.heat_positive.name() in colors


def test_rows_are_as_high_as_their_own_run_needs(trace: TraceText, panel: GradientsPanel) -> None:
    """Two runs with as many rows: the heights of the first say nothing about the second."""
    start = "import torch\na, b = (torch.ones(2, 2, requires_grad=True) for _ in 'ab')\n"
    heights = []
    for last in ("a", "b", "a"):
        show(panel, trace(f"{start}{last}.sum().backward()"))
        heights.append([panel.table.rowHeight(row) for row in range(2)])
    first, second, third = heights
    assert first[0] > first[1]
    assert second == first[::-1]
    assert third == first


@pytest.mark.parametrize("width", [360, 388, 440])
def test_the_reason_is_never_cut_short_for_the_three_layers(
    panel: GradientsPanel, three_layers: Trace, width: int
) -> None:
    panel.resize(width, 400)
    show(panel, three_layers)
    table = panel.table
    wanted = table.sizeHintForColumn(GradientColumn.WHY)
    assert wanted - 12 <= table.columnWidth(GradientColumn.WHY) - 2


def test_nan_and_large_and_frozen(trace: TraceText, panel: GradientsPanel) -> None:
    text = """
import torch
a = torch.zeros(2, requires_grad=True)
(a / a).sum().backward()
big = torch.nn.Linear(40, 40)
big(torch.ones(40)).sum().backward()
big.bias.requires_grad_(False)
"""
    show(panel, trace(text))
    rows = {row[GradientColumn.LEAF]: row[GradientColumn.GRAD] for row in cells(panel)}
    assert rows["a"] == "NaN"
    assert rows["big.weight"] == "[40, 40]"
    panel.table.viewport().grab()


def test_search_marks_names(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    without = panel.table.viewport().grab().toImage()
    assert panel.set_search("LIN1") == 2
    assert panel.table.viewport().grab().toImage() != without
    assert panel.set_search("") == 0
    assert panel.table.viewport().grab().toImage() == without


MANY = """
import torch
w = {n: torch.ones(n, requires_grad=True) for n in (2, 10)}
layer2, layer10 = w[2], w[10]
zero = torch.ones(3, requires_grad=True)
unused = torch.ones(1, requires_grad=True)
z = torch.ones(2, dtype=torch.complex64, requires_grad=True)
loss = (layer2 * 3).sum() + layer10.sum() + (zero * 0).sum() + (z * z.conj()).real.sum()
loss.backward()
"""


def click_header(panel: GradientsPanel, column: GradientColumn) -> None:
    header = panel.table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(column) + 8, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_click_on_a_header_sorts_up_down_and_not_at_all(
    trace: TraceText, panel: GradientsPanel
) -> None:
    show(panel, trace(MANY))
    before = names(panel)
    click_header(panel, GradientColumn.LEAF)
    assert names(panel) == ["layer2", "layer10", "unused", "z", "zero"]
    click_header(panel, GradientColumn.LEAF)
    assert names(panel) == ["zero", "z", "unused", "layer10", "layer2"]
    click_header(panel, GradientColumn.LEAF)
    assert names(panel) == before
    click_header(panel, GradientColumn.NORM)
    assert names(panel)[:2] == ["unused", "zero"]  # None is less than zero


def test_none_and_zero_are_two_things(trace: TraceText, panel: GradientsPanel) -> None:
    show(panel, trace(MANY))
    rows = {
        row[GradientColumn.LEAF]: (row[GradientColumn.GRAD], row[GradientColumn.NORM])
        for row in cells(panel)
    }
    assert rows["zero"] == ("all zero", "0.00")
    assert rows["unused"] == ("None", "–")
    panel.table.viewport().grab()  # complex values have no heat map


def test_the_filter_shows_what_it_lets_through(
    qtbot: QtBot, panel: GradientsPanel, three_layers: Trace
) -> None:
    show(panel, three_layers)
    QTest.mouseClick(panel.filter.only_none, Qt.MouseButton.LeftButton)
    assert "lin2.weight" not in names(panel)
    assert panel.header.note == "5 of 7 shown"
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.filter.field.hasFocus()
    QTest.keyClicks(panel.filter.field, "only used")
    assert names(panel) == ["lin1.weight", "lin1.bias"]
    with qtbot.waitSignal(panel.tensorChosen):
        QTest.keyClick(panel.filter.field, Qt.Key.Key_Down)
    assert panel.table.hasFocus()
    panel.filter.field.setText("q_prj")
    assert panel.hint == "No row whose .grad is None has “q_prj” in its name or reason."
    QTest.keyClick(panel.filter.field, Qt.Key.Key_Escape)
    QTest.mouseClick(panel.filter.only_none, Qt.MouseButton.LeftButton)
    assert len(names(panel)) == 7


def test_the_selection_stays_while_rows_move(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    chosen = next(row.tensor for row in three_layers.gradients if row.name == "lin1.bias")
    panel.select_tensors([chosen])
    panel.filter.only_none.setChecked(True)
    (index,) = panel.table.selectionModel().selectedRows()
    assert index.data() == "lin1.bias"
    click_header(panel, GradientColumn.LEAF)
    (index,) = panel.table.selectionModel().selectedRows()
    assert index.data() == "lin1.bias"


def test_copies(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    panel.table.setFocus()
    panel.select_tensors([next(r.tensor for r in three_layers.gradients if r.name == "lin2.bias")])
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == (
        "name       shape  requires_grad  grad    norm     why\n"
        "lin2.bias  [2]    True           [2, 2]  2.82843  reached on line 13\n"
    )
    panel.table.copy("CSV")
    table = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
    assert table[0] == ["name", "shape", "requires_grad", "grad", "norm", "why"]
    assert [row[0] for row in table[1:]] == names(panel)
    assert table[1][5] == "cut by no_grad, line 9"
    panel.table.copy("Markdown")
    assert QGuiApplication.clipboard().text().splitlines()[-1].startswith("| x | [2, 2] | True |")


def test_columns_can_be_added(panel: GradientsPanel, three_layers: Trace) -> None:
    show(panel, three_layers)
    assert panel.table.isColumnHidden(GradientColumn.SHAPE)
    panel.table.show_column(GradientColumn.SHAPE, True)
    assert not panel.table.isColumnHidden(GradientColumn.SHAPE)


@pytest.mark.parametrize("width", [320, 375, 700])
def test_the_sign_that_freezes_a_leaf_is_there_at_every_width(
    panel: GradientsPanel, three_layers: Trace, width: int
) -> None:
    show(panel, three_layers)
    panel.resize(width, 400)
    assert not panel.table.isColumnHidden(GradientColumn.REQUIRES)
    wanted = QSignalSpy(panel.stateWanted)
    place = panel.table.visualRect(panel.table.model().index(0, GradientColumn.REQUIRES))
    assert place.right() < panel.table.viewport().width()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert wanted.count() == 1


def test_norms_give_way_to_names_where_there_is_little_room(
    panel: GradientsPanel, three_layers: Trace
) -> None:
    show(panel, three_layers)
    table = panel.table
    name = max(table.sizeHintForIndex(table.model().index(row, GradientColumn.LEAF)).width()
               for row in range(table.model().rowCount()))  # fmt: skip
    panel.resize(300, 400)
    assert table.isColumnHidden(GradientColumn.NORM)
    assert table.columnWidth(GradientColumn.LEAF) >= name
    panel.resize(600, 400)
    assert not table.isColumnHidden(GradientColumn.NORM)


ALIKE = """import torch
from torch import nn
model = nn.ModuleDict({"linear": nn.Linear(2, 2), "batch_norm": nn.BatchNorm1d(2)})
model["batch_norm"](model["linear"](torch.ones(3, 2)))
"""


@pytest.mark.parametrize("width", [320, 360, 420])
def test_no_two_names_are_cut_to_the_same_text(
    trace: TraceText, panel: GradientsPanel, width: int
) -> None:
    show(panel, trace(ALIKE))
    panel.resize(width, 400)
    table = panel.table
    room = table.columnWidth(GradientColumn.LEAF)
    lines = [table.rows.line(place) for place in range(table.rows.rowCount())]
    assert len({table.delegate.name_in(line, room) for line in lines}) == len(lines) == 4
    assert table.columnWidth(GradientColumn.WHY) >= 88


def test_a_narrow_table_hides_norms_where_a_reason_would_be_cut(
    panel: GradientsPanel, three_layers: Trace
) -> None:
    show(panel, three_layers)
    table = panel.table
    longest = table._width_of(GradientColumn.WHY)  # with all of its glyphs
    panel.resize(379, 400)
    while not table.isColumnHidden(GradientColumn.NORM):
        assert table.columnWidth(GradientColumn.WHY) >= longest
        panel.resize(panel.width() - 4, 400)
    assert table.columnWidth(GradientColumn.WHY) >= longest
    assert panel.width() > 300


def test_reasons_take_the_room_that_others_can_spare(
    panel: GradientsPanel, three_layers: Trace
) -> None:
    show(panel, three_layers)
    table = panel.table
    table.show_column(GradientColumn.SHAPE, False)
    panel.resize(1000, 400)
    longest = max(table.sizeHintForIndex(table.model().index(row, GradientColumn.WHY)).width()
                  for row in range(table.model().rowCount()))  # fmt: skip
    others = sum(
        table.columnWidth(column)
        for column in GradientColumn
        if column not in (GradientColumn.WHY, GradientColumn.REQUIRES)
    )
    panel.resize(others + longest - 10, 400)
    assert table.columnWidth(GradientColumn.WHY) >= longest


ANEW = """import torch
w = torch.ones(1, requires_grad=True)
for _ in range(3):
    x = torch.ones(1, requires_grad=True)
    (w * x).backward()
"""


def test_a_name_that_a_loop_gives_anew_is_one_row(trace: TraceText, panel: GradientsPanel) -> None:
    traced = trace(ANEW)
    show(panel, traced)
    assert sorted(names(panel)) == ["w", "x ×3"]
    assert panel.header.note == "4 of 4 leaves have one"
    assert prepare(Run(traced), choice=GraphChoice()).note == "3 operations, 4 leaves"
    first = next(row.tensor for row in traced.gradients if row.name == "x")
    panel.select_tensors([first])
    (selected,) = panel.table.selectionModel().selectedRows()
    assert selected.data() == "x ×3"


def test_at_a_moment_it_is_the_one_that_was_there(trace: TraceText, panel: GradientsPanel) -> None:
    traced = trace(ANEW)
    show(panel, traced)
    history = History(Run(traced), hide_setup=True)
    second = traced.backward_passes[1]
    panel.show_moment(history.at(history.position_of(second.end_event or 0)))
    why = {row[GradientColumn.LEAF]: row[GradientColumn.WHY] for row in cells(panel)}
    assert why["x ×3"] == "filled in step 3"
