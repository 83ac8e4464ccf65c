from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest

from app.drawing.lens import Lens
from app.drawing.nodes import node
from app.drawing.shapes import Text
from app.gui.graph.painting.text import FACES, MEASURE
from app.session.graph.payloads import CutItem, EdgeItem, FrameItem, TensorItem
from app.session.look import geometry as g
from app.session.look.measure import NodeItem, pill_value, pills_shown, rows_of
from graphviz_render import Box
from tests.gui.graph.demo_graphs import no_grad_cut, operation, pill, residual

pytestmark = pytest.mark.usefixtures("qapp")
MODULE = FrameItem(None, "module", "net.0", None, "neutral", None)
REGION = FrameItem(0, "no_grad", "torch.no_grad()", 9, "no_grad", None)


def test_an_operation_has_the_standard_sizes() -> None:
    assert MEASURE.node_size(operation(1, "sum", line=12)).height == 48
    two = operation(1, "linear", module="lin0", line=8, pills=(pill("weight"), pill("bias")))
    size = MEASURE.node_size(two)
    assert (size.width, size.height) == (272, 84)


@pytest.mark.parametrize(("count", "height"), [(1, 84), (2, 84), (3, 114), (6, 144), (16, 144)])
def test_rows_of_pills_make_a_node_taller(count: int, height: float) -> None:
    pills = tuple(pill(f"p{number}") for number in range(count))
    assert MEASURE.node_size(operation(1, "lstm", pills=pills)).height == height


def test_pills_beyond_the_room_are_counted_in_the_last() -> None:
    assert pills_shown(6) == 6
    assert pills_shown(7) == 5


def test_all_operations_of_a_graph_share_a_width() -> None:
    narrow = operation(1, "sum", shapes="")
    wide = operation(2, "scaled_dot_product_attention", module="decoder.4", line=1234)
    width = MEASURE.column_width([narrow, wide])
    assert g.NODE_WIDTH < width <= g.NODE_MAX_WIDTH
    assert width % g.WIDTH_STEP == 0
    assert (
        MEASURE.node_size(narrow, column=width).width
        == MEASURE.node_size(wide, column=width).width
        == width
    )


def test_a_cut_bar_is_as_wide_as_the_frame_above_it() -> None:
    assert (
        MEASURE.node_size(CutItem(1, "no_grad, line 9"), column=280).width
        == 280 + 2 * g.FRAME_PADDING
    )


def test_a_tensor_has_room_for_its_name_and_detail() -> None:
    short = MEASURE.node_size(TensorItem(1, "x", "leaf", "leaf"))
    long = MEASURE.node_size(TensorItem(1, "hidden_state", "[64, 128, 512]", "leaf"))
    assert short.height == long.height == g.TENSOR_HEIGHT
    assert long.width > short.width


def with_items(*items: NodeItem, frame: FrameItem | None = None) -> nx.MultiDiGraph[str]:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frames={} if frame is None else {"f": frame})
    for number, item in enumerate(items):
        graph.add_node(str(number), item=item, **({} if frame is None else {"cluster": "f"}))
    return graph


def test_only_operations_without_grads_inside_modules_are_rows() -> None:
    plain, whole = operation(1, "relu"), operation(2, "linear", pills=(pill("weight"),))
    tensor = TensorItem(1, "x", "", "leaf")
    assert rows_of(with_items(plain, whole, tensor, frame=MODULE)) == {"0"}
    assert not rows_of(with_items(plain, frame=REGION))
    assert not rows_of(with_items(plain))


def test_in_a_graph_of_many_nodes_all_operations_are_rows() -> None:
    many = [operation(number, "linear", pills=(pill("weight"),)) for number in range(20)]
    graph = with_items(*many, TensorItem(1, "x", "", "leaf"))
    assert rows_of(graph) == {str(number) for number in range(20)}
    assert MEASURE.measured(graph).nodes["0"]["height"] == g.COMPACT_HEIGHT


def test_a_row_has_room_for_its_name_from_afar() -> None:
    item = operation(1, "scaled_dot", module="")
    box = Box(0, 0, MEASURE.node_size(item, form="row").width, g.COMPACT_HEIGHT)
    texts = [shape.text for shape in node(Lens(FACES, 0.55), item, box, form="row")
             if isinstance(shape, Text)]  # fmt: skip
    assert "scaled_dot" in texts


@pytest.mark.parametrize(
    ("state", "text"),
    [("none", "None"), ("norm", "norm 2.06"), ("bad", "NaN"), ("frozen", ""), ("value", "")],
)
def test_what_a_pill_says(state: str, text: str) -> None:
    assert pill_value(pill("w", state, 1.0)) == text  # type: ignore[arg-type]  # parametrized


def test_a_label_breaks_where_one_line_is_too_long() -> None:
    one = MEASURE.edge_label(EdgeItem(1, "data", "x", "[2, 2]"))
    two = MEASURE.edge_label(
        EdgeItem(1, "gradient", "hidden_state", "grad [64, 128, 512]  norm 0.00213")
    )
    assert one is not None
    assert two is not None
    assert (one.two_lines, two.two_lines) == (False, True)
    assert two.height == 2 * one.height
    assert max(one.width, two.width) <= g.LABEL_MAX_WIDTH
    assert MEASURE.edge_label(EdgeItem(1, "cut", "", "")) is None


def test_the_layout_gets_sizes_and_clusters_but_no_meanings() -> None:
    graph = no_grad_cut()
    sized = MEASURE.measured(graph)
    assert set(sized) == set(graph)
    assert set(sized.edges(keys=True)) == set(graph.edges(keys=True))
    assert sized.graph["clusters"]["span:0"]["parent"] is None
    assert sized.nodes["op:2"] == {"width": 280, "height": 84, "cluster": "span:0"}
    assert "cluster" not in sized.nodes["op:1"]
    assert sized.edges["tensor:1", "op:1", 0]["label_height"] > 0
    assert sized.edges["op:2", "cut:2", 0] == {}


def test_measuring_leaves_the_graph_alone() -> None:
    graph = residual()
    before = {key: dict(data) for key, data in graph.nodes(data=True)}
    MEASURE.measured(graph)
    assert {key: dict(data) for key, data in graph.nodes(data=True)} == before


def test_a_frame_that_holds_nothing_takes_no_room() -> None:
    graph = no_grad_cut()
    graph.graph["frames"]["empty"] = REGION
    graph.graph["frames"]["outer"] = MODULE
    inner = graph.graph["frames"]["span:0"]
    graph.graph["frames"]["span:0"] = replace(inner, parent="outer")
    assert set(MEASURE.measured(graph).graph["clusters"]) == {"span:0", "outer"}


def test_a_value_that_goes_to_many_is_named_once() -> None:
    graph = residual(1)
    fans = [key for key in graph.edges(keys=True) if key[0] == "tensor:0"]
    for key in fans:
        graph.edges[key]["item"] = EdgeItem(0, "gradient", "h", "[64, 64]")
    assert [key for key in fans if key in MEASURE.edge_labels(graph)] == fans[:1]
    graph.edges[fans[1]]["item"] = EdgeItem(0, "data", "h", "[64, 64]")
    assert [key for key in fans if key in MEASURE.edge_labels(graph)] == fans
