"""Which node of a graph opens at a step of a backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from app.contract.records import BackwardStep
from app.session.chain_rule.model import OpenedStep, StepPlace
from app.session.graph.payloads import OperationItem, TensorItem
from app.session.run import Run
from app.session.timeline import Snapshot

if TYPE_CHECKING:
    import networkx as nx

    from app.session.look.measure import NodeItem

Open = Callable[[StepPlace], OpenedStep]


class OpenNode(NamedTuple):
    key: str
    place: StepPlace


def node_of_step(graph: nx.MultiDiGraph[str], then: Snapshot) -> OpenNode | None:
    """Return the node of the step at a moment; None where it has none of its own.

    That is autograd's node, the operation, or what shows the leaf whose `.grad` is added to.
    """
    step = None if then.moment is None else then.moment.records[0]
    if then.moment is None or then.backward is None or not isinstance(step, BackwardStep):
        return None
    key = next(
        (
            key
            for key, data in graph.nodes(data=True)
            if key == f"node:{step.node}" or _is_of(then.history.run, data["item"], step)
        ),
        None,
    )
    return None if key is None else OpenNode(key, StepPlace(then.backward.id, then.moment.step))


def _is_of(run: Run, item: NodeItem, step: BackwardStep) -> bool:
    if step.operation is not None:
        if not isinstance(item, OperationItem) or item.operations:
            return False
        return item.operation == step.operation
    if step.tensor is None:
        return False
    identity = run.identity(step.tensor)
    if isinstance(item, TensorItem):
        return run.identity(item.tensor) == identity
    pills = item.pills if isinstance(item, OperationItem) else ()
    return any(run.identity(pill.tensor) == identity for pill in pills)
