from __future__ import annotations

from app.gui.graph import describe
from app.session.graph.payloads import CutItem, EdgeItem, TensorItem
from tests.gui.graph.demo_graphs import operation, pill


def test_an_operation_is_told_in_full() -> None:
    pills = (pill("weight"), pill("bias", "frozen"), pill("scale", "bad"))
    item = operation(1, "linear", "no_grad", module="lin1", line=10, pills=pills)
    assert describe.node_card(item).text.splitlines() == [
        "linear lin1, line 10",
        "skipped — no_grad",
        "[2, 2] → [2, 2]",
        "weight: .grad is None",
        "bias: frozen: requires_grad is False",
        "scale: .grad holds NaN",
    ]


def test_tensors_and_cuts_have_words_too() -> None:
    assert describe.node_card(TensorItem(1, "x", "leaf", "leaf")).text == "x\nleaf"
    assert describe.node_card(CutItem(1, "no_grad, line 9")).text == "CUT: no_grad, line 9"


def test_an_edge_says_what_flows() -> None:
    text = describe.edge_card(EdgeItem(1, "gradient", "x3", "grad [2, 2]")).text
    assert text == "x3 grad [2, 2]\nthe gradient flowed back here"
    assert describe.edge_card(EdgeItem(1, "cut", "", "")).text == "the gradient is cut here"
