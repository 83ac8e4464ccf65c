"""What the table of gradients says of a `.grad` at a moment of the run, in a few words."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from app.contract.records import Gradient, Summary
from app.session.timeline.grads import ChangeKind, GradChange
from app.session.timeline.history import Then

GradState = Literal["filled", "reached", "changed", "due", "cleared", "frozen", "not yet", "never"]
"""`filled` by the running pass, `reached` by an earlier one, `changed` by hand; `due` in the
running pass; `never` where the reason is the same as at the end of the run."""


@dataclass(frozen=True, slots=True)
class GradStatus:
    """`grad` is None both where there is none and where the trace does not hold the values."""

    state: GradState
    words: str
    grad: Summary | None = None
    shape: list[int] | None = None
    is_set: bool = False


def grad_then(then: Then, row: Gradient) -> GradStatus:
    tensor = then.history.index.tensors[row.tensor]
    change, due = then.grad(tensor.identity), then.due(tensor.identity)
    is_set = change is not None and change.kind != "cleared"
    grad = change.grad if change is not None else None
    shape = tensor.shape if is_set else None
    state, words = _said(then, row, change, due, tensor.identity)
    return GradStatus(state, words, grad, shape, is_set)


def _said(
    then: Then, row: Gradient, change: GradChange | None, due: int | None, identity: int
) -> tuple[GradState, str]:
    if due is not None:
        return "due", f"due in step {due}"
    if change is not None:
        return _of_change(then, change)
    if not row.requires_grad:
        return "frozen", "requires no grad"
    if not then.has_begun_backward:
        return "not yet", "no backward() yet"
    if then.history.grads.of(identity):
        return "not yet", "not reached yet"
    return "never", ""


_CHANGED: dict[ChangeKind, str] = {
    "assigned": "set by hand",
    "zeroed": "set to zero",
    "changed": "changed in place",
}


def _of_change(then: Then, change: GradChange) -> tuple[GradState, str]:
    line = "" if change.line is None else f", line {change.line}"
    if change.kind == "cleared":
        return "cleared", f"cleared{line}"
    if change.kind != "accumulated":
        return "changed", f"{_CHANGED[change.kind]}{line}"
    backward = change.backward
    if backward is not None and backward is then.backward:
        step = bisect_right(backward.steps, change.event, key=lambda one: one.event)
        return "filled", f"filled in step {step}"
    if change.added > 1:
        return "reached", f"sum of {change.added} backward passes"
    return "reached", "reached" if change.line is None else f"reached on line {change.line}"
