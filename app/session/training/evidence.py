"""Facts of a trace about each parameter: its gradients, its changes, its optimizer steps."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from app.contract.records import (
    Operation,
    OptimizerStep,
    Summary,
    Tensor,
    Update,
)
from app.session.explain.flow import Flow
from app.session.explain.history import Happening, Histories
from app.session.graph.setup_work import is_initialisation
from app.session.run import Run

GradientState = Literal["none", "zero", "set"]
_FROM_OUTSIDE = frozenset(("from_numpy", "tensor", "as_tensor", "asarray", "frombuffer", "Tensor"))
_LOOKED_AT = 2_000
"""The number of values behind an update that are searched; beyond it nothing is proved."""


class InPlaceChange(NamedTuple):
    """A change of a variable in place, by an operation.

    `step` is the optimizer step that did it, None for a change by hand.
    """

    operation: Operation
    before: Tensor
    after: Tensor
    step: OptimizerStep | None

    @property
    def event(self) -> int:
        return self.operation.event

    @property
    def is_visible(self) -> bool:
        """Whether the two values differ, according to their summaries."""
        return _figures(self.before.summary) != _figures(self.after.summary)


_EPSILON = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
"""By dtype: the distance from 1 to the next greater number, as `torch.finfo` has it."""


class Evidence:
    """Answers questions about variables by their `identity`."""

    def __init__(self, run: Run) -> None:
        self.trace = run.trace
        self.flow = Flow(run)
        self.run = run
        self.histories = Histories(run)
        self._steps: dict[tuple[int, ...], list[OptimizerStep]] = {}
        self._arrivals: dict[int, list[int]] = {}

    # ----------------------------------------------------------------------------- parameters

    @cached_property
    def parameters(self) -> list[int]:
        """The parameters of modules in the modules' order, then those of optimizers, of the table
        of gradients, and the leaves that an update by hand moved along their gradient."""
        tensors = self.run.tensors
        found = [p for module in self.trace.modules for p in module.parameters]
        found += [p for optimizer in self.trace.optimizers for p in optimizer.parameters]
        rows = [row.tensor for row in self.trace.gradients]
        found += [row for row in rows if tensors[row].kind == "parameter"]
        known = dict.fromkeys(self.run.identity(one) for one in found)
        others = map(self.run.identity, rows)
        known.update({one: None for one in others if one not in known and self.by_hand(one)})
        return list(known)

    @cached_property
    def optimizers(self) -> dict[int, list[int]]:
        """The ids of the optimizers that have each variable."""
        found: dict[int, list[int]] = defaultdict(list)
        for optimizer in self.trace.optimizers:
            for parameter in optimizer.parameters:
                found[self.run.identity(parameter)].append(optimizer.id)
        return found

    def steps(self, identity: int) -> list[OptimizerStep]:
        """Return the steps of the optimizers that have a variable, in order."""
        own = tuple(self.optimizers.get(identity, ()))
        if own not in self._steps:
            numbers = {o.number for o in self.trace.optimizers if o.id in own}
            steps = self.trace.optimizer_steps
            self._steps[own] = [step for step in steps if step.optimizer in numbers]
        return self._steps[own]

    def is_step_of(self, step: OptimizerStep, identity: int) -> bool:
        """Return whether the optimizer of a step has a variable."""
        steps = self.steps(identity)
        place = bisect_left(steps, step.event, key=lambda one: one.event)
        return place < len(steps) and steps[place].event == step.event

    def last_value(self, identity: int) -> Tensor:
        return self.run.values[identity][-1]

    # ------------------------------------------------------------------------------- gradients

    def arrivals(self, identity: int) -> list[int]:
        """Return the events at which a gradient of a variable arrived, in order."""
        if identity not in self._arrivals:
            filled = [
                happening.event
                for happening in self.histories.of(identity)
                if happening.kind in ("accumulated", "assigned")
            ]
            returned = self._returned.get(identity, {}).values()
            self._arrivals[identity] = sorted([*filled, *returned])
        return self._arrivals[identity]

    def is_filled(self, identity: int, event: int) -> bool:
        """Return whether its `.grad` was filled before `event` and not cleared since."""
        last = next(self.histories.before(identity, event), None)
        return last is not None and last.kind in ("accumulated", "assigned")

    def gradient_at(self, identity: int, event: int) -> GradientState:
        """Return the state of its `.grad` just before `event`."""
        last = next(self.histories.before(identity, event), None)
        if last is None or last.kind == "cleared":
            return "none"
        return "zero" if last.kind == "zeroed" or self._reads_zero(identity, last) else "set"

    def is_all_zero(self, identity: int) -> bool:
        """Whether each gradient that arrived in its `.grad` was read as zeros."""
        arrived = [
            happening
            for happening in self.histories.of(identity)
            if happening.kind in ("accumulated", "assigned")
        ]
        returned = self._returned.get(identity)
        return (
            bool(arrived)
            and not returned
            and all(self._reads_zero(identity, happening) for happening in arrived)
        )

    def steps_on_zero(self, identity: int) -> bool:
        """Whether a gradient of zeros had arrived whenever an optimizer that has it stepped."""
        steps = self.steps(identity)
        before = [next(self.histories.before(identity, step.event), None) for step in steps]
        return bool(before) and all(
            last is not None
            and last.kind in ("accumulated", "assigned")
            and self._reads_zero(identity, last)
            for last in before
        )

    def _reads_zero(self, identity: int, happening: Happening) -> bool:
        """Return whether the first reading after a happening, with none between, was zeros."""
        reading = self.run.reading_after(identity, happening.event)
        if reading is None:
            return False
        following = next(self.histories.after(identity, happening.event), None)
        if following is not None and following.event < reading.event:
            return False
        grad = reading.grad
        return grad is not None and 0 < grad.numel == grad.zeros

    @cached_property
    def _returned(self) -> dict[int, dict[int, int]]:
        """The gradients that `autograd.grad` returned for each variable: the event by identity of
        the gradient."""
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for backward in self.trace.backward_passes:
            for asked, got in zip(backward.inputs, backward.returned, strict=False):
                if got is not None:
                    identity = self.run.identity(got)
                    event = backward.end_event or backward.event
                    found[self.run.identity(asked)][identity] = event
        return found

    def greatest_rate(self, identity: int) -> float | None:
        """Return the greatest learning rate that it had at a step; None if one is not known."""
        found = []
        for optimizer in self.trace.optimizers:
            given = [self.run.identity(parameter) for parameter in optimizer.parameters]
            if identity in given:
                steps = (s for s in self.trace.optimizer_steps if s.optimizer == optimizer.number)
                found += [_rate(step, given.index(identity)) for step in steps]
        known = [rate for rate in found if rate is not None]
        return max(known) if known and len(known) == len(found) else None

    # --------------------------------------------------------------------------------- changes

    def stays_the_same(self, identity: int, changes: Sequence[InPlaceChange]) -> bool:
        """Whether the steps of a variable, with these changes, are known to have changed no value.

        Of a large one only a sample is looked at, which proves it if its learning rate was 0.
        """
        if self.has_moved(identity) or any(one.is_visible for one in changes):
            return False
        is_known = all(one.before.summary.min is not None for one in changes)
        if not changes:
            is_known = identity in self._compared
        is_proved = identity not in self._sampled or self.greatest_rate(identity) == 0
        return is_known and is_proved

    def has_only_zeros(self, identity: int) -> bool:
        """Whether there were steps with a gradient of it, each of them zero everywhere."""
        return self._are_zero.get(identity, False)

    def has_tiny_gradients(self, identity: int, rate: float) -> bool:
        """Whether each of its gradients, added to its values as it is, would be lost to rounding.

        With a learning rate as small as that, the rate may be the reason.
        """
        return rate > self._epsilon(identity) > 0 and self._are_tiny.get(identity, False)

    def _epsilon(self, identity: int) -> float:
        return _EPSILON.get(self.last_value(identity).dtype, 0.0)

    def has_moved(self, identity: int) -> bool:
        """Whether a step changed a value of it that was looked at, seen by autograd or not."""
        return identity in self._moved

    @cached_property
    def _compared(self) -> set[int]:
        """The variables whose values before and after steps are known."""
        return {one.tensor for one in self._updates if one.update_ratio is not None}

    @cached_property
    def _moved(self) -> set[int]:
        """The variables that had a value, among those looked at, that a step changed."""
        return {one.tensor for one in self._updates if one.update_ratio not in (0, None)}

    @cached_property
    def _sampled(self) -> set[int]:
        """The variables for which only a sample of the values was looked at in steps."""
        return {one.tensor for one in self._updates if one.sampled}

    @cached_property
    def _are_zero(self) -> dict[int, bool]:
        """For each variable with a gradient in a step: whether all of them were zero everywhere."""
        found: dict[int, bool] = {}
        for one in self._updates:
            if one.grad_norm is not None:
                is_zero = one.grad_norm == 0 and not one.sampled
                found[one.tensor] = is_zero and found.get(one.tensor, True)
        return found

    @cached_property
    def _are_tiny(self) -> dict[int, bool]:
        """The same: whether each was less than half the distance between its values' neighbours."""
        found: dict[int, bool] = {}
        for one in self._updates:
            if one.grad_norm is not None:
                most = self._epsilon(one.tensor) / 2 * float(one.value_norm)
                found[one.tensor] = float(one.grad_norm) < most and found.get(one.tensor, True)
        return found

    @property
    def _updates(self) -> Iterator[Update]:
        return (one for iteration in self.trace.iterations for one in iteration.of)

    def changes(self, identity: int) -> list[InPlaceChange]:
        """The operations that changed it in place, without its initialisation, in order."""
        return self._changes.get(identity, [])

    @cached_property
    def _changes(self) -> dict[int, list[InPlaceChange]]:
        steps = {step.id: step for step in self.trace.optimizer_steps}
        values, found = self.run.values, defaultdict(list)
        tensors = self.run.tensor_columns
        places = {
            tensors.ids[at]: place
            for series in values.several()
            for place, at in enumerate(series.places)
        }
        for operation in self.run.changing:
            step = None if operation.optimizer_step is None else steps[operation.optimizer_step]
            if step is None and is_initialisation(self.run, operation):
                continue
            for made in dict.fromkeys((*operation.outputs, *operation.mutates)):
                if (place := places.get(made)) and tensors.form_of(made).is_leaf:
                    after = self.run.tensors[made]
                    before = values[after.identity][place - 1]
                    found[after.identity].append(InPlaceChange(operation, before, after, step))
        return dict(found)

    def by_hand(self, identity: int) -> list[InPlaceChange]:
        """The changes outside of optimizers that were computed from its own gradient."""
        if not self.arrivals(identity):
            return []
        own = {f"{name}.grad" for name in [self.run.names.get(identity)] if name}
        gradients = {i for name in own for i in self._named.get(name, ())}
        gradients.update(self._returned.get(identity, ()))
        return [
            change
            for change in self.changes(identity)
            if change.step is None and self._comes_from(change, gradients)
        ]

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        """The identities of the tensors that are a `.grad`, by name."""
        found: dict[str, list[int]] = defaultdict(list)
        for identity, name in self.run.names.items():
            if name.endswith(".grad"):
                found[name].append(identity)
        return found

    def _comes_from(self, change: InPlaceChange, gradients: set[int]) -> bool:
        """Return whether a change was computed from one of these tensors."""
        return any(self.run.identity(one) in gradients for one in self._ways(change))

    def from_outside(self, identity: int) -> bool:
        """Whether numbers of Python or NumPy changed it by hand after a gradient had arrived: then
        the trace does not show what they were computed from."""
        arrived = self.arrivals(identity)
        return any(
            change.step is None
            and arrived
            and change.event > arrived[0]
            and any(self._is_outside(one) for one in self._ways(change))
            for change in self.changes(identity)
        )

    def _is_outside(self, value: int) -> bool:
        maker = self.run.producers.get(value)
        return maker is not None and maker.name in _FROM_OUTSIDE

    def _ways(self, change: InPlaceChange) -> Iterator[int]:
        """Yield the first values from which a change was computed."""
        seen = {change.before.id, change.after.id}
        stack = [one for one in change.operation.inputs if one not in seen]
        while stack and len(seen) < _LOOKED_AT:
            value = stack.pop()
            yield value
            seen.add(value)
            stack += [one for one in self._sources(value) if one not in seen]

    def _sources(self, value: int) -> Iterator[int]:
        """Yield the values from which the program itself computed a value, recorded or not."""
        maker = self.run.producers.get(value)
        if maker is None or maker.phase == "optimizer":
            return
        yield from maker.inputs
        for left in self.run.came_back.get(maker.id, ()):
            yield from left.inputs


def _rate(step: OptimizerStep, place: int) -> float | None:
    """Return the learning rate of the parameter at a place of all groups."""
    for group in step.rates:
        if place < group.parameters:
            return group.rate
        place -= group.parameters
    return None


def _figures(summary: Summary) -> tuple[object, ...]:
    return (summary.values, summary.min, summary.max, summary.mean, summary.norm, summary.zeros)
