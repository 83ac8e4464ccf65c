"""Graphs that are higher than the window, broken into columns."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest

from app.drawing.grid import overlap
from app.gui.graph.scenes.columns import in_columns
from graphviz_render import Layout, layout

ROOM = (500.0, 440.0)


def chain(count: int, *, far: int = 0) -> Layout:
    """Boxes below each other; the first is also an input of the box `far` from it."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(clusters={})
    for number in range(count):
        graph.add_node(str(number), width=160, height=28)
        if number:
            graph.add_edge(str(number - 1), str(number))
    if far:
        graph.add_edge("0", str(far))
    return layout(graph, routing="orthogonal")


def test_what_fits_stays_as_it_is() -> None:
    small = chain(5)
    assert in_columns(small, *ROOM) is small


def test_a_graph_that_is_too_large_to_be_read_in_columns_stays_as_it_is() -> None:
    large = chain(500)
    assert in_columns(large, *ROOM) is large


def test_a_chain_goes_down_then_right() -> None:
    before = chain(30)
    after = in_columns(before, *ROOM)
    boxes = [after.nodes[str(number)] for number in range(30)]
    assert len({box.x for box in boxes}) in (3, 4)
    for one, other in pairwise(boxes):
        assert one.y < other.y if one.x == other.x else one.x < other.x
    scale = min(ROOM[0] / after.width, ROOM[1] / after.height)
    assert scale > 2 * ROOM[1] / before.height


@pytest.mark.parametrize("far", [0, 14, 29])
def test_edges_still_lead_from_node_to_node_and_cross_none(far: int) -> None:
    after = in_columns(chain(30, far=far), *ROOM)
    for (source, target, _), route in after.edges.items():
        box = after.nodes[source]
        assert box.x <= route.points[0][0] <= box.right
        assert route.points[0][1] == box.bottom
        box = after.nodes[target]
        assert box.x <= route.points[-1][0] <= box.right
        assert route.points[-1][1] == box.y
        pieces = list(pairwise(route.points))
        for (x, y), (next_x, next_y) in pieces if route.kind != "tunnel" else pieces[:1]:
            assert x == next_x or y == next_y
            piece = box._replace(
                x=min(x, next_x), y=min(y, next_y), width=abs(next_x - x), height=abs(next_y - y)
            )
            others = (one for key, one in after.nodes.items() if key not in (source, target))
            assert not any(overlap(piece, one) for one in others)


def test_a_frame_is_not_cut() -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        clusters={"f": {"parent": None, "margin": 16, "header": 20}}
    )
    for number in range(30):
        inside = {"cluster": "f"} if 8 <= number < 20 else {}
        graph.add_node(str(number), width=160, height=28, **inside)
        if number:
            graph.add_edge(str(number - 1), str(number))
    after = in_columns(layout(graph, routing="orthogonal"), *ROOM)
    frame = after.clusters["f"]
    for number in range(30):
        assert overlap(after.nodes[str(number)], frame) == (8 <= number < 20)
