"""Where much comes from outside the picture at once, one capsule represents it."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx

from app.contract.records import Trace
from app.session.graph.building import build
from app.session.graph.payloads import TensorItem
from app.session.run import Run

TRAINING = """
import torch
from torch import nn

model = nn.Sequential(*(nn.Linear(4, 4) for _ in range(5)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, foreach=False)
for step in range(3):
    optimizer.zero_grad()
    model(torch.ones(2, 4)).sum().backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
"""
STACK = """
import torch
leaves = [torch.ones(2, requires_grad=True) for _ in range(9)]
a, b, c, d, e, f, g, h, i = leaves
torch.stack(leaves).sum().backward()
"""
FEW = """
import torch
a, b, c = (torch.ones(2, requires_grad=True) for _ in range(3))
torch.stack([a, b, c]).sum().backward()
"""
EVALUATION = """
import torch
model = torch.nn.Linear(4, 2)
batches = [(torch.randn(3, 4), torch.randn(3, 2)) for _ in range(3)]
with torch.no_grad():
    for inputs, labels in batches:
        found = model(inputs).relu().exp()
        error = (found - labels).square().sum()
        print(error.sqrt().item())
"""


def _capsules(graph: nx.MultiDiGraph[str]) -> dict[str, TensorItem]:
    items = {key: data["item"] for key, data in graph.nodes(data=True)}
    return {key: item for key, item in items.items() if isinstance(item, TensorItem)}


def test_all_gradients_of_a_step_come_from_one_capsule(trace: Callable[[str], Trace]) -> None:
    capsules = _capsules(build(Run(trace(TRAINING))))
    assert len(capsules) < 8
    assert {c.title for c in capsules.values() if c.count > 1} == {"10 gradients", "20 gradients"}


def test_many_leaves_go_along_one_edge(trace: Callable[[str], Trace]) -> None:
    graph = build(Run(trace(STACK)))
    (key,) = (key for key, item in _capsules(graph).items() if item.count > 1)
    assert _capsules(graph)[key].title == "9 tensors"
    assert graph.out_degree(key) == 1
    (item,) = (data["item"] for _, _, data in graph.out_edges(key, data=True))
    assert item.kind == "gradient"
    assert len(item.tensors) == 9


def test_a_few_leaves_have_a_capsule_each(trace: Callable[[str], Trace]) -> None:
    capsules = _capsules(build(Run(trace(FEW))))
    assert {"a", "b", "c"} <= {item.title for item in capsules.values()}


def test_what_a_folded_group_takes_from_outside_is_one_capsule_from_three_values_on(
    trace: Callable[[str], Trace],
) -> None:
    graph = build(Run(trace(EVALUATION)))
    assert {item.title for item in _capsules(graph).values() if item.count > 1} == {"4 tensors"}
