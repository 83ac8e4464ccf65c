from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest

from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.pieces import GAP, in_rows, lay_out_pieces, split
from app.session.graph.payloads import FrameItem
from graphviz_render import Box, Layout, layout
from tests.gui.graph.demo_graphs import no_grad_cut, operation, statuses

pytestmark = pytest.mark.usefixtures("qapp")


def scattered(count: int, *, framed: bool = False) -> nx.MultiDiGraph[str]:
    """Operations that have nothing to do with each other, in one frame or in none."""
    frame = FrameItem(0, "no_grad", "torch.no_grad()", 1, "no_grad", None)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={"f": frame})
    for number in range(count):
        graph.add_node(f"op:{number}", item=operation(number, "item", line=number))
        if framed:
            graph.nodes[f"op:{number}"]["cluster"] = "f"
    return graph


def test_what_is_connected_or_framed_together_is_one_piece() -> None:
    assert len(split(MEASURE.measured(no_grad_cut()))) == 1
    assert len(split(MEASURE.measured(scattered(5, framed=True)))) == 1
    assert len(split(MEASURE.measured(scattered(5)))) == 5


def test_pieces_keep_everything_and_stand_in_the_order_of_the_run() -> None:
    graph = MEASURE.measured(statuses())
    pieces = split(graph)
    assert [next(iter(piece)) for piece in pieces] == ["op:0", "op:20"]
    assert {key for piece in pieces for key in piece} == set(graph)
    edges = {key for piece in pieces for key in piece.edges(keys=True)}
    assert edges == set(graph.edges(keys=True))
    for piece in pieces:
        assert all(piece.nodes[key] == graph.nodes[key] for key in piece)


@pytest.mark.parametrize("width", [300.0, 700.0, 5000.0])
def test_pieces_fill_rows_of_the_width_and_never_touch(width: float) -> None:
    graph = MEASURE.measured(scattered(7))
    whole = lay_out_pieces(graph, layout, width)
    boxes = list(whole.nodes.values())
    assert len(boxes) == 7
    assert whole.width <= max(width, boxes[0].width)
    for first, second in combinations(boxes, 2):
        apart = (
            first.right + GAP <= second.x
            or second.right + GAP <= first.x
            or first.bottom + GAP <= second.y
            or second.bottom + GAP <= first.y
        )
        assert apart
    places = [(box.y, box.x) for box in boxes]
    assert places == sorted(places), "rows are read like a text"


def test_small_and_large_pieces_are_placed_alike() -> None:
    both = statuses()
    both.add_node("op:99", item=operation(99, "item"))
    graph = MEASURE.measured(both)
    whole = lay_out_pieces(graph, layout, 400.0)
    assert set(whole.nodes) == set(graph)
    assert set(whole.edges) == set(graph.edges(keys=True))
    for source, target, key in graph.edges(keys=True):
        route = whole.edges[source, target, key]
        box = whole.nodes[source]
        x, y = route.points[0]
        assert box.x <= x <= box.right
        assert y == pytest.approx(box.bottom, abs=1)


def test_a_piece_wider_than_the_width_sets_the_width() -> None:
    wide = Layout(900, 50, {"a": Box(0, 0, 900, 50)})
    small = Layout(400, 50, {"b": Box(0, 0, 400, 50)})
    other = Layout(400, 50, {"c": Box(0, 0, 400, 50)})
    rows = in_rows([wide, small, other], 500)
    assert rows.width == 900
    assert rows.nodes["b"] == Box(0, 50 + GAP, 400, 50)
    assert rows.nodes["c"] == Box(400 + GAP, 50 + GAP, 400, 50)


def test_a_graph_of_one_piece_is_laid_out_as_it_is() -> None:
    graph = MEASURE.measured(no_grad_cut())
    assert lay_out_pieces(graph, layout, 100.0) == layout(graph)


def test_where_there_is_no_room_given_rows_make_a_page() -> None:
    whole = lay_out_pieces(MEASURE.measured(scattered(40)), layout, 0.0)
    assert 0.7 < whole.width / whole.height < 2.5


def test_rows_grow_with_a_window_that_they_outgrow_while_they_can_be_read() -> None:
    graph = MEASURE.measured(scattered(60))
    narrow = lay_out_pieces(graph, layout, 700.0)
    fitted = lay_out_pieces(graph, layout, 700.0, 600.0)
    assert narrow.width <= 700 < fitted.width <= 700 / 0.7
    assert fitted.height < narrow.height
