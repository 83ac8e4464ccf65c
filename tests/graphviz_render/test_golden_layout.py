"""One small picture to the pixel: a change here is a change of what users see.

Read it as a drawing: x, ln, k, t, mm, add and loss are the longest path and form one column; q is a
short branch at its left, w a parameter at its right, and the skip connection from x to add leads
round the column.
"""

from __future__ import annotations

from graphviz_render import layout
from tests.graphviz_render.graphs import graph_of

GRAPH = graph_of(
    *[("x", "ln"), ("ln", "q"), ("ln", "k"), ("k", "t"), ("q", "mm"), ("t", "mm")],
    *[("mm", "add"), ("x", "add"), ("w", "add"), ("add", "loss")],
)
ACROSS = {"q": 0, "w": 276, **dict.fromkeys(("x", "ln", "k", "t", "mm", "add", "loss"), 132)}
DEEP = {"x": 0, "ln": 72, "q": 144, "k": 144, "t": 216, "mm": 288, "w": 288, "add": 360}
LINES = {
    ("x", "ln"): [(170, 40), (170, 72)],
    ("x", "add"): [(194, 40), (194, 56), (254, 56), (254, 339), (182, 339), (182, 360)],
    ("ln", "q"): [(170, 112), (170, 128), (50, 128), (50, 144)],
    ("ln", "k"): [(194, 112), (194, 144)],
    ("q", "mm"): [(50, 184), (50, 272), (158, 272), (158, 288)],
    ("k", "t"): [(182, 184), (182, 216)],
    ("t", "mm"): [(182, 256), (182, 288)],
    ("mm", "add"): [(174, 328), (174, 360)],
    ("w", "add"): [(326, 328), (326, 349), (206, 349), (206, 360)],
    ("add", "loss"): [(182, 400), (182, 432)],
}


def test_the_drawing_is_as_it_was() -> None:
    placed = layout(GRAPH, engine="layered", routing="orthogonal")
    assert {node: box.x for node, box in placed.nodes.items()} == ACROSS
    assert {node: box.y for node, box in placed.nodes.items()} == DEEP | {"loss": 432}
    assert (placed.width, placed.height) == (376, 472)
    lines = {
        (tail, head): [(round(x), round(y)) for x, y in route.points]
        for (tail, head, _), route in placed.edges.items()
    }
    assert lines == LINES


def test_from_left_to_right_the_ranks_are_the_same() -> None:
    placed = layout(GRAPH, engine="layered", direction="LR")
    depths = sorted({box.x for box in placed.nodes.values()})
    ranks = sorted({*DEEP.values(), 432})
    for node, box in placed.nodes.items():
        assert depths.index(box.x) == ranks.index(DEEP.get(str(node), 432))
