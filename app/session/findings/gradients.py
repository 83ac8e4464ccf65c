"""Gradients that are zero, not finite, or changed after autograd had computed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from app.contract.records import (
    BackwardPass,
    BackwardStep,
    Finding,
    Gradient,
    Operation,
    Summary,
)
from app.session.findings.case import Case, finding
from app.session.language import tr


def zero_gradient(case: Case) -> Iterator[Finding]:
    groups: dict[int, tuple[Operation, list[Gradient]]] = {}
    passes = {backward.id: _Ran(case, backward) for backward in case.backwards}
    for row in case.trace.gradients:
        if row.grad is None or not row.passes or not _is_zero(row.grad):
            continue
        ran = passes.get(row.passes[-1])
        culprit = None if ran is None else _became_zero(case, ran, row)
        if culprit is not None and not (ran and _starts_at_zero(case, ran, culprit)):
            groups.setdefault(culprit.id, (culprit, []))[1].append(row)
    for culprit, rows in groups.values():
        title = tr("A gradient is zero everywhere")
        text = tr(
            "The .grad of {names} holds zeros only: the gradient that came to {operation} was not "
            "zero, and what its backward passed on was."
        ).format(names=case.owners(rows), operation=case.say(culprit))
        tensors = [row.tensor for row in rows]
        yield finding("zero_gradient", "warning", culprit.line, title, text, [culprit], tensors)


def _is_zero(summary: Summary) -> bool:
    return summary.numel > 0 and summary.zeros == summary.numel and not summary.sampled


def _is_finite(summary: Summary) -> bool:
    return not summary.nan and not summary.inf


class _Ran:
    """The nodes of a backward pass that ran, and the ways between them."""

    def __init__(self, case: Case, backward: BackwardPass) -> None:
        self._case = case
        self.backward = backward

    @cached_property
    def steps(self) -> dict[int, BackwardStep]:
        return {step.node: step for step in self.backward.steps if step.node is not None}

    @cached_property
    def before(self) -> dict[int | None, list[int]]:
        """Of each node those that passed gradients on to it."""
        before: dict[int | None, list[int]] = defaultdict(list)
        for node in self.steps:
            for after in self._case.nodes[node].next:
                before[after].append(node)
        return before

    @cached_property
    def leaves(self) -> dict[int, int | None]:
        """The AccumulateGrad of each variable, by identity."""
        return {
            self._case.identity(step.tensor): step.node
            for step in self.backward.steps
            if step.tensor is not None
        }


def _became_zero(case: Case, ran: _Ran, row: Gradient) -> Operation | None:
    """Going from the leaf towards the root, the operation after which all was zero.

    None where ways with different stories meet, so that no one operation is the reason.
    """
    steps = ran.steps
    stack = [ran.leaves.get(case.identity(row.tensor))]
    found: set[int] = set()
    seen = set(stack)
    while stack:
        for node in ran.before[stack.pop()]:
            step = steps[node]
            if step.grad is None or node in seen:
                continue
            seen.add(node)
            if step.grad.sampled or not _is_zero(step.grad):
                if step.operation is None or step.grad.sampled:
                    return None
                found.add(step.operation)
            else:
                stack.append(node)
    return case.index.operations[found.pop()] if len(found) == 1 else None


def _starts_at_zero(case: Case, ran: _Ran, operation: Operation) -> bool:
    """Whether the operation multiplied with a leaf of zeros that got a gradient itself, as the
    second factor of an adapter does: with its first update the gradient comes through."""
    for value in operation.inputs:
        base = case.tensor(value).is_view_of
        for leaf in (case.tensor(value), *([] if base is None else [case.tensor(base)])):
            if leaf.is_leaf and leaf.requires_grad and _is_zero(leaf.summary):
                node = ran.leaves.get(leaf.identity)
                grad = None if node is None else ran.steps[node].grad
                if grad is not None and not _is_zero(grad):
                    return True
    return False


def non_finite_gradient(case: Case) -> Iterator[Finding]:
    """Of the first pass that left such a gradient; those after it have inherited it."""
    readings = [r for r in case.trace.gradient_readings if r.grad and not _is_finite(r.grad)]
    if not readings:
        return
    first = min(readings, key=lambda reading: reading.event)
    backward = _pass_before(case, first.event)
    if backward is None:
        return
    tensors = [r.tensor for r in readings if r.event < _next_pass(case, backward)]
    rows = [case.rows[i] for i in dict.fromkeys(map(case.identity, tensors)) if i in case.rows]
    kind = tr("NaN") if first.grad is not None and first.grad.nan else tr("infinity")
    title = tr("A gradient holds {kind}").format(kind=kind)
    names = case.owners(rows) or case.name(first.tensor)
    culprit = _became_non_finite(case, backward)
    if culprit is None:
        text = tr("The backward pass on line {line} left it in the .grad of {names}.")
        text = text.format(line=backward.line, names=names)
        yield finding("non_finite_gradient", "error", backward.line, title, text, [], tensors)
        return
    text = tr(
        "In the backward pass on line {line} it first came out of the backward of {operation}, and "
        "it is now in the .grad of {names}."
    ).format(line=backward.line, operation=case.say(culprit), names=names)
    value = _first_non_finite_value(case, backward)
    if value is not None:
        made = tr("The forward pass had it already: it came out of {maker}.")
        text = f"{text} {made.format(maker=case.say(value))}"
    yield finding("non_finite_gradient", "error", culprit.line, title, text, [culprit], tensors)


def _pass_before(case: Case, event: int) -> BackwardPass | None:
    before = [backward for backward in case.backwards if backward.event < event]
    return before[-1] if before else None


def _next_pass(case: Case, backward: BackwardPass) -> float:
    return min((b.event for b in case.backwards if b.event > backward.event), default=float("inf"))


def _became_non_finite(case: Case, backward: BackwardPass) -> Operation | None:
    """The operation whose backward took finite gradients and gave the first that is not."""
    ran = _Ran(case, backward)
    for step in backward.steps:
        if step.grad is None or _is_finite(step.grad):
            if step.grad is not None and step.grad.sampled:
                return None  # it may have been in what was not looked at
            continue
        makers = [ran.steps[node] for node in ran.before[step.node]]
        operations = {maker.operation for maker in makers if maker.operation is not None}
        if len(operations) != 1 or any(maker.operation is None for maker in makers):
            return None
        return case.index.operations[operations.pop()]
    return None


def _first_non_finite_value(case: Case, backward: BackwardPass) -> Operation | None:
    """The first operation on the way to the roots whose result was not finite."""
    alive = case.reach(backward).alive
    for operation in case.index.units:
        if operation.event > backward.event:
            return None
        if operation.phase == "forward" and any(
            output in alive and not _is_finite(case.tensor(output).summary)
            for output in operation.outputs
        ):
            return operation
    return None


def gradient_changed(case: Case) -> Iterator[Finding]:
    """By the snippet, or by what it called to clip gradients.

    Hooks are not told of: a trace does not say what they gave back.
    """
    owners = {f"{name}.grad": identity for identity, name in case.index.names.items()}
    changed: dict[int | None, tuple[Operation, set[int]]] = {}
    for operation in case.in_place:
        if operation.phase != "forward" or operation.name in ("zero_", "_foreach_zero_"):
            continue
        for made in (*operation.outputs, *operation.mutates):
            identity = owners.get(case.index.name(made) or "")
            if identity is not None and _was_computed(case, identity, operation.event):
                changed.setdefault(operation.line, (operation, set()))[1].add(identity)
    for line, (operation, identities) in changed.items():
        title = tr("Gradients were changed after backward")
        text = tr(
            "{operation} changed the .grad of {names}: it is no longer what the backward pass had "
            "computed."
        ).format(operation=case.say(operation), names=_names(case, identities))
        tensors = [case.rows[i].tensor for i in sorted(identities) if i in case.rows]
        yield finding("gradient_changed", "info", line, title, text, [operation], tensors)


def _was_computed(case: Case, identity: int, event: int) -> bool:
    """Whether a backward pass had last written to its `.grad`, or added to it."""
    last = case.last_written(identity, event)
    return last is not None and last.kind == "accumulated"


def _names(case: Case, identities: Iterable[int]) -> str:
    rows = [case.rows[identity] for identity in sorted(identities) if identity in case.rows]
    return case.owners(rows)
