"""The moments of a run in their order: the steps of the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.contract.records import BackwardPass, BackwardStep, Fact, GradModeSpan, Operation
from app.session.causes.registry import is_own, turns_off
from app.session.run import Run
from app.session.timeline.owners import grad_owners, in_place_on_grads
from app.session.trace.columns.columns import NONE

MomentKind = Literal[
    "operation",
    "enter",
    "leave",
    "step",
    "accumulate",
    "assign",
    "clear",
    "change",
    "optimizer",
]
"""`enter` and `leave` a region; `step` of an autograd node; `accumulate` into a `.grad`, `assign`
it, `clear` it to None, `change` it in place; `optimizer` is one step of one."""
Lane = Literal["Forward", "Region", "Backward", "Accumulate"]
LANE_NAMES: tuple[Lane, ...] = ("Forward", "Region", "Backward", "Accumulate")
Record = Operation | GradModeSpan | BackwardStep | Fact

LANE_OF: dict[MomentKind, Lane] = {
    "operation": "Forward",
    "enter": "Region",
    "leave": "Region",
    "step": "Backward",
    "accumulate": "Accumulate",
    "assign": "Accumulate",
    "clear": "Accumulate",
    "change": "Accumulate",
    "optimizer": "Accumulate",
}
_MERGED: tuple[MomentKind, ...] = ("clear", "change", "optimizer")
"""Kinds for which one call's changes to many tensors are one moment."""


class Moment(NamedTuple):
    """One step of the timeline.

    It lasts from `event` to `last` (the same, unless one call did many things), and `records` are
    what the trace says of it.  `line` is the statement that was running: for a step of a backward
    pass the line of `backward()`.  `step` counts the steps of its pass from 1.
    """

    kind: MomentKind
    event: int
    last: int
    line: int | None
    records: tuple[Record, ...]
    backward: BackwardPass | None = None
    step: int = 0

    @property
    def lane(self) -> Lane:
        return LANE_OF[self.kind]

    @property
    def operation(self) -> Operation | None:
        """The operation of this moment, or None."""
        record = self.records[0]
        return record if isinstance(record, Operation) else None


def moments_of(run: Run, *, hide_setup: bool) -> list[Moment]:
    """The moments in the order in which they happened.

    With `hide_setup` there are none for what only made the inputs, as in the graph.
    """
    found = [
        *_operations(run, hide_setup),
        *_regions(run),
        *_passes(run),
        *_facts(run),
    ]
    found.sort(key=lambda moment: moment.event)
    return list(_merged(found))


def _operations(run: Run, hide_setup: bool) -> Iterator[Moment]:
    owners, made, changing = grad_owners(run), run.operation_columns, set(run.changing.places)
    aside = run.set_up if hide_setup else frozenset[int]()
    for place, op in zip(run.units.places, run.units, strict=True):
        form, event = made.form_at(place), made.events[place]
        kind: MomentKind = "operation"
        if form.phase == "optimizer":
            kind = "optimizer"
        elif place in changing and in_place_on_grads(run, op, owners):
            kind = "change"
        elif made.ids[place] in aside:
            continue
        yield Moment(kind, event, event, form.spot, (op,))


def _regions(run: Run) -> Iterator[Moment]:
    for span in run.trace.grad_modes:
        if is_drawn(span):
            yield Moment("enter", span.event, span.event, span.spot, (span,))
            if span.end_event is not None:
                line = span.end_spot or span.spot
                yield Moment("leave", span.end_event, span.end_event, line, (span,))


def is_drawn(span: GradModeSpan) -> bool:
    """Return whether a region is the snippet's own and turned recording off."""
    return is_own(span.cause) and turns_off(span)


def _passes(run: Run) -> Iterator[Moment]:
    for backward in run.trace.backward_passes:
        columns, places = run.steps(backward)
        spot = backward.spot
        for number, (place, step) in enumerate(zip(places, backward.steps, strict=True), 1):
            kind: MomentKind = "step" if columns.tensors[place] == NONE else "accumulate"
            event = columns.events[place]
            yield Moment(kind, event, event, spot, (step,), backward, number)


_OF_FACT: dict[str, MomentKind] = {
    "grad_assigned": "assign",
    "grad_cleared": "clear",
    "grad_zeroed": "change",
}


def _facts(run: Run) -> Iterator[Moment]:
    for fact in run.trace.facts:
        if (kind := _OF_FACT.get(fact.kind)) is not None:
            yield Moment(kind, fact.event, fact.event, fact.spot, (fact,))


def _merged(moments: list[Moment]) -> Iterator[Moment]:
    """Yield the moments, with neighbours of one kind and one line merged."""
    group: list[Moment] = []
    for moment in moments:
        if group and not _belongs(moment, group[0]):
            yield _one(group)
            group = []
        group.append(moment)
    if group:
        yield _one(group)


def _belongs(moment: Moment, first: Moment) -> bool:
    if moment.kind not in _MERGED or moment.kind != first.kind or moment.line != first.line:
        return False
    one, other = moment.operation, first.operation
    return one is None or other is None or one.optimizer_step == other.optimizer_step


def _one(group: list[Moment]) -> Moment:
    if len(group) == 1:
        return group[0]
    records = tuple(record for moment in group for record in moment.records)
    return group[0]._replace(last=group[-1].last, records=records)
