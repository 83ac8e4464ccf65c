"""What used the `.grad` of a variable, and when: steps, operations, the program's own code."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from app.contract.records import Operation, OptimizerStep, Trace
from app.session.explain.history import Histories
from app.session.index import index_of

_CLEARING = frozenset(("zero_", "_foreach_zero_"))


class GradientChange(NamedTuple):
    """Something changed a gradient in place, or put another one in its place.

    `operation` is None for `w.grad = ...`.
    """

    event: int
    line: int | None
    identity: int
    operation: Operation | None


class GradientUses:
    """Answers by the `identity` of the variable that has the `.grad`.

    A gradient's tensor is known by its name, `w.grad`.  Where several variables share a name, what
    happens to one counts for each: then it is not said of any that nothing used its gradient.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._index = index_of(trace)
        self._histories = Histories(trace)

    def step_between(self, identity: int, start: float, end: float) -> OptimizerStep | None:
        """The first step of an optimizer that has the variable, after `start` and before `end`.

        A step whose closure ran the backward pass is around `start`.
        """
        for step in self._steps.get(identity, ()):
            last = step.event if step.end_event is None else step.end_event
            if start < step.event < end or step.event < start < last:
                return step
        return None

    def last_step(self, identity: int, start: float, end: float) -> OptimizerStep | None:
        """The last step of an optimizer that has the variable, between two events."""
        steps = [s for s in self._steps.get(identity, ()) if start < s.event < end]
        return steps[-1] if steps else None

    def is_used(self, identity: int, start: float, end: float) -> bool:
        """Whether a step, an operation or the program's own code took the gradient in between.

        What clears or changes gradients is no use of them.
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
        for operation in self._index.units:
            if not (operation.in_place or operation.mutates) or operation.name in _CLEARING:
                continue
            if operation.phase == "forward":
                made = (*operation.outputs, *operation.mutates)
                owners = {one for value in made for one in self._owners(value)}
                found += [
                    GradientChange(operation.event, operation.line, one, operation)
                    for one in sorted(owners)
                ]
        for fact in self._trace.facts:
            if fact.kind == "grad_assigned":
                identity = self._index.tensors[fact.tensor].identity
                found.append(GradientChange(fact.event, fact.line, identity, None))
        return sorted(found, key=lambda change: (change.event, change.identity))

    @cached_property
    def _steps(self) -> dict[int, list[OptimizerStep]]:
        of_optimizer: dict[int, list[OptimizerStep]] = defaultdict(list)
        for step in self._trace.optimizer_steps:
            of_optimizer[step.optimizer].append(step)
        found: dict[int, list[OptimizerStep]] = defaultdict(list)
        for optimizer in self._trace.optimizers:
            for parameter in optimizer.parameters if optimizer.number is not None else ():
                identity = self._index.tensors[parameter].identity
                found[identity] += of_optimizer[optimizer.number or 0]
        return {one: sorted(steps, key=lambda step: step.event) for one, steps in found.items()}

    @cached_property
    def _taken(self) -> dict[int, list[int]]:
        """When operations took each gradient in, or the program read it on another line than one
        that clears or changes gradients."""
        found: dict[int, list[int]] = defaultdict(list)
        for operation in self._index.units:
            if operation.phase == "optimizer" or operation.name in _CLEARING:
                continue
            if operation.line is not None and operation.line in self._writing:
                continue
            for value in dict.fromkeys(operation.inputs):
                for identity in self._owners(value):
                    found[identity].append(operation.event)
        for fact in self._trace.facts:
            if fact.kind == "grad_read" and fact.value and fact.line not in self._writing:
                found[self._index.tensors[fact.tensor].identity].append(fact.event)
        return {identity: sorted(events) for identity, events in found.items()}

    @cached_property
    def _writing(self) -> set[int | None]:
        """The lines that clear gradients or change them."""
        clearing = {
            happening.line
            for variable in self._index.values
            for happening in self._histories.of(variable)
            if happening.kind in ("cleared", "zeroed")
        }
        return clearing | {change.line for change in self.changes}

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for identity, name in self._index.names.items():
            found[f"{name}.grad"].append(identity)
        return found

    def _owners(self, value: int) -> list[int]:
        """The variables whose `.grad` a value may be."""
        name = self._index.name(value)
        return self._named.get(name, []) if name is not None and name.endswith(".grad") else []
