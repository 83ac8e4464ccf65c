"""Finds the variable to whose `.grad` a tensor belongs."""

from __future__ import annotations

from collections.abc import Mapping

from app.contract.records import Operation
from app.session.run import Run


def grad_owners(run: Run) -> dict[str, int]:
    """Return the identity of each variable of the gradient table by the name of its `.grad`.

    A name shared by two variables is left out.
    """
    owners: dict[str, int] = {}
    twice: set[str] = set()
    for row in run.trace.gradients:
        name = f"{row.name}.grad"
        if name in owners:
            twice.add(name)
        owners[name] = run.identity(row.tensor)
    return {name: owner for name, owner in owners.items() if name not in twice}


def in_place_on_grads(run: Run, operation: Operation, owners: Mapping[str, int]) -> dict[int, int]:
    """Return the new value of each `.grad` that a call changed in place, by identity."""
    changed: dict[int, int] = {}
    if not operation.in_place and not operation.mutates:
        return changed
    for made in (*operation.outputs, *operation.mutates):
        owner = owners.get(run.name(made) or "")
        if owner is not None:
            changed[owner] = made
    return changed
