"""The iterations of a run: its optimizer steps, or its backward passes where nothing steps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from app.contract.records import BackwardPass, Iteration, Number, Tensor, Update
from app.session.run import Run
from app.session.trace.updates import as_number

BY_PASSES = -1
"""The `optimizer` of iterations that are backward passes."""


def iterations(run: Run, updates: Mapping[int, list[Update]]) -> list[Iteration]:
    """Return the iterations; `updates` has what is known of each optimizer step, by its id."""
    passes = [one for one in run.trace.backward_passes if one.call == "backward" and one.ok]
    steps = [one for one in run.trace.optimizer_steps if one.end_event is not None]
    if not steps:
        return _by_passes(run, passes)
    passes.sort(key=lambda one: one.event)
    starts = [one.event for one in passes]
    found = []
    begin = 0
    for step in steps:
        end = step.end_event or step.event
        since = passes[bisect_left(starts, begin) : bisect_left(starts, end)]
        begin = end
        of = [_checked(run, one, step.event) for one in updates.get(step.id, ())]
        found.append(Iteration(step.event, step.optimizer, loss_of(run.tensors, since), of))
    return found


def loss_of(tensors: Mapping[int, Tensor], passes: Iterable[BackwardPass]) -> Number | None:
    """Return the sum of the scalars that backward was called on."""
    values = [
        tensors[root].summary.values
        for one in passes
        for root in one.roots
        if tensors[root].summary.numel == 1
    ]
    flat = [_first(value) for value in values if value is not None]
    return as_number(sum(map(float, flat))) if flat else None


def _first(value: object) -> float:
    while isinstance(value, list):
        value = value[0]
    return float(value) if isinstance(value, int | float | str) else float("nan")


def _checked(run: Run, update: Update, event: int) -> Update:
    """Return an update whose sample missed no NaN and no infinity of the gradient.

    A gradient is read as a whole after backward passes.
    """
    if not update.sampled or not isinstance(update.grad_norm, float):
        return update
    readings = run.readings.get(update.tensor, ())
    place = bisect_right(readings, event, key=lambda reading: reading.event)
    grad = readings[place - 1].grad if place else None
    if grad is not None and grad.nan:
        update.grad_norm = "nan"
    elif grad is not None and grad.inf:
        update.grad_norm = "inf"
    return update


def _by_passes(run: Run, passes: Sequence[BackwardPass]) -> list[Iteration]:
    """Return an iteration for each backward pass, with the gradients as they were after it."""
    found = []
    for one in passes:
        end = one.event if one.end_event is None else one.end_event
        of = []
        for number in one.accumulated_into:
            tensor = run.tensors[number]
            after = run.reading_after(tensor.identity, end - 1)
            norm = None if after is None or after.grad is None else after.grad.norm
            value = tensor.summary.norm
            if value is not None:
                of.append(Update(tensor.identity, norm, value, None, False))
        found.append(Iteration(end, BY_PASSES, loss_of(run.tensors, [one]), of))
    return found
