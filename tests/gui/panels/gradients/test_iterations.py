"""The table of gradients over all iterations, with its curves and its playhead."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.panels.gradients.iterations_table import IterationColumn
from app.gui.panels.gradients.over_iterations import LogSpan
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.gradients.sparkline import paint_sparkline, pieces
from app.gui.running.prepared import Prepared, prepare
from app.gui.theme import Theme
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from tests.support import TraceText, snippet

TEXT = """
import torch
from torch import nn
model = nn.ModuleDict({
    "body": nn.ModuleList(nn.Linear(2, 2) for _ in range(7)),
    "head": nn.Linear(2, 1),
})
fixed = nn.Parameter(torch.ones(2), requires_grad=False)
optimizer = torch.optim.SGD([*model.parameters(), fixed], lr=0.01)
data = torch.ones(3, 2) + fixed
for step in range(8):
    x = data
    for layer in model["body"]:
        x = layer(x)
    y = model["head"](x)
    if step >= 4:
        y = y * 0
    if step >= 6:
        model["head"].bias.register_hook(lambda grad: grad * float("nan"))
    optimizer.zero_grad()
    y.sum().backward()
    optimizer.step()
"""


@pytest.fixture
def trace_of_training(trace: TraceText) -> Trace:
    return trace(TEXT)


@pytest.fixture
def prepared(trace_of_training: Trace) -> Prepared:
    return prepare(Run(trace_of_training), choice=GraphChoice())


@pytest.fixture
def panel(qtbot: QtBot, prepared: Prepared) -> GradientsPanel:
    shown = GradientsPanel(Theme("light"))
    shown.setMinimumSize(300, 300)
    shown.resize(760, 500)
    qtbot.addWidget(shown)
    shown.show_rows(prepared.rows, prepared.tree, prepared.leaves)
    shown.show_iterations(prepared.over_iterations)
    shown.show()
    qtbot.waitExposed(shown)
    QTest.mouseClick(shown.all_iterations, Qt.MouseButton.LeftButton)
    return shown


def lines(panel: GradientsPanel) -> dict[str, tuple[str, str, str]]:
    return {name: (norm, ratio, said) for name, norm, ratio, said in panel.iterations.texts()}


def test_groups_and_parameters_say_since_when(panel: GradientsPanel) -> None:
    found = lines(panel)
    assert panel.iterations.isVisible()
    assert panel.header.note == "over 8 iterations"
    assert found["model"][2] == "NaN from 7"
    assert found["body"] == ("0.00", "0.00", "zero from 5")
    assert found["bias"] == ("NaN", "NaN", "NaN from 7")
    assert found["fixed"][0] == "–"
    assert found["fixed"][2].startswith("frozen")


def test_the_playhead_shows_another_iteration(panel: GradientsPanel, prepared: Prepared) -> None:
    history, iterations = prepared.history, prepared.run.trace.iterations
    place = history.position_of(iterations[2].event) + 1
    panel.show_moment(history.at(place))
    third = lines(panel)["body"][0]
    assert panel.iterations.headerItem().text(IterationColumn.GRAD_AT) == "at 3"
    assert third not in ("0.00", "–")
    panel.show_moment(history.at(0))
    assert lines(panel)["body"][0] == "–"
    panel.show_moment(None)
    assert lines(panel)["body"][0] == "0.00"


def test_the_table_stays_in_sight_while_the_playhead_moves(
    qtbot: QtBot, panel: GradientsPanel, prepared: Prepared
) -> None:
    """Hidden for a moment, it would lose the focus, and be laid out again at each step."""
    hidden: list[QEvent.Type] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Hide:
                hidden.append(event.type())
            return False

    watch = Watch()
    panel.iterations.installEventFilter(watch)
    panel.show_moment(prepared.history.at(0))
    panel.show_moment(None)
    assert panel.iterations.isVisible()
    assert hidden == []


def test_a_click_on_a_header_sorts_by_since_when(panel: GradientsPanel) -> None:
    header = panel.iterations.header()
    x = header.sectionViewportPosition(IterationColumn.SINCE) + 20
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 10))
    assert next(iter(lines(panel))) == "model"
    assert list(lines(panel))[-1] == "fixed"


def test_a_click_on_a_line_chooses_its_parameters(qtbot: QtBot, panel: GradientsPanel) -> None:
    (item,) = panel.iterations.findItems("model", Qt.MatchFlag.MatchExactly)
    rect = panel.iterations.visualItemRect(item)
    with qtbot.waitSignal(panel.groupChosen) as chosen:
        QTest.mouseClick(panel.iterations.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert chosen.args is not None
    assert len(chosen.args[0]) == 16


def test_without_several_iterations_nothing_is_offered(
    qtbot: QtBot, panel: GradientsPanel, three_layers: Trace
) -> None:
    other = prepare(Run(three_layers), choice=GraphChoice())
    assert other.over_iterations is None
    assert other.lanes.curve is None
    panel.show_iterations(None)
    assert not panel.all_iterations.isVisible()
    assert panel.table.isVisible()


@pytest.mark.parametrize(("count", "is_offered"), [(2, False), (3, True)])
def test_three_iterations_have_a_course(trace: TraceText, count: int, is_offered: bool) -> None:
    text = f"""
        net = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range({count}):
            optimizer.zero_grad()
            net(torch.ones(1, 2)).sum().backward()
            optimizer.step()
    """
    prepared = prepare(Run(trace(snippet(text))), choice=GraphChoice())
    assert (prepared.over_iterations is not None) is is_offered


@pytest.mark.parametrize("width", [356, 388, 440])
def test_a_narrow_header_says_how_many_leaves_have_one(panel: GradientsPanel, width: int) -> None:
    panel.all_iterations.setChecked(False)
    panel.resize(width, 500)
    QApplication.processEvents()
    assert panel.all_iterations.isVisible()
    assert panel.filter.only_none.isVisible()
    assert "…" not in panel.header.shown_note
    assert panel.header.shown_note == panel.header.note[: len(panel.header.shown_note)]
    assert panel.header.shown_note.startswith("16 of 17")


def test_a_narrow_panel_keeps_names_curves_and_words(panel: GradientsPanel) -> None:
    hidden = [one for one in IterationColumn if panel.iterations.isColumnHidden(one)]
    assert hidden == []
    panel.resize(388, 500)
    hidden = [one for one in IterationColumn if panel.iterations.isColumnHidden(one)]
    assert hidden == [IterationColumn.GRAD_AT, IterationColumn.RATIO, IterationColumn.RATIO_AT]


def test_a_curve_of_more_iterations_than_pixels_keeps_its_extremes(qtbot: QtBot) -> None:
    area, span = QRectF(0, 0, 10, 20), LogSpan(0.0, 2.0)
    values: list[float | None] = [1.0] * 1000
    values[503] = 100.0
    (points,) = pieces(area, values, span)
    assert min(point.y() for point in points) == 0.0
    assert len(points) < 30
    values[700:] = [None] * 300
    assert len(pieces(area, [1.0, None, 1.0], span)) == 2


def test_what_is_not_finite_has_a_zone(qtbot: QtBot) -> None:
    theme = Theme("light")
    image = QImage(112, 24, QImage.Format.Format_RGB32)
    image.fill(theme.colors.panel)
    painter = QPainter(image)
    values = [1.0, 1.0, float("nan"), float("nan"), float("nan")]
    area = QRectF(0, 0, 112, 24)
    paint_sparkline(painter, theme, area, values, LogSpan(-1, 1), theme.colors.text, None)
    painter.end()
    assert image.pixelColor(100, 4) == theme.tone("cut").fill
    assert image.pixelColor(20, 4) == theme.colors.panel


def test_the_lanes_have_the_loss(prepared: Prepared) -> None:
    curve = prepared.lanes.curve
    assert curve is not None
    assert curve.is_loss
    assert (curve.bad, curve.at(None), curve.at(0)) == (7, 7, None)
    assert list(curve.columns) == sorted(curve.columns)
