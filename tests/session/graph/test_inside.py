"""The inside of a group by itself: what it holds, what comes from elsewhere and what goes on."""

from __future__ import annotations

from collections import Counter

import networkx as nx
import pytest

from app.session.graph.building import Drawing
from app.session.graph.choice import GraphChoice
from app.session.graph.grouping.folds import AT_FIRST, unfold_all
from app.session.graph.grouping.moves import unfold
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.run import Run
from tests.session.graph.texts import BLOCKS, LOOPS, STEPS
from tests.support import TraceText, snippet

TWO_WAYS = """
class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(2, 2)
    def forward(self, x, y):
        z = self.lin(x) + y
        return z.relu(), z.tanh()

inner = Inner()
a, b = torch.ones(2, 2), torch.ones(2, 2, requires_grad=True) * 2
c, d = inner(a, b)
loss = (c + d).sum()
loss.backward()
"""


Item = OperationItem | GroupItem | TensorItem | CutItem


def items(graph: nx.MultiDiGraph[str]) -> dict[str, Item]:
    return {key: data["item"] for key, data in graph.nodes(data=True)}


def inside(drawing: Drawing, key: str) -> dict[str, Item]:
    return items(drawing.graph(unfold(drawing.view(AT_FIRST), key), key))


def test_values_come_from_elsewhere_and_go_on(trace: TraceText) -> None:
    drawing = Drawing(Run(trace(snippet(TWO_WAYS))), GraphChoice())
    shown = inside(drawing, "module:inner")
    titles = sorted(one.title for one in shown.values() if isinstance(one, OperationItem))
    assert titles == ["add", "linear", "relu", "tanh"]
    ends = [
        (key.partition(":")[0], item.detail.partition(", line")[0])
        for key, item in shown.items()
        if isinstance(item, TensorItem)
    ]
    assert ends.count(("from", "from mul")) == 1
    assert ends.count(("to", "to add")) == 2
    assert sum(kind == "tensor" for kind, _ in ends) == 1


@pytest.mark.parametrize("text", [LOOPS, BLOCKS, STEPS], ids=["loops", "blocks", "steps"])
def test_going_into_every_group_leads_to_every_operation(trace: TraceText, text: str) -> None:
    drawing = Drawing(Run(trace(text)), GraphChoice())
    found: list[int | None] = []
    waiting = [items(drawing.graph(AT_FIRST))]
    while waiting:
        for item in waiting.pop().values():
            if isinstance(item, (OperationItem, GroupItem)) and item.group:
                waiting.append(inside(drawing, item.group))
            elif isinstance(item, OperationItem):
                found.append(item.operation)
    whole = items(drawing.graph(unfold_all())).values()
    operations = [item.operation for item in whole if isinstance(item, OperationItem)]
    assert Counter(found) == Counter(operations)
