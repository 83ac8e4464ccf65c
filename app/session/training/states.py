"""Decides for each parameter of a run whether it trained, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal, NamedTuple

from app.contract.records import Fact, Gradient, Tensor, TrainState, WhyCode
from app.session.explain.candidates import Candidate
from app.session.explain.gradients import gradients
from app.session.language import tr
from app.session.training.evidence import Evidence, InPlaceChange

Detail = Literal[
    "", "by_hand", "no_steps", "no_optimizer", "never_stepped", "cleared", "step_before",
    "no_gradient", "zero_gradient", "backward_failed", "no_backward",
]  # fmt: skip
"""What more there is to say of a state.

`trained` `by_hand`: by the program's own update.  `no_step`: the run has `no_steps`; the parameter
is in `no_optimizer`, or in one that `never_stepped`; its gradient was `cleared` before the step,
or all steps came before it (`step_before`).  `stepped_without_gradient`: `no_gradient`, a
`zero_gradient`, or the pass for it raised an error that the program caught (`backward_failed`).
`not_on_path`: `no_backward` pass ran.
"""
_OF_WHY: dict[WhyCode, TrainState] = {
    "frozen": "frozen",
    "cut": "cut",
    "none_returned": "cut",
    "not_on_path": "not_on_path",
    "only_skipped": "only_skipped",
    "unused": "unused",
    "unknown": "unknown",
}


class Fate(NamedTuple):
    """What happened to one parameter.

    `lines` say where: what froze or cut it, or would have to change.  `row` is its row in the
    table of gradients, or one like it.
    """

    tensor: Tensor
    name: str
    state: TrainState
    detail: Detail
    lines: tuple[int, ...]
    row: Gradient
    rate: float | None = None
    """The greatest learning rate of the steps that left it `unchanged`, if it is known."""
    has_tiny_gradient: bool = False
    """Whether its gradients were too small, whatever the learning rate, to change it."""


def fates(evidence: Evidence) -> list[Fate]:
    """Return what happened to each parameter, in the modules' order."""
    return list(_States(evidence).all())


class _States:
    def __init__(self, evidence: Evidence) -> None:
        self._trace = evidence.trace
        self._evidence = evidence
        self._run = evidence.run
        self._rows = dict(self._run.gradient_of)

    def all(self) -> Iterator[Fate]:
        identities = self._evidence.parameters
        self._explain([one for one in identities if one not in self._rows])
        for identity in identities:
            row = self._rows[identity]
            state, detail, lines = self._fate(identity, row)
            known = tuple(dict.fromkeys(line for line in lines if line is not None))
            rate = self._evidence.greatest_rate(identity) if state == "unchanged" else None
            tiny = rate is not None and self._evidence.has_tiny_gradients(identity, rate)
            tensor = self._run.tensors[row.tensor]
            yield Fate(tensor, row.name, state, detail, known, row, rate, tiny)

    def _explain(self, identities: list[int]) -> None:
        """Make a row for each parameter without one, such as one that is gone by the end."""
        found = []
        for identity in identities:
            value = self._evidence.last_value(identity)
            name = self._run.names.get(identity) or tr("an unnamed tensor")
            found.append(Candidate(value, name, value.requires_grad, None, None))
        made = gradients(self._run, found) if found else []
        self._rows.update({self._run.identity(row.tensor): row for row in made})

    def _fate(self, identity: int, row: Gradient) -> tuple[TrainState, Detail, list[int | None]]:
        evidence = self._evidence
        changes = evidence.changes(identity)
        if moved := self._moved_while_frozen(identity, changes):
            frozen_on = self._frozen_on(identity)
            return "moved_while_frozen", "", [moved.step.spot if moved.step else None, frozen_on]
        used = self._used_gradients(identity, changes)
        if used and not evidence.stays_the_same(identity, used):
            return "trained", "", []
        if evidence.by_hand(identity):
            return "trained", "by_hand", []
        if evidence.arrivals(identity):
            return self._not_used(identity, used)
        return self._without_gradient(identity, row)

    # ---------------------------------------------------------------------- a gradient arrived

    def _used_gradients(self, identity: int, changes: list[InPlaceChange]) -> list[InPlaceChange]:
        """Return the changes by steps up to the first that is seen to use a gradient."""
        found = []
        for change in changes:
            if change.step is None or self._evidence.gradient_at(identity, change.event) != "set":
                continue
            found.append(change)
            if change.is_visible:
                break
        return found

    def _moved_while_frozen(
        self, identity: int, changes: list[InPlaceChange]
    ) -> InPlaceChange | None:
        """Return a change by an optimizer after it was frozen for good, or None."""
        if self._evidence.last_value(identity).requires_grad:
            return None
        requiring = self._run.requiring
        for change in changes:
            was_frozen = not requiring.at(change.before.id, change.event)
            if change.step is not None and was_frozen and change.is_visible:
                return change
        return None

    def _not_used(
        self, identity: int, used: list[InPlaceChange]
    ) -> tuple[TrainState, Detail, list[int | None]]:
        """Return its state if no step is seen to have changed a value with its gradient."""
        evidence = self._evidence
        steps = evidence.steps(identity)
        if not self._is_whole or evidence.from_outside(identity):
            return "unknown", "", []
        if used or any(evidence.gradient_at(identity, one.event) == "set" for one in steps):
            return self._stepped(identity, used)
        if steps and not evidence.histories.of(identity):  # `autograd.grad` returned it
            return "stepped_without_gradient", "no_gradient", [steps[-1].spot]
        if not self._trace.optimizer_steps:
            return "no_step", "no_steps", []
        if not evidence.optimizers.get(identity):
            if self._trace.run.begins_late:  # its optimizer may have been made before
                return "no_step", "no_steps", []
            return "no_step", "no_optimizer", self._lines_of_optimizers(None)
        if not steps:
            own = evidence.optimizers[identity]
            return "no_step", "never_stepped", self._lines_of_optimizers(own)
        if evidence.is_all_zero(identity) or evidence.steps_on_zero(identity):
            return "stepped_without_gradient", "zero_gradient", [steps[-1].spot]
        cleared = self._cleared_before(identity)
        if cleared is not None:
            return "no_step", "cleared", [cleared]
        return "no_step", "step_before", [steps[-1].spot]

    def _stepped(
        self, identity: int, used: list[InPlaceChange]
    ) -> tuple[TrainState, Detail, list[int | None]]:
        """Return its state if it had a gradient when an optimizer stepped."""
        evidence = self._evidence
        lines = [one.spot for one in evidence.steps(identity)]
        if not evidence.stays_the_same(identity, used):  # autograd does not see NumPy's changes
            return "trained" if evidence.has_moved(identity) else "unknown", "", []
        if evidence.has_only_zeros(identity):
            return "stepped_without_gradient", "zero_gradient", lines[-1:]
        return "unchanged", "", lines

    def _cleared_before(self, identity: int) -> int | None:
        """Return the line that cleared its gradient before a step could use it, or None."""
        steps, filled = self._evidence.steps(identity), False
        for happening in self._evidence.histories.of(identity):
            if happening.kind in ("accumulated", "assigned"):
                filled = True
            elif filled and any(step.event > happening.event for step in steps):
                return happening.line
        return None

    def _lines_of_optimizers(self, ids: list[int] | None) -> list[int | None]:
        return [one.spot for one in self._trace.optimizers if ids is None or one.id in ids]

    # ----------------------------------------------------------------------- no gradient arrived

    def _without_gradient(
        self, identity: int, row: Gradient
    ) -> tuple[TrainState, Detail, list[int | None]]:
        state = _OF_WHY.get(row.why.code)
        if state is None and not self._evidence.last_value(identity).requires_grad:
            state = "frozen"
        if state is not None and (state == "frozen" or self._is_whole):
            return state, "", self._lines(identity, row, state)
        steps = self._evidence.steps(identity)
        if not self._is_whole:
            return "unknown", "", []
        if steps:
            failed = row.why.code == "backward_failed"
            detail: Detail = "backward_failed" if failed else "no_gradient"
            return "stepped_without_gradient", detail, [steps[-1].spot]
        values = self._run.values[identity]
        if not self._evidence.flow.uses(values):
            return "unused", "", []
        return "not_on_path", "no_backward", []

    def _lines(self, identity: int, row: Gradient, state: TrainState) -> list[int | None]:
        if state == "frozen":
            line = self._frozen_on(identity)
            return [*row.why.spots[-1:]] if line is None else [line]
        named = row.why.cuts[:1] or row.why.operations[:1]
        operations = [self._run.operations[one] for one in named]
        if state in ("cut", "only_skipped"):
            return [
                op.spot if op.cause is None or op.cause.spot is None else op.cause.spot
                for op in operations
            ]
        return []

    def _frozen_on(self, identity: int) -> int | None:
        """Return the line that set its `requires_grad` to False for good, or None."""
        fact = self._last_set.get(identity)
        return None if fact is None or fact.value else fact.spot

    @cached_property
    def _last_set(self) -> dict[int, Fact]:
        return {
            self._run.identity(fact.tensor): fact
            for fact in self._trace.facts
            if fact.kind == "requires_grad"
        }

    @property
    def _is_whole(self) -> bool:
        """Whether the record is complete, so that missing things did not happen."""
        return not self._run.is_cut_short
