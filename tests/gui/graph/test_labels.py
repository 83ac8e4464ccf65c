from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, QRectF

from app.gui.graph.labels import LabelPlacer
from app.gui.graph.scene import PlacedFrame
from app.session.graph_items import FrameItem
from app.session.look import geometry as g
from app.session.look.measure import Label
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import chain, no_grad_cut, residual, statuses

pytestmark = pytest.mark.usefixtures("qapp")
LABEL = Label("x", "[2, 2]", False, 60)
UPRIGHT = (QPointF(100, 0), QPointF(100, 60))


def test_a_label_stands_right_of_the_middle_of_its_line() -> None:
    rect = LabelPlacer([], [UPRIGHT], []).place(LABEL, UPRIGHT)
    assert rect.left() == 100 + g.LABEL_GAP
    assert rect.center().y() == 30


def test_a_label_goes_to_the_left_where_the_right_is_taken() -> None:
    taken = QRectF(110, 0, 200, 60)
    rect = LabelPlacer([taken], [UPRIGHT], []).place(LABEL, UPRIGHT)
    assert rect.right() == 100 - g.LABEL_GAP


def test_two_labels_never_share_a_place() -> None:
    other = (QPointF(104, 0), QPointF(104, 60))
    placer = LabelPlacer([], [], [])
    assert not placer.place(LABEL, UPRIGHT).intersects(placer.place(LABEL, other))


def test_a_label_keeps_off_the_border_and_the_header_of_a_frame() -> None:
    item = FrameItem(0, "no_grad", "torch.no_grad()", 9, "no_grad", None)
    frame = PlacedFrame("f", item, QRectF(0, 30, 300, 200))
    line = (QPointF(100, 0), QPointF(100, 60))
    rect = LabelPlacer([], [line], [frame]).place(LABEL, line)
    assert rect.center().y() == 15


@pytest.mark.parametrize("graph", [no_grad_cut(), residual(), statuses(), chain(40)])
def test_in_whole_graphs_labels_cover_neither_nodes_nor_each_other(graph: object) -> None:
    scene = scene_of(graph)  # type: ignore[arg-type]  # parametrize loses the type
    labels = [edge.label_rect for edge in scene.edges.values() if edge.label]
    for first, second in combinations(labels, 2):
        assert not first.intersects(second)
    for label in labels:
        assert not any(node.rect.intersects(label) for node in scene.nodes.values())
