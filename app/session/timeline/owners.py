"""Which tensor hangs in whose `.grad`."""

from __future__ import annotations

from collections.abc import Mapping

from app.contract.records import Operation
from app.session.run import Run


def grad_owners(run: Run) -> dict[str, int]:
    """The identity of each variable of the gradient table by the name of its `.grad`.

    A name that two of them bear tells nothing, and is left out.
    """
    owners: dict[str, int] = {}
    twice: set[str] = set()
    for row in run.trace.gradients:
        name = f"{row.name}.grad"
        if name in owners:
            twice.add(name)
        owners[name] = run.tensors[row.tensor].identity
    return {name: owner for name, owner in owners.items() if name not in twice}


def in_place_on_grads(run: Run, operation: Operation, owners: Mapping[str, int]) -> dict[int, int]:
    """The new value of each `.grad` that the call changed in place, by the owner's identity."""
    changed: dict[int, int] = {}
    if not operation.in_place and not operation.mutates:
        return changed
    for made in (*operation.outputs, *operation.mutates):
        owner = owners.get(run.name(made) or "")
        if owner is not None:
            changed[owner] = made
    return changed
