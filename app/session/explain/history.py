"""What happened to the `.grad` of each variable, in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.contract.records import BackwardPass, Fact, Operation
from app.session.explain.values import is_zero
from app.session.run import Run


class Happening(NamedTuple):
    """A change or reading of a `.grad`; `backward` is the pass of an `accumulated` one."""

    event: int
    kind: Literal["accumulated", "assigned", "cleared", "zeroed"]
    line: int | None
    backward: BackwardPass | None = None


_OF_FACT: dict[str, Literal["assigned", "cleared", "zeroed"]] = {
    "grad_assigned": "assigned",
    "grad_cleared": "cleared",
    "grad_zeroed": "zeroed",
}


_ZEROING = frozenset(("zero_", "_foreach_zero_"))
_MAY_CLEAR = _ZEROING | {"fill_", "copy_", "mul_", "setitem"}


class Histories:
    """The happenings of every variable of a trace, by identity."""

    def __init__(self, run: Run) -> None:
        trace = run.trace
        self._run = run
        self._retained = {
            self._run.identity(fact.tensor): fact
            for fact in reversed(trace.facts)
            if fact.kind == "retain_grad"
        }
        found: dict[int, list[Happening]] = defaultdict(list)
        for backward in trace.backward_passes:
            if backward.call == "backward":
                self._accumulations(backward, found)
        for fact in trace.facts:
            kind = _OF_FACT.get(fact.kind)
            if kind is not None:
                identity = self._run.identity(fact.tensor)
                found[identity].append(Happening(fact.event, kind, fact.spot))
        self._zeroings(found)
        self._found = {
            identity: sorted(happenings, key=_event) for identity, happenings in found.items()
        }
        self._others = {
            identity: [one for one in happenings if one.kind != "accumulated"]
            for identity, happenings in self._found.items()
        }

    def of(self, identity: int) -> list[Happening]:
        return self._found.get(identity, [])

    def before(self, identity: int, event: float) -> Iterator[Happening]:
        """Yield what happened before an event, the latest first."""
        history = self.of(identity)
        place = bisect_left(history, event, key=_event)
        return (history[one] for one in range(place - 1, -1, -1))

    def after(self, identity: int, event: float) -> Iterator[Happening]:
        """Yield what happened after an event, in order."""
        history = self.of(identity)
        place = bisect_right(history, event, key=_event)
        return (history[one] for one in range(place, len(history)))

    def next_other(self, identity: int, event: float) -> Happening | None:
        """Return what next happened after an event that did not add to the `.grad`."""
        others = self._others.get(identity, [])
        place = bisect_right(others, event, key=_event)
        return others[place] if place < len(others) else None

    def retained(self, identity: int) -> Fact | None:
        """Return the first `retain_grad()`, or None."""
        return self._retained.get(identity)

    def _accumulations(self, backward: BackwardPass, found: dict[int, list[Happening]]) -> None:
        """Add the accumulations of a pass, at the events of its steps."""
        identity_of = self._run.identity
        events = {identity_of(t): backward.event for t in backward.accumulated_into}
        for step in backward.steps:
            if step.tensor is not None and step.grad is not None:
                events[identity_of(step.tensor)] = step.event
            if self._retained and step.operation is not None and step.grad is not None:
                events.update(self._kept(step.operation, step.event))
        for identity, event in events.items():
            found[identity].append(Happening(event, "accumulated", backward.spot, backward))

    def _kept(self, operation: int, event: int) -> dict[int, int]:
        """Return the retained results of an operation whose backward has just run."""
        kept = {}
        for output in self._run.operations[operation].outputs:
            identity = self._run.identity(output)
            retained = self._retained.get(identity)
            if retained is not None and retained.event < event:
                kept[identity] = event
        return kept

    def _zeroings(self, found: dict[int, list[Happening]]) -> None:
        """`w.grad.zero_()` is an operation on the tensor called "w.grad"."""
        owners = {f"{name}.grad": identity for identity, name in self._run.names.items()}
        for operation in self._run.units.like(lambda form: form.name in _MAY_CLEAR):
            if not is_clearing(self._run, operation):
                continue
            for made in (*operation.outputs, *operation.mutates):
                owner = owners.get(self._run.name(made) or "")
                if owner is not None:
                    happening = Happening(operation.event, "zeroed", operation.spot)
                    found[owner].append(happening)


def is_clearing(run: Run, operation: Operation) -> bool:
    """Whether an operation set the whole of a tensor to zero, whatever was in it."""
    if operation.name in _ZEROING or operation.name not in _MAY_CLEAR:
        return operation.name in _ZEROING
    made = (*operation.outputs, *operation.mutates)
    others = set(map(run.identity, operation.inputs)) - set(map(run.identity, made))
    if not made or (others and operation.name == "mul_"):  # a mask
        return False
    return all(is_zero(run.tensors[value].summary) for value in made)


def _event(happening: Happening) -> float:
    return happening.event
