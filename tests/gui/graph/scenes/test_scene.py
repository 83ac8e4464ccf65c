from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from app.drawing.grid import RectangleIndex
from app.gui.graph.painting.canvas import box_of
from app.gui.graph.scenes.scene import PlacedNode, Scene
from app.session.graph.payloads import TensorItem
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import no_grad_cut

ITEM = TensorItem(1, "x", "", "leaf")
rects = st.builds(
    QRectF,
    st.floats(-3000, 3000),
    st.floats(-3000, 3000),
    st.floats(1, 900),
    st.floats(1, 900),
)


@given(st.lists(rects, max_size=30), rects)
def test_the_index_finds_what_looking_at_all_finds(all_rects: list[QRectF], area: QRectF) -> None:
    nodes = [PlacedNode(str(index), ITEM, rect) for index, rect in enumerate(all_rects)]
    found = Scene(nodes, [], []).nodes_in(area)
    assert found == [node for node in nodes if node.rect.intersects(area)]


@given(st.lists(rects, min_size=1, max_size=30))
def test_the_index_finds_everything_from_far_away(all_rects: list[QRectF]) -> None:
    far = QRectF(-1e6, -1e6, 2e6, 2e6)
    assert RectangleIndex(map(box_of, all_rects)).near(box_of(far)) == list(range(len(all_rects)))


def test_the_topmost_node_is_hit() -> None:
    below, above = (PlacedNode(key, ITEM, QRectF(0, 0, 100, 30)) for key in "ab")
    scene = Scene([below, above], [], [])
    assert scene.node_at(QPointF(50, 15)) is above
    assert scene.node_at(QPointF(150, 15)) is None


def test_what_lies_where(qapp: QApplication) -> None:
    scene = scene_of(no_grad_cut())
    node = scene.nodes["op:2"]
    pill = node.pills[1]
    assert scene.node_at(pill.rect.center()) is node
    hit = scene.pill_at(pill.rect.center())
    assert hit is pill
    assert hit.pills[0].name == "bias"
    frame = scene.frame_at(node.rect.center())
    assert frame is not None
    assert frame.key == "span:0"


def test_an_edge_is_hit_near_its_line_and_on_its_label(qapp: QApplication) -> None:
    scene = scene_of(no_grad_cut())
    edge = scene.edges["op:3", "op:4", 0]
    start, end = edge.segments[0]
    middle = (start + end) / 2
    assert scene.edge_at(middle + QPointF(4, 0), 6) is edge
    assert scene.edge_at(middle - QPointF(8, 0), 6) is None
    assert scene.edge_at(edge.label_rect.center(), 6) is edge


def test_edges_are_known_by_their_ends(qapp: QApplication) -> None:
    scene = scene_of(no_grad_cut())
    assert [edge.key[1] for edge in scene.leaving("op:3")] == ["op:4"]
    assert [edge.key[0] for edge in scene.arriving("op:3")] == ["cut:2"]
    assert scene.arriving("tensor:1") == []


def test_the_bounds_hold_everything(qapp: QApplication) -> None:
    scene = scene_of(no_grad_cut())
    for node in scene.nodes.values():
        assert scene.bounds.contains(node.rect)
    for edge in scene.edges.values():
        if edge.label is not None:
            assert scene.bounds.contains(edge.label_rect)
