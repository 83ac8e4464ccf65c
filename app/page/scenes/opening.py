"""Which node of a graph opens at a step of a backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from app.contract.records import BackwardStep
from app.session.chain_rule.model import OpenedStep, StepPlace
from app.session.chain_rule.node import node_of_step
from app.session.timeline import Snapshot

if TYPE_CHECKING:
    import networkx as nx

Open = Callable[[StepPlace], OpenedStep]


class OpenNode(NamedTuple):
    key: str
    place: StepPlace


def open_node(graph: nx.MultiDiGraph[str], then: Snapshot) -> OpenNode | None:
    """Return the node of the step at a moment; None if it does not have its own."""
    step = None if then.moment is None else then.moment.records[0]
    if then.moment is None or then.backward is None or not isinstance(step, BackwardStep):
        return None
    nodes = ((key, data["item"]) for key, data in graph.nodes(data=True))
    key = node_of_step(nodes, then.history.run, step)
    return None if key is None else OpenNode(key, StepPlace(then.backward.id, then.moment.step))
