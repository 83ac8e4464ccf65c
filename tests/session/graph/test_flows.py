"""Which edges carry a gradient back."""

from __future__ import annotations

import networkx as nx
import pytest

from app.session.details.operation import operation_details
from app.session.graph.building import FAILED_CALL, build
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import fold_all
from app.session.graph.payloads import GroupItem, OperationItem, TensorItem
from app.session.run import Run
from app.session.timeline import History
from tests.support import TraceText, snippet

AT_A_LEAF = snippet(
    """
    x = torch.ones(2)
    loss = (x * 2).mean()
    loss.requires_grad = True
    loss.backward()
    """
)


def test_nothing_flows_from_a_leaf_into_what_made_it(trace: TraceText) -> None:
    graph = build(Run(trace(AT_A_LEAF)))
    (edge,) = (
        data["item"]
        for source, target, data in graph.edges(data=True)
        if isinstance(maker := graph.nodes[source]["item"], OperationItem)
        and maker.title == "mean"
        and isinstance(graph.nodes[target]["item"], TensorItem)
    )
    assert (edge.kind, edge.detail) == ("data", "scalar")


def test_the_edge_at_which_a_pass_failed_says_so(trace: TraceText) -> None:
    graph = build(
        Run(
            trace(
                snippet(
                    """
                w = torch.ones(3, requires_grad=True)
                h = torch.sigmoid(w * 2)
                h[h > 0.5] = 0
                h.sum().backward()
                """
                )
            )
        )
    )
    told = {
        (source.title, target.title): data["item"].detail
        for s, t, data in graph.edges(data=True)
        if isinstance(source := graph.nodes[s]["item"], OperationItem)
        and isinstance(target := graph.nodes[t]["item"], OperationItem)
    }
    assert told["sigmoid", "setitem"] == "grad [3]  norm 0.00"  # it arrived; then sigmoid failed
    assert told["mul", "sigmoid"] == "backward failed"


@pytest.mark.parametrize(
    "uses",
    ["m = x.detach().mean()\n    return x * m", "y = x * 2\n    return y + x.detach().mean()"],
)
def test_the_edge_into_a_folded_group_carries_the_gradient_that_one_use_of_it_gave(
    trace: TraceText, uses: str
) -> None:
    text = f"def scaled(x):\n    {uses}\n\nw = torch.ones(2, requires_grad=True)\n"
    text += "h = w * 3\nscaled(h).sum().backward()\n"
    graph = build(Run(trace(snippet(text))), GraphChoice(folds=fold_all()))
    (into,) = (
        data["item"]
        for source, target, data in graph.edges(data=True)
        if getattr(graph.nodes[source]["item"], "title", "") == "mul"
        and isinstance(graph.nodes[target]["item"], GroupItem)
    )
    assert into.kind == "gradient"


EVALUATED = snippet(
    """
    import torch
    from torch import nn
    lin, drop = nn.Linear(4, 3), nn.Dropout(0.5)
    drop.eval()
    h = lin(torch.ones(2, 4))
    o = drop(h)
    o.sum().backward()
    """
)


def test_what_hands_its_input_on_stands_in_line(trace: TraceText) -> None:
    run = Run(trace(EVALUATED))
    graph = build(run)
    items = nx.get_node_attributes(graph, "item")
    named = {item.title: key for key, item in items.items()}
    assert items[named["dropout"]].words == "passes through (eval)"
    way = [(named["linear"], named["dropout"]), (named["dropout"], named["sum"])]
    for source, target in way:
        (edge,) = graph.get_edge_data(source, target).values()
        assert edge["item"].kind == "gradient"
    assert not graph.has_edge(named["linear"], named["sum"])


def test_what_hands_its_input_on_stands_in_line_under_no_grad(trace: TraceText) -> None:
    """It was drawn as a dead end, because torch's answer is no_grad there."""
    text = EVALUATED.replace("h = lin", "with torch.no_grad():\n    h = lin")
    text = text.replace("o = ", "    o = ").replace("o.sum().backward()", "    o.sum()")
    graph = build(Run(trace(text)))
    keys = {item.title: key for key, item in nx.get_node_attributes(graph, "item").items()}
    assert graph.has_edge(keys["dropout"], keys["sum"])
    assert not graph.has_edge(keys["linear"], keys["sum"])


def test_its_result_has_the_grad_fn_of_what_it_hands_on(trace: TraceText) -> None:
    run = Run(trace(EVALUATED))
    history = History(run, hide_setup=True)
    dropout = next(one for one in run.units if one.name == "dropout")
    details = operation_details(history.at(history.end), dropout)
    facts = {fact.label: fact.value for box in details.boxes for fact in box.facts}
    assert facts["Result"] == "grad_fn = AddmmBackward0"
    assert facts["Mode of the module"] == "eval, since line 6"


SIDE_INPUT = snippet(
    """
    from torch import nn
    net = nn.Linear(4, 3)
    images, labels = torch.ones(2, 4), torch.tensor([0, 1])
    loss = nn.functional.cross_entropy(net(images), labels)
    loss.backward()
    """
)


def test_data_beside_the_main_input_is_a_pill_of_its_only_user(trace: TraceText) -> None:
    graph = build(Run(trace(SIDE_INPUT)))
    items = nx.get_node_attributes(graph, "item").values()
    capsules = [item.title for item in items if isinstance(item, TensorItem)]
    assert capsules == ["images", "loss"]
    (entropy,) = (item for item in items if item.title == "cross_entropy")
    assert [(pill.name, pill.state, pill.words) for pill in entropy.pills] == [
        ("labels", "input", "int64 [2]")
    ]


def test_data_that_several_operations_use_has_a_capsule(trace: TraceText) -> None:
    graph = build(Run(trace(SIDE_INPUT + "again = net(images) + labels.sum()\n")))
    items = nx.get_node_attributes(graph, "item").values()
    assert "labels" in [item.title for item in items if isinstance(item, TensorItem)]


IN_A_LOOP = snippet(
    """
    w = torch.ones(2, requires_grad=True)
    for step in range(4):
        loss = (w * 2).sum()
        loss.backward()
    """
)


def test_the_loss_of_a_loop_stands_in_its_frame(trace: TraceText) -> None:
    graph = build(Run(trace(IN_A_LOOP)))
    (loss,) = (
        data for _, data in graph.nodes(data=True)
        if isinstance(data["item"], TensorItem) and data["item"].title == "loss"
    )  # fmt: skip
    assert graph.graph["frames"][loss["cluster"]].stepper is not None


FAILING = snippet(
    """
    from torch import nn
    net, head = nn.Linear(4, 3), nn.Linear(5, 2)
    scores = head(net(torch.ones(2, 4)))
    """
)


def test_the_call_that_failed_is_a_node_below_what_it_was_given(trace: TraceText) -> None:
    graph = build(Run(trace(FAILING)))
    item = graph.nodes[FAILED_CALL]["item"]
    assert (item.title, item.module, item.status) == ("linear", "head", "failed")
    assert item.words.startswith("RuntimeError: mat1 and mat2 shapes cannot be multiplied")
    (source,) = graph.predecessors(FAILED_CALL)
    assert graph.nodes[source]["item"].module == "net"


@pytest.mark.parametrize(
    "text",
    ["x = torch.ones(1)\nraise ValueError\n", "torch.ones(1).sum().backward()\n"],
    ids=["not in torch", "in backward"],
)
def test_other_errors_have_no_node(trace: TraceText, text: str) -> None:
    assert FAILED_CALL not in build(Run(trace(snippet(text))))
