"""The bars at which gradients stop, in graphs of real traces."""

from __future__ import annotations

import networkx as nx

from app.session.graph.building import build
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import unfold_all
from app.session.graph.payloads import CutItem, OperationItem
from app.session.run import Run
from tests.support import TraceText, snippet

PATCHED = snippet(
    """
    net = nn.Linear(2, 1)
    for _ in range(3):
        loss = torch.tensor(net(torch.ones(1, 2)).item(), requires_grad=True)
        loss.backward()
    """
)
REGION = snippet(
    """
    one, two = nn.Linear(2, 2), nn.Linear(2, 1)
    for _ in range(3):
        with torch.no_grad():
            h = one(torch.ones(1, 2))
        two(h).sum().backward()
    """
)


def graph_of(trace: TraceText, text: str) -> nx.MultiDiGraph[str]:
    return build(Run(trace(text)), GraphChoice(folds=unfold_all()))


def bars(graph: nx.MultiDiGraph[str]) -> list[tuple[str, str]]:
    """Return what each bar is between."""
    found = []
    for key, data in graph.nodes(data=True):
        if isinstance(data["item"], CutItem):
            (before,), (after,) = graph.predecessors(key), graph.successors(key)
            found.append((_name(graph, before), _name(graph, after)))
    return found


def _name(graph: nx.MultiDiGraph[str], key: str) -> str:
    item = graph.nodes[key]["item"]
    assert isinstance(item, OperationItem)
    return item.title


def test_each_iteration_has_its_bar(trace: TraceText) -> None:
    assert bars(graph_of(trace, REGION)) == [("linear", "linear")] * 3


def test_a_value_that_left_torch_leads_to_where_it_came_back(trace: TraceText) -> None:
    assert bars(graph_of(trace, PATCHED)) == [("item", "tensor")] * 3


def test_a_bar_lies_in_the_frame_of_what_it_stands_between(trace: TraceText) -> None:
    for text in (PATCHED, REGION):
        graph = graph_of(trace, text)
        for key, data in graph.nodes(data=True):
            if isinstance(data["item"], CutItem):
                (after,) = graph.successors(key)
                assert graph.nodes[key]["cluster"] == graph.nodes[after]["cluster"] is not None
