"""Uses of a variable's `.grad`: by optimizer steps, operations and the program's own code."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from app.contract.records import Operation, OptimizerStep
from app.session.explain.history import is_clearing
from app.session.training.evidence import Evidence


class GradientChange(NamedTuple):
    """A change of a gradient in place, or its replacement by another.

    `operation` is None for `w.grad = ...`.
    """

    event: int
    line: int | None
    identity: int
    operation: Operation | None


class GradientUses:
    """Finds uses by the `identity` of the variable that has the `.grad`.

    A gradient's tensor is known by its name, `w.grad`.  If several variables share a name, a use of
    one counts for all, so that no gradient is wrongly reported as unused.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._trace = evidence.trace
        self._run = evidence.run
        self._histories = evidence.histories

    def step_between(self, identity: int, start: float, end: float) -> OptimizerStep | None:
        """The first step of an optimizer that has the variable, after `start` and before `end`.

        A step whose closure ran the backward pass is around `start`.
        """
        steps = self._evidence.steps(identity)
        place = bisect_right(steps, start, key=_began)
        if place and start < (steps[place - 1].end_event or 0):
            return steps[place - 1]
        return steps[place] if place < len(steps) and steps[place].event < end else None

    def last_step(self, identity: int, start: float, end: float) -> OptimizerStep | None:
        """The last step of an optimizer that has the variable, between two events."""
        steps = self._evidence.steps(identity)
        place = bisect_left(steps, end, key=_began)
        return steps[place - 1] if place and steps[place - 1].event > start else None

    def is_used(self, identity: int, start: float, end: float) -> bool:
        """Return whether anything used the gradient between two events.

        A use is a step, an operation, or the program's own code; clearing or changing is not.
        """
        taken = self._taken.get(identity, [])
        place = bisect_right(taken, start)
        if place < len(taken) and taken[place] < end:
            return True
        return self.step_between(identity, start, end) is not None

    @cached_property
    def changes(self) -> list[GradientChange]:
        """Each change of a gradient outside of backward passes, optimizers and clearing."""
        found = []
        for operation in self._run.changing:
            if operation.phase == "forward" and not is_clearing(self._run, operation):
                made = (*operation.outputs, *operation.mutates)
                owners = {one for value in made for one in self._owners(value)}
                found += [
                    GradientChange(operation.event, operation.spot, one, operation)
                    for one in sorted(owners)
                ]
        for fact in self._trace.facts:
            if fact.kind == "grad_assigned":
                identity = self._run.identity(fact.tensor)
                found.append(GradientChange(fact.event, fact.spot, identity, None))
        return sorted(found, key=lambda change: (change.event, change.identity))

    @cached_property
    def _taken(self) -> dict[int, list[int]]:
        """When operations took each gradient in, or the program read it on another line than one
        that clears or changes gradients."""
        found: dict[int, list[int]] = defaultdict(list)
        taking = self._run.units.like(lambda form: form.phase != "optimizer")
        for operation in taking if self._owned else ():
            if operation.spot is not None and operation.spot in self._writing:
                continue
            if is_clearing(self._run, operation):
                continue
            for value in dict.fromkeys(operation.inputs):
                for identity in self._owners(value):
                    found[identity].append(operation.event)
        for fact in self._trace.facts:
            if fact.kind == "grad_read" and fact.value and fact.spot not in self._writing:
                found[self._run.identity(fact.tensor)].append(fact.event)
        return {identity: sorted(events) for identity, events in found.items()}

    @cached_property
    def _writing(self) -> set[int | None]:
        """The lines that clear gradients or change them."""
        clearing = {
            happening.line
            for variable in self._run.values
            for happening in self._histories.of(variable)
            if happening.kind in ("cleared", "zeroed")
        }
        return clearing | {change.line for change in self.changes}

    @cached_property
    def _owned(self) -> dict[int, list[int]]:
        """The variables whose `.grad` each variable may be, by its identity."""
        named: dict[str, list[int]] = defaultdict(list)
        for identity, name in self._run.names.items():
            named[f"{name}.grad"].append(identity)
        names = self._run.names.items()
        return {identity: named[name] for identity, name in names if name in named}

    def _owners(self, value: int) -> list[int]:
        """Return the variables whose `.grad` this value may be."""
        return self._owned.get(self._run.identity(value), []) if self._owned else []


def _began(step: OptimizerStep) -> float:
    return step.event
