"""Which tensor hangs in whose `.grad`."""

from __future__ import annotations

from collections.abc import Mapping

from app.contract.records import Operation
from app.session.index import TraceIndex


def grad_owners(index: TraceIndex) -> dict[str, int]:
    """The identity of each variable of the gradient table by the name of its `.grad`.

    A name that two of them bear tells nothing, and is left out.
    """
    owners: dict[str, int] = {}
    twice: set[str] = set()
    for row in index.trace.gradients:
        name = f"{row.name}.grad"
        if name in owners:
            twice.add(name)
        owners[name] = index.tensors[row.tensor].identity
    return {name: owner for name, owner in owners.items() if name not in twice}


def in_place_on_grads(
    index: TraceIndex, operation: Operation, owners: Mapping[str, int]
) -> dict[int, int]:
    """The new value of each `.grad` that the call changed in place, by the owner's identity."""
    changed: dict[int, int] = {}
    if not operation.in_place and not operation.mutates:
        return changed
    for made in (*operation.outputs, *operation.mutates):
        owner = owners.get(index.name(made) or "")
        if owner is not None:
            changed[owner] = made
    return changed
