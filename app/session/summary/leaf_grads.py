"""The leaves of a run and their `.grad`, as counted everywhere in the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from app.contract.records import BackwardPass, GradientReading, Summary
from app.session.explain.history import Histories
from app.session.run import Run


@dataclass(frozen=True, slots=True)
class LeafGrad:
    """A leaf at the end of the run; `grad` is also None if the trace does not have its values."""

    is_set: bool
    grad: Summary | None


class LeafCount(NamedTuple):
    filled: int
    total: int


def leaf_grads(run: Run) -> dict[int, LeafGrad]:
    """Return, by identity, the leaves of the gradient table and any other leaf whose `.grad` the
    trace knows, such as one whose name a result has taken since."""
    tensors, trace = run.tensors, run.trace
    found = {
        tensors[row.tensor].identity: LeafGrad(row.grad is not None, row.grad)
        for row in trace.gradients
        if tensors[row.tensor].is_leaf
    }
    readings = {
        tensors[reading.tensor].identity: reading
        for reading in trace.gradient_readings
        if tensors[reading.tensor].is_leaf
    }
    others = (reached(run, trace.backward_passes) | readings.keys()) - found.keys()
    if others:
        histories = Histories(run)
        for identity in sorted(others):
            found[identity] = _last_known(histories, identity, readings.get(identity))
    return found


def counted(leaves: dict[int, LeafGrad]) -> LeafCount:
    return LeafCount(sum(leaf.is_set for leaf in leaves.values()), len(leaves))


def reached(run: Run, passes: Iterable[BackwardPass]) -> set[int]:
    """Return the identities of the leaves to whose `.grad` these `backward()` calls added."""
    return {
        run.identity(tensor)
        for backward in passes
        if backward.call == "backward"
        for tensor in backward.accumulated_into
    }


def _last_known(histories: Histories, identity: int, reading: GradientReading | None) -> LeafGrad:
    """Return the `.grad` of a leaf without a row; a reading before the last change is ignored."""
    happenings = histories.of(identity)
    if not happenings:
        grad = None if reading is None else reading.grad
        return LeafGrad(grad is not None, grad)
    last = happenings[-1]
    if last.kind == "cleared":
        return LeafGrad(is_set=False, grad=None)
    is_known = reading is not None and reading.event >= last.event
    return LeafGrad(is_set=True, grad=reading.grad if reading and is_known else None)
