from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF

from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.making import Wish, make_scene
from app.gui.graph.scenes.placing import place
from app.session.graph.payloads import EdgeItem
from app.session.look.geometry import COMPACT_HEIGHT
from graphviz_render import layout
from graphviz_render.geometry import tunnel
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import chain, no_grad_cut, residual, statuses

pytestmark = pytest.mark.usefixtures("qapp")


def test_everything_is_placed_on_whole_pixels() -> None:
    graph = statuses()
    scene = scene_of(graph)
    assert set(scene.nodes) == set(graph)
    assert set(scene.edges) == set(graph.edges(keys=True))
    for node in scene.nodes.values():
        assert node.rect == node.rect.toRect().toRectF()


def test_nodes_lie_in_their_frame_below_its_header() -> None:
    scene = scene_of(no_grad_cut())
    (frame,) = scene.frames
    inside = scene.nodes["op:2"].rect
    assert frame.rect.contains(inside)
    assert inside.top() - frame.rect.top() >= 26
    assert not frame.rect.intersects(scene.nodes["cut:2"].rect)
    assert frame.rect.width() == scene.nodes["cut:2"].rect.width()


def test_inside_a_module_operations_are_compact() -> None:
    scene = scene_of(residual())
    assert all(node.form == "row" for key, node in scene.nodes.items() if key.startswith("op:"))


def test_pills_stand_in_rows_within_their_node() -> None:
    node = scene_of(statuses()).nodes["op:20"]
    assert [len(pill.pills) for pill in node.pills] == [1, 1, 1, 1, 1, 3]
    assert all(node.rect.contains(pill.rect) for pill in node.pills)
    rows = sorted({pill.rect.y() - node.rect.y() for pill in node.pills})
    assert rows == [56, 86, 116]
    assert node.pills[5].is_rest


def test_the_only_pill_takes_the_whole_row() -> None:
    graph = no_grad_cut()
    item = graph.nodes["op:1"]["item"]
    graph.nodes["op:1"]["item"] = replace(item, pills=item.pills[:1])
    node = scene_of(graph).nodes["op:1"]
    assert node.pills[0].rect.width() == node.rect.width() - 20


def test_a_tunnel_is_drawn_as_two_stubs() -> None:
    graph = no_grad_cut()
    placed = layout(MEASURE.measured(graph))
    key = ("op:3", "op:4", 0)
    placed.edges[key] = tunnel(placed.nodes["op:3"], placed.nodes["op:4"], "TB")
    edge = place(graph, placed).edges[key]
    assert edge.route.is_tunnel
    assert len(edge.segments) == 2
    middle: QPointF = (edge.points[1] + edge.points[2]) / 2
    assert not edge.path.contains(middle)


def test_labels_keep_clear_of_a_tunnel_s_ends_and_not_of_what_is_not_drawn() -> None:
    graph = chain(40, branch_every=1000)
    plain = scene_of(graph)
    graph.add_edge("op:0", "op:39", item=EdgeItem(7, "data", "", ""))
    tunnelled = scene_of(graph)
    edge = tunnelled.edges["op:0", "op:39", 0]
    assert edge.route.is_tunnel
    start = tunnelled.nodes["op:0"].rect
    assert start.center().x() < edge.points[0].x() < start.right(), "beside the line to the next"
    for key in [("op:10", "op:11", 0), ("op:20", "op:21", 0)]:
        side = tunnelled.edges[key].label_rect.left() - tunnelled.edges[key].points[0].x()
        assert side == plain.edges[key].label_rect.left() - plain.edges[key].points[0].x()


def test_nodes_are_rows_where_the_room_has_none_for_more() -> None:
    graph = no_grad_cut()
    full = make_scene(graph, Wish(width=1200, height=1200), layout)
    rows = make_scene(graph, Wish(width=400, height=300), layout)
    assert {node.form for node in full.nodes.values()} == {"full"}
    assert {node.form for node in rows.nodes.values()} >= {"row"}
    assert rows.bounds.height() < 0.75 * full.bounds.height()


def test_rows_are_as_high_as_the_room_lets_them_so_that_names_are_clear_of_borders() -> None:
    graph = chain(9, branch_every=1000)
    graph.remove_edges_from(list(graph.edges))
    graph.add_edges_from(
        ("op:0", f"op:{n}", {"item": EdgeItem(n, "data", "", "")}) for n in range(1, 9)
    )
    tight, high = (make_scene(graph, Wish(width=440, height=room), layout) for room in (40, 600))
    assert {node.rect.height() for node in tight.nodes.values()} == {COMPACT_HEIGHT}
    zoom = 440 / high.bounds.width()
    assert {round(node.rect.height() * zoom) for node in high.nodes.values()} == {15}


def test_a_graph_turns_only_where_its_names_have_no_room_and_only_if_it_may() -> None:
    graph = chain(9, branch_every=1000)
    graph.remove_edges_from(list(graph.edges))
    graph.add_edges_from(
        ("op:0", f"op:{n}", {"item": EdgeItem(n, "data", "", "")}) for n in range(1, 9)
    )
    narrow = Wish(width=360, height=600)
    down = make_scene(graph, narrow, layout)
    turned = make_scene(graph, replace(narrow, may_turn=True), layout)
    assert (down.direction, turned.direction) == ("TB", "LR")
    assert turned.bounds.width() < 0.5 * down.bounds.width()
    roomy = Wish(width=1400, height=600, may_turn=True)
    assert make_scene(graph, roomy, layout).direction == "TB"
