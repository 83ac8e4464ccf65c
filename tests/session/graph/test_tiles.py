"""The second mark of nodes: what happened to the parameters in them."""

from __future__ import annotations

import networkx as nx

from app.session.graph.building import build
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import FoldState, fold_all
from app.session.graph.payloads import Tile
from app.session.graph.tiles import tile_words
from app.session.look.measure import pill_value
from app.session.run import Run
from tests.support import TraceText, snippet

FATES = snippet(
    """
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen, self.trained = nn.Linear(2, 2), nn.Linear(2, 2)
            self.hidden = [nn.Linear(2, 2)]

        def forward(self, x):
            return self.hidden[0](self.trained(self.frozen(x)))

    net, apart = Net(), nn.Linear(2, 2)
    for parameter in net.frozen.parameters():
        parameter.requires_grad = False
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    y = apart(net(torch.ones(1, 2)))
    with torch.no_grad():
        lost = nn.Linear(2, 2)(y)
    y.sum().backward()
    optimizer.step()
    """
)


def tiles(trace: TraceText, folds: FoldState) -> dict[str, tuple[Tile, ...]]:
    graph = build(Run(trace(FATES)), GraphChoice(folds=folds))
    items = nx.get_node_attributes(graph, "item").values()
    return {
        item.module if item.title == "linear" else item.title: item.tiles
        for item in items
        if hasattr(item, "tiles")
    }


def test_operations_say_what_happened_to_their_parameters(trace: TraceText) -> None:
    found = tiles(trace, FoldState())
    assert found["net.frozen"] == (Tile("frozen", 2),)
    assert found["net.trained"] == (Tile("trained", 2),)
    assert found["net.hidden[0]"] == (Tile("unregistered", 2),)
    assert found["apart"] == (Tile("no_step", 2),)
    assert found["sum"] == ()


def test_a_group_has_the_worst_first(trace: TraceText) -> None:
    found = tiles(trace, fold_all())
    assert [tile.kind for tile in found["net"]] == ["unregistered", "frozen", "trained"]
    assert [tile_words(tile) for tile in found["net"]] == [
        "2 not registered", "2 frozen", "2 train",
    ]  # fmt: skip


def test_the_pill_of_a_skipped_call_says_which_call_brought_the_gradient(trace: TraceText) -> None:
    text = snippet("""
        lin = nn.Linear(2, 2)
        x = torch.ones(3, 2)
        with torch.no_grad():
            a = lin(x)
        b = lin(x)
        b.sum().backward()
    """)
    items = nx.get_node_attributes(build(Run(trace(text))), "item").values()
    pills = {item.line: item.pills[0] for item in items if getattr(item, "title", "") == "linear"}
    skipped, recorded = (pills[line] for line in sorted(pills))
    assert pill_value(skipped) == f"by line {max(pills)}"
    assert skipped.came_elsewhere
    assert not recorded.came_elsewhere
    more = snippet(text.replace("b.sum()", "(b + lin(x)).sum()"))
    items = nx.get_node_attributes(build(Run(trace(more))), "item").values()
    assert {"elsewhere"} == {
        pill_value(pill) for item in items for pill in getattr(item, "pills", ()) if pill.by
    }
