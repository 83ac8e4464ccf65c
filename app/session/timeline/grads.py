"""The `.grad` of each variable over time, with its values where the trace has them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.contract.records import BackwardPass, Summary
from app.session.explain.history import Happening, Histories
from app.session.run import Run
from app.session.summary.leaf_grads import LeafCount, counted, leaf_grads
from app.session.timeline.owners import grad_owners, in_place_on_grads

ChangeKind = Literal["accumulated", "assigned", "cleared", "zeroed", "changed"]


@dataclass(frozen=True, slots=True)
class GradChange:
    """A change of a `.grad` at an event.

    `grad` is None after `cleared`, and where the trace does not say what it was.
    """

    event: int
    kind: ChangeKind
    line: int | None
    grad: Summary | None
    backward: BackwardPass | None = None
    added: int = 0
    """The number of backward passes that have added up in it."""


class GradHistories:
    """The changes of the `.grad` of every leaf and every row of the gradient table."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._made: dict[tuple[int, int], int] = {}
        self._changed: dict[int, list[int]] = defaultdict(list)
        leaves = leaf_grads(run)
        self.in_all: LeafCount = counted(leaves)
        at_end = {identity: leaf.grad for identity, leaf in leaves.items()}
        at_end |= {identity: row.grad for identity, row in run.gradient_of.items()}
        happenings = self._happenings(at_end)
        self._changes = {
            identity: self._changes_of(identity, grad, happenings.get(identity, {}))
            for identity, grad in at_end.items()
        }

        turns = [turn for identity in leaves for turn in _turns(self._changes[identity])]
        self._set = sorted(event for event, is_set in turns if is_set)
        self._unset = sorted(event for event, is_set in turns if not is_set)

    def of(self, identity: int) -> Sequence[GradChange]:
        return self._changes.get(identity, ())

    def at(self, identity: int, event: int) -> GradChange | None:
        """Return the last change up to and including `event`, or None."""
        changes = self.of(identity)
        place = bisect_right(changes, event, key=lambda change: change.event)
        return changes[place - 1] if place else None

    def filled(self, event: int) -> int:
        """Return how many leaves had a gradient at `event`."""
        return bisect_right(self._set, event) - bisect_right(self._unset, event)

    def changed_at(self, event: int) -> Sequence[int]:
        """Return the identities of tensors whose `.grad` an operation changed in place."""
        return self._changed.get(event, ())

    def _happenings(
        self, identities: Iterable[int]
    ) -> dict[int, dict[int, tuple[ChangeKind, Happening]]]:
        """By identity and event."""
        run = self._run
        found: dict[int, dict[int, tuple[ChangeKind, Happening]]] = defaultdict(dict)
        owners = grad_owners(run)
        for op in run.changing:
            for owner, made in in_place_on_grads(run, op, owners).items():
                happening = Happening(op.event, "zeroed", op.spot)
                found[owner][op.event] = ("changed", happening)
                self._made[owner, op.event] = made
                self._changed[op.event].append(owner)
        histories = Histories(run)
        for identity in identities:
            for happening in histories.of(identity):
                found[identity][happening.event] = (happening.kind, happening)
        return found

    def _changes_of(
        self,
        identity: int,
        at_end: Summary | None,
        happenings: dict[int, tuple[ChangeKind, Happening]],
    ) -> list[GradChange]:
        own = sorted(happenings.items())
        changes: list[GradChange] = []
        added = 0
        for place, (event, (kind, happening)) in enumerate(own):
            added = added + 1 if kind == "accumulated" else added if kind == "changed" else 0
            is_last = place + 1 == len(own)
            until = None if is_last else own[place + 1][0]
            grad = None if kind == "cleared" else self._value(identity, event, until)
            if grad is None and is_last and kind != "cleared":
                grad = at_end
            if grad is None and kind == "accumulated" and not _is_set(changes):
                grad = self._arrived(identity, happening)
            changes.append(GradChange(event, kind, happening.line, grad, happening.backward, added))
        return changes

    def _value(self, identity: int, event: int, until: int | None) -> Summary | None:
        """Return the values read after this change and before the next, or None."""
        if (made := self._made.get((identity, event))) is not None:
            summary = self._run.tensors[made].summary
            return summary if summary.norm is not None else None
        reading = self._run.reading_after(identity, event)
        if reading is None or (until is not None and reading.event > until):
            return None
        return reading.grad

    def _arrived(self, identity: int, happening: Happening) -> Summary | None:
        """Return the gradient that arrived, which is the value of a `.grad` that was None."""
        steps = happening.backward.steps if happening.backward else ()
        tensors = self._run.tensors
        return next(
            (
                step.grad
                for step in steps
                if step.event == happening.event
                and step.tensor is not None
                and tensors[step.tensor].identity == identity
            ),
            None,
        )


def _turns(changes: Sequence[GradChange]) -> Iterator[tuple[int, bool]]:
    """Yield the events at which a `.grad` became set (True) or None again (False)."""
    was_set = False
    for change in changes:
        if (change.kind != "cleared") != was_set:
            was_set = not was_set
            yield change.event, was_set


def _is_set(changes: list[GradChange]) -> bool:
    return bool(changes) and changes[-1].kind != "cleared"
