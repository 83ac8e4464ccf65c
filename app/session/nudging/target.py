"""Which leaf of a run can be nudged, and which `.grad` its runs are compared with."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from app.contract.messages import Nudge
from app.contract.records import BackwardPass, NoteCode
from app.session.language import number, tr
from app.session.run import Run
from app.session.trace.columns.operations import OperationForm

_CHANGED: dict[NoteCode, str] = {
    "compiled": "torch.compile",
    "scripted": "TorchScript",
}
"""What the recorder runs, or sees, in another form than a run without it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A leaf, and the first backward pass that filled its `.grad`."""

    tensor: int
    name: str
    shape: tuple[int, ...]
    backward: int
    """The number of passes before it."""
    path: tuple[int, ...]
    """As in `Nudge`."""
    loss: float
    loss_name: str
    line: int | None
    """The spot of the pass."""
    passes: int
    """The number of passes that added to this `.grad`."""
    unrecorded: tuple[str, int] | None = None
    """The first operation that used it before the pass unrecorded, and its spot."""

    def nudge(
        self, element: Sequence[int], values: Sequence[float], place: Sequence[int] | None = None
    ) -> Nudge:
        """Return what the runs are asked for."""
        known = None if place is None else list(place)
        return Nudge(self.backward, list(self.path), list(element), list(values), known)

    def element_name(self, element: Sequence[int]) -> str:
        """Return how the program names an element: `w[1, 1]`."""
        return self.name + element_text(element)


def element_text(element: Sequence[int]) -> str:
    return f"[{', '.join(map(str, element))}]" if element else ""


def target_of(run: Run, tensor: int) -> Target | str:
    """Return what can be nudged of a leaf, given by a tensor of it, or why it cannot."""
    leaf, trace = run.tensors[tensor], run.trace
    name = leaf.name or tr("this leaf")
    if trace.run.what_if:
        return tr("This run has what-if changes. Reset them, then nudge the run as written.")
    for note in trace.notes:
        if (what := _CHANGED.get(note.code)) is not None:
            text = tr("The program uses {what}, and runs differently while it is not traced.")
            return text.format(what=what)
    filled = [
        (place, backward)
        for place, backward in enumerate(trace.backward_passes)
        if backward.call == "backward"
        and leaf.identity in _identities(run, backward.accumulated_into)
    ]
    if not filled or not leaf.is_leaf:
        text = tr("There is no gradient to compare with: no backward pass filled {name}.grad.")
        return text.format(name=name)
    place, backward = filled[0]
    if not all(one.ok for one in trace.backward_passes[: place + 1]):
        return tr("A backward pass failed before {name}.grad was filled.").format(name=name)
    loss = _loss_of(run, backward)
    path = _path(run, backward, leaf.identity)
    if isinstance(loss, str):
        return loss
    if path is None:
        return tr("The trace does not show how the pass reached {name}.").format(name=name)
    (root,) = backward.roots
    return Target(
        tensor, name, tuple(leaf.shape), place, path, loss, run.tensors[root].name or tr("loss"),
        backward.spot, len(filled), _unrecorded(run, backward, leaf.identity),
    )  # fmt: skip


def pass_words(target: Target) -> str:
    """Return which `.grad` is meant where several passes added to it."""
    if target.passes == 1 or target.line is None:
        return ""
    text = tr("Compared with .grad after the first of {count} backward passes, on line {line}.")
    return text.format(count=number(target.passes), line=target.line)


def unrecorded_words(target: Target) -> str:
    """Say that the loss may also depend on the leaf through a call that `.grad` does not count."""
    if target.unrecorded is None:
        return ""
    call, line = target.unrecorded
    text = tr(
        "{call} on line {line} uses {name} and is not recorded: the loss may depend on that, and "
        "{name}.grad leaves it out."
    )
    return text.format(call=call, line=line, name=target.name)


def _unrecorded(run: Run, backward: BackwardPass, identity: int) -> tuple[str, int] | None:
    def may_count(form: OperationForm) -> bool:
        is_lost = form.would_record or form.reason == "detached"
        return is_lost and form.status == "skipped" and not form.in_place and form.set_up is None

    for operation in run.units.like(may_count):
        if operation.event > backward.event:
            break
        if operation.spot is not None and identity in _identities(run, operation.inputs):
            return operation.name, operation.spot
    return None


def _identities(run: Run, tensors: Sequence[int]) -> set[int]:
    return {run.identity(one) for one in tensors}


def _loss_of(run: Run, backward: BackwardPass) -> float | str:
    """Return the number that the pass began at, or why it is none."""
    if len(backward.roots) == 1:
        values = run.tensors[backward.roots[0]].summary.values
        while isinstance(values, list) and len(values) == 1:
            values = values[0]
        if values in ("nan", "inf", "-inf"):
            return tr("The loss is not a finite number.")
        if isinstance(values, (int, float)):
            return float(values)
    return tr("The backward pass that filled it does not begin at a single number.")


def _path(run: Run, backward: BackwardPass, identity: int) -> tuple[int, ...] | None:
    """Return a shortest path from the root's node to the leaf's, None if none is recorded."""
    if not backward.steps or (start := backward.steps[0].node) is None:
        return None
    nodes = run.node_columns.by_id
    came_from: dict[int, tuple[int, int] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        node = nodes[here]
        if node.tensor is not None and run.identity(node.tensor) == identity:
            return _steps_to(here, came_from)
        for step, after in enumerate(node.next):
            if after not in came_from:
                came_from[after] = here, step
                waiting.append(after)
    return None


def _steps_to(here: int, came_from: dict[int, tuple[int, int] | None]) -> tuple[int, ...]:
    steps: list[int] = []
    while (before := came_from[here]) is not None:
        here = before[0]
        steps.append(before[1])
    return tuple(reversed(steps))
