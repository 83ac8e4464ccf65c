"""The state of a `.grad` at a moment of the run, in a few words for the table of gradients."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from app.contract.records import Gradient, Summary
from app.session.language import number, tr, translatable
from app.session.places import at_line
from app.session.timeline.grads import ChangeKind, GradChange
from app.session.timeline.history import Snapshot
from app.session.words import sum_of_passes

GradState = Literal["filled", "reached", "changed", "due", "cleared", "frozen", "not yet", "never"]
"""`filled` by the running pass, `reached` by an earlier one, `changed` by hand; `due` in the
running pass; `never` where the reason is the same as at the end of the run."""


@dataclass(frozen=True, slots=True)
class GradStatus:
    """A state; `grad` is None if there is no gradient, or if its values are unknown."""

    state: GradState
    words: str
    grad: Summary | None = None
    shape: list[int] | None = None
    is_set: bool = False


def grad_then(then: Snapshot, row: Gradient) -> GradStatus:
    tensor = then.history.run.tensors[row.tensor]
    change, due = then.grad(tensor.identity), then.due(tensor.identity)
    is_set = change is not None and change.kind != "cleared"
    grad = change.grad if change is not None else None
    shape = tensor.shape if is_set else None
    state, words = _said(then, row, change, due, tensor.identity)
    return GradStatus(state, words, grad, shape, is_set)


def _said(
    then: Snapshot, row: Gradient, change: GradChange | None, due: int | None, identity: int
) -> tuple[GradState, str]:
    if due is not None:
        return "due", tr("due in step {step}").format(step=number(due))
    if change is not None:
        return _of_change(then, change)
    if not row.requires_grad:
        return "frozen", tr("requires no grad")
    if not then.has_begun_backward:
        return "not yet", tr("no backward() yet")
    if then.history.grads.of(identity):
        return "not yet", tr("not reached yet")
    return "never", ""


_CHANGED: dict[ChangeKind, str] = {
    "assigned": translatable("set by hand"),
    "zeroed": translatable("set to zero"),
    "changed": translatable("changed in place"),
}


def _of_change(then: Snapshot, change: GradChange) -> tuple[GradState, str]:
    if change.kind == "cleared":
        return "cleared", at_line(tr("cleared"), change.line)
    if change.kind != "accumulated":
        return "changed", at_line(tr(_CHANGED[change.kind]), change.line)
    backward = change.backward
    if backward is not None and backward is then.backward:
        step = bisect_right(backward.steps, change.event, key=lambda one: one.event)
        return "filled", tr("filled in step {step}").format(step=number(step))
    if change.added > 1:
        return "reached", sum_of_passes(change.added)
    if change.line is None:
        return "reached", tr("reached")
    return "reached", tr("reached on line {line}").format(line=change.line)
