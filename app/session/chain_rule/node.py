"""Which node of a graph opens at a step of a backward pass."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.contract.records import BackwardStep
from app.session.graph.payloads import OperationItem, TensorItem
from app.session.run import Run

if TYPE_CHECKING:
    from app.session.look.measure import NodeItem


def node_of_step(nodes: Iterable[tuple[str, NodeItem]], run: Run, step: BackwardStep) -> str | None:
    """Return the key of the node of a step, or None if it does not have its own.

    It is autograd's node, the operation, or what shows the leaf whose `.grad` is added to.
    """
    own = f"node:{step.node}"
    return next((key for key, item in nodes if key == own or _is_of(run, item, step)), None)


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
