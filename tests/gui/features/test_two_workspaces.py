"""Two runs beside each other in one window: nothing that is done to one shows in the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QLayout, QWidget
from pytestqt.qtbot import QtBot

from app.gui.features.exploring.folding import Redrawing
from app.gui.features.exploring.locating import Locating
from app.gui.features.exploring.shown_graph import ShownGraph
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.theme import Theme
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import fold_all
from app.session.run import Run
from app.session.shown import Shown, show
from app.session.workspace import Workspace
from tests.support import TraceText, snippet

TIMEOUT = 30_000
LOOP = snippet("""
    w = torch.ones(2, requires_grad=True)
    for _ in range(3):
        y = (w * 2).relu().sum()
        y.backward()
    """)
MODULES = snippet("""
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    loss = net(torch.ones(4, 2)).tanh().sum()
    loss.backward()
    """)


@dataclass
class Side:
    workspace: Workspace[Shown]
    graph: GraphView
    shown_graph: ShownGraph
    locating: Locating

    def operation(self, name: str) -> int:
        assert self.workspace.shown is not None
        return next(op.id for op in self.workspace.shown.run.units if op.name == name)

    def node(self, name: str) -> str:
        return self.graph.scene.node_of[self.operation(name)]

    @property
    def state(self) -> tuple[object, ...]:
        """Everything that the user sees and has chosen."""
        workspace, graph = self.workspace, self.graph
        return (
            workspace.shown, workspace.drawn, workspace.choice, workspace.moment,
            workspace.selection, workspace.subject, workspace.excerpt, workspace.found,
            graph.scene, graph.selected_nodes, graph.selected_tensors, graph.excerpt, graph.hits,
        )  # fmt: skip


ORDERS = list(permutations((ShownGraph, Redrawing, Locating)))


@pytest.fixture(params=(ORDERS[0], ORDERS[-1]), ids=("as in the window", "the last first"))
def sides(
    qtbot: QtBot, trace: TraceText, request: pytest.FixtureRequest
) -> Iterator[tuple[Side, Side]]:
    """In which order features are made, and hear of changes, makes no difference."""
    top = QWidget()
    qtbot.addWidget(top)
    row = QHBoxLayout(top)
    row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
    features: list[Feature] = []
    made = []
    for text in (LOOP, MODULES):
        workspace: Workspace[Shown] = Workspace()
        graph = GraphView(Theme("light"))
        row.addWidget(graph)
        parts = {kind: kind(workspace, graph) for kind in request.param}
        features += parts.values()
        side = Side(workspace, graph, parts[ShownGraph], parts[Locating])
        made.append((side, show(Run(trace(text)), GraphChoice())))
    top.resize(1600, 800)
    top.show()
    for side, shown in made:
        with qtbot.waitSignal(side.graph.layoutFinished, timeout=TIMEOUT):
            side.workspace.show(shown)
    left, right = (side for side, _ in made)
    yield left, right
    for feature in features:
        feature.close()


def test_each_shows_its_own_run(sides: tuple[Side, Side]) -> None:
    left, right = sides
    assert left.workspace.drawn is left.workspace.shown
    assert right.workspace.drawn is right.workspace.shown
    assert left.operation("relu") in left.graph.scene.node_of
    assert "tanh" not in {str(node.item) for node in left.graph.scene.nodes.values()}
    assert right.operation("tanh") in right.graph.scene.node_of


def test_a_click_selects_in_its_own_run(qtbot: QtBot, sides: tuple[Side, Side]) -> None:
    left, right = sides
    before = right.state
    key = left.node("mul")
    QTest.mouseClick(left.graph, Qt.MouseButton.LeftButton, pos=left.graph.widget_point_of(key))
    assert left.graph.selected_nodes == {key}
    assert left.workspace.subject is not None
    assert right.state == before
    right.workspace.select_operation(right.operation("tanh"))
    assert right.graph.selected_nodes == {right.node("tanh")}
    assert left.graph.selected_nodes == {key}


def test_each_has_its_own_moment(sides: tuple[Side, Side]) -> None:
    left, right = sides
    before = right.state
    left.workspace.go_to(3)
    assert left.graph.legend.counts != left.workspace.shown.counts  # type: ignore[union-attr]
    assert right.state == before
    right.workspace.go_to(5)
    assert left.workspace.position == 3
    assert right.workspace.position == 5
    right.workspace.go_to(right.workspace.end)
    assert left.workspace.moment is not None


def test_each_has_its_own_folds_and_level(qtbot: QtBot, sides: tuple[Side, Side]) -> None:
    left, right = sides
    before = right.state
    with qtbot.waitSignal(left.graph.layoutFinished, timeout=TIMEOUT):
        left.workspace.set_folds(fold_all())
    assert left.graph.scene.node_of[left.operation("mul")] == left.node("relu")
    assert right.state == before
    after = left.state
    with qtbot.waitSignal(right.graph.layoutFinished, timeout=TIMEOUT):
        right.workspace.choose(level="modules")
    assert left.state == after
    with qtbot.waitSignal(left.graph.layoutFinished, timeout=TIMEOUT):
        left.locating.go_to(left.operation("mul"))
    assert left.graph.selected_nodes == {left.node("mul")}
    assert left.node("mul") != left.node("relu")


def test_a_feature_that_is_closed_hears_of_nothing_more(sides: tuple[Side, Side]) -> None:
    left, right = sides
    left.shown_graph.close()
    left.workspace.select_operation(left.operation("mul"))
    assert left.graph.selected_nodes == frozenset()
    right.workspace.select_operation(right.operation("tanh"))
    assert right.graph.selected_nodes == {right.node("tanh")}
