"""Two graphs laid out as one: real runs, the real layout engine."""

from __future__ import annotations

from itertools import pairwise
from typing import Unpack

import networkx as nx
import pytest

from app.drawing.beside import Union, union
from app.drawing.quiet import quiet, quiet_item
from app.drawing.shapes import Line, Rect, Shape, Sign, Text
from app.gui.graph.painting.text import FACES, MEASURE
from app.gui.graph.scenes.making import Beside, Both, Wish, make_scene
from app.session.comparing.differences import differences
from app.session.comparing.folding import folded_alike
from app.session.comparing.pairing import Pairing, pair
from app.session.graph.choice import GraphChoice
from app.session.run import Run
from app.session.shown import Shown, show
from graphviz_render import Box, Layout, Options, layout
from tests.support import TraceText, snippet

pytestmark = pytest.mark.usefixtures("qapp")
SKIPPED = snippet("""
    lin0, lin1, lin2 = (nn.Linear(2, 2) for _ in range(3))
    x = torch.ones(1, 2, requires_grad=True)
    x1 = lin0(x)
    with torch.no_grad():
        x2 = lin1(x1)
    loss = lin2(x2).sum()
    loss.backward()
""")
RECORDED = SKIPPED.replace("with torch.no_grad():", "if True:")
PAIRS = [
    (SKIPPED, SKIPPED),
    (SKIPPED, RECORDED),
    (RECORDED, SKIPPED),
    (SKIPPED, SKIPPED.replace("lin2(x2)", "lin2(x2.tanh().relu())")),
    (SKIPPED.replace("x1 = lin0(x)\n", "x1 = x\n"), RECORDED),
    (SKIPPED, snippet("w = torch.ones(2, requires_grad=True)\nw.sin().sum().backward()\n")),
    (
        SKIPPED.replace("with torch.no_grad():\n    x2 = lin1(x1)\nloss = lin2(x2)",
                        "with torch.no_grad():\n    x2 = lin1(x1)\n    x3 = lin2(x2)\nloss = x3"),
        SKIPPED.replace("x1 = lin0(x)\nwith torch.no_grad():\n    x2",
                        "with torch.no_grad():\n    x1 = lin0(x)\n    x2"),
    ),
]  # fmt: skip


def _both(trace: TraceText, first: str, second: str) -> tuple[Shown, Shown, Pairing]:
    one, other = (show(Run(trace(text)), GraphChoice()) for text in (first, second))
    found = differences(one.run, other.run)
    keys = {partner: key for key, partner in found.alignment.groups.items()}
    one = folded_alike(one, other, keys)
    return one, other, pair(one, other, found)


def _laid_out(one: Shown, other: Shown, pairing: Pairing) -> tuple[Union, Layout, Layout]:
    found = union(MEASURE.measured(one.graph), MEASURE.measured(other.graph), pairing)
    whole = layout(found.graph, routing="orthogonal")
    return found, found.first.layout(whole), found.second.layout(whole)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_both_have_is_at_one_place_and_nothing_lies_on_anything(
    trace: TraceText, first: str, second: str
) -> None:
    one, other, pairing = _both(trace, first, second)
    found, left, right = _laid_out(one, other, pairing)
    for nodes in pairing.nodes:
        if nodes.first is not None and nodes.second is not None:
            assert left.nodes[nodes.first] == right.nodes[nodes.second]
    assert (left.width, left.height) == (right.width, right.height)
    boxes = [*{*left.nodes.values(), *right.nodes.values()}]
    assert len(boxes) == len(found.graph)
    assert not any(_overlap(a, b) for a in boxes for b in boxes if a is not b)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_each_graph_has_all_its_parts_and_frames_hold_their_nodes(
    trace: TraceText, first: str, second: str
) -> None:
    one, other, pairing = _both(trace, first, second)
    _, *layouts = _laid_out(one, other, pairing)
    for shown, placed in zip((one, other), layouts, strict=True):
        assert placed.nodes.keys() == set(shown.graph)
        assert placed.edges.keys() == set(shown.graph.edges(keys=True))
        frames = shown.graph.graph["frames"]
        for node, data in shown.graph.nodes(data=True):
            frame = data.get("cluster")
            while frame in frames:
                assert _holds(placed.clusters[frame], placed.nodes[node])
                frame = frames[frame].parent
        for (source, target, _), route in placed.edges.items():
            assert _touches(placed.nodes[source], route.points[0])
            assert _touches(placed.nodes[target], route.points[-1])
            if route.kind == "polyline":
                assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(route.points))


def test_the_way_past_a_cut_leads_straight_through_its_empty_room(trace: TraceText) -> None:
    one, other, pairing = _both(trace, SKIPPED, RECORDED)
    _, left, right = _laid_out(one, other, pairing)
    cut = next(box for key, box in left.nodes.items() if str(key).startswith("cut:"))
    through = [
        route.points for route in right.edges.values()
        if len(route.points) == 2
        and route.points[0][1] < cut.y < cut.bottom < route.points[1][1]
    ]  # fmt: skip
    assert len(through) == 1
    assert cut.x < through[0][0][0] < cut.right


def test_crossing_frames_keep_their_nodes(trace: TraceText) -> None:
    """Two regions, each with a node that the other does not hold."""
    one, other, pairing = _both(trace, *PAIRS[-1])
    _, left, _ = _laid_out(one, other, pairing)
    assert len(left.clusters) == len(one.graph.graph["frames"]) == 1


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.right and other.x < one.right
        and one.y < other.bottom and other.y < one.bottom
    )  # fmt: skip


def _holds(frame: Box, node: Box) -> bool:
    return (
        frame.x <= node.x and node.right <= frame.right
        and frame.y <= node.y and node.bottom <= frame.bottom
    )  # fmt: skip


def _touches(box: Box, point: tuple[float, float]) -> bool:
    x, y = point
    return box.x - 1 <= x <= box.right + 1 and box.y - 1 <= y <= box.bottom + 1


# -------------------------------------------------------------------------------------- quiet


def test_quiet_drawings_have_their_shapes_and_no_colour_of_a_status(trace: TraceText) -> None:
    from app.drawing.lens import Lens
    from app.drawing.nodes import node

    graph = show(Run(trace(SKIPPED)), GraphChoice()).graph
    lens = Lens(FACES, 1.0)
    for key in graph:
        item = quiet_item(graph.nodes[key]["item"])
        drawing = node(lens, item, Box(0, 0, 280, 84))
        plain = quiet(drawing)
        assert [type(shape) for shape in plain] == [
            type(shape) for shape in drawing if not _is_inner(shape)
        ]
        assert not any("-" in color for shape in plain for color in _colors(shape))


def test_a_word_on_ink_stays_readable() -> None:
    dark = Rect("button", Box(0, 0, 40, 20), 4, "ink")
    word = Text(4, 14, "eval", FACES.plain, "panel")
    assert quiet([dark, word]) == [dark, word]


def test_pills_keep_their_colours_where_only_they_differ(trace: TraceText) -> None:
    from app.drawing.lens import Lens
    from app.drawing.nodes import node

    graph = show(Run(trace(RECORDED)), GraphChoice()).graph
    item = next(data["item"] for _, data in graph.nodes(data=True)
                if data["item"].title == "linear")  # fmt: skip
    drawing = node(Lens(FACES, 1.0), item, Box(0, 0, 280, 84))
    kept = quiet(drawing, but_pills=True)
    pills = [shape for shape in kept if isinstance(shape, Rect) and shape.part == "pill"]
    assert pills
    assert all(shape in drawing for shape in pills)
    assert not any("-" in color for color in _colors(kept[0]))


def _is_inner(shape: Shape) -> bool:
    return isinstance(shape, Rect) and shape.part == "inner"


def _colors(shape: Shape) -> list[str]:
    if isinstance(shape, Rect):
        return [shape.fill or "", shape.border.color if shape.border else ""]
    if isinstance(shape, Line):
        return [shape.border.color]
    return [shape.color] if isinstance(shape, (Text, Sign)) else []


def test_both_views_share_one_layout(trace: TraceText) -> None:
    one, other, pairing = _both(trace, SKIPPED, RECORDED)
    both, laid_out = Both(one.graph, other.graph, pairing), []

    def lay_out(graph: nx.MultiDiGraph[str], /, **options: Unpack[Options]) -> Layout:
        laid_out.append(graph)
        return layout(graph, **options)

    first, second = (
        make_scene(graph, Wish(width=300, beside=Beside(both, is_first)), lay_out)
        for graph, is_first in ((one.graph, True), (other.graph, False))
    )
    assert len(laid_out) == 1
    for pair_ in pairing.nodes:
        if pair_.first and pair_.second:
            assert first.nodes[pair_.first].rect.y() == second.nodes[pair_.second].rect.y()
    make_scene(other.graph, Wish(width=900, beside=Beside(both, is_first=False)), lay_out)
    assert len(laid_out) == 2, "another width is another layout"
