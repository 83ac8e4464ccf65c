"""Gradients that are zero, or changed after autograd had computed them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, assert_never

from app.contract.records import BackwardPass, Finding, Fix, Gradient, Operation, Summary
from app.session.explain.phrases import listed
from app.session.explain.values import greatest, is_zero, least
from app.session.findings.case import Case, finding
from app.session.findings.learning.scaled import unscalings
from app.session.findings.lost import custom_backward
from app.session.findings.ran import Ran
from app.session.findings.wrong_values import zero_reasons
from app.session.findings.wrong_values.since import with_iterations
from app.session.language import paragraph, tr


class _Zeros(NamedTuple):
    """Why a `.grad` holds only zeros.  Gradients alike in kind and key are one finding."""

    kind: Literal["replaced", "given", "changed", "cancelled", "computed"]
    key: object
    line: int | None
    makers: tuple[Operation, ...] = ()


def zero_gradient(case: Case) -> Iterator[Finding]:
    yield from with_iterations(case, _zero_gradients(case))


def _zero_gradients(case: Case) -> Iterator[Finding]:
    passes = {backward.id: Ran(case, backward) for backward in case.backwards}
    alike: dict[tuple[str, object], tuple[_Zeros, list[Gradient]]] = {}
    for row in case.trace.gradients:
        if row.grad is not None and is_zero(row.grad):
            ran = passes.get(row.passes[-1]) if row.passes else None
            for zeros in _kinds_of_zeros(case, ran, row):
                alike.setdefault((zeros.kind, zeros.key), (zeros, []))[1].append(row)
    for zeros, rows in alike.values():
        if zeros.kind == "cancelled" and not _are_all(case, zeros.makers, rows):
            continue
        text, fix = _said_of(case, zeros, rows, passes)
        title = tr("A gradient is zero everywhere")
        yield finding("zero_gradient", "warning", zeros.line, title, text, zeros.makers,
                      [row.tensor for row in rows], fix)  # fmt: skip


def _kinds_of_zeros(case: Case, ran: Ran | None, row: Gradient) -> Iterator[_Zeros]:
    """Yield why a `.grad` holds only zeros, as far as it is certain."""
    if (line := _replaced_on(case, row)) is not None:
        yield _Zeros("replaced", line, line)
    if ran is None or custom_backward.lost_behind(case, ran.backward.roots):
        return  # the latter is reported by itself
    if _began_with_zeros(ran):
        yield _Zeros("given", ran.backward.spot, ran.backward.spot)
        return
    if _arrived(case, ran, row):
        if (change := _change_after(case, ran, row)) is not None:
            yield _Zeros("changed", case.place(change), change.spot, (change,))
        return
    makers = tuple(_became_zero(case, ran, row))
    if _cancel_out(ran, makers):
        yield _Zeros("cancelled", tuple(map(case.place, makers)), makers[-1].spot, makers)
    elif len(makers) == 1 and not _starts_at_zero(case, ran, makers[0]):
        (maker,) = makers
        is_hook = maker.phase == "backward"  # one hook may be on many tensors
        yield _Zeros("computed", case.place(maker) if is_hook else maker.id, maker.spot, makers)


def _said_of(
    case: Case, zeros: _Zeros, rows: list[Gradient], passes: dict[int, Ran]
) -> tuple[str, Fix | None]:
    """Return the text and the fix of a finding about gradients that are zero alike."""
    fix = None
    match zeros.kind:
        case "given":
            text = tr(
                "The .grad of {names} holds only zeros. The backward pass on line {line} was "
                "given a gradient of zeros to begin with."
            )
        case "replaced":
            text = tr(
                "The .grad of {names} holds only zeros: line {line} assigned them after the "
                "backward pass, in place of the gradient that arrived there."
            )
        case "changed":
            text = tr(
                "The .grad of {names} holds only zeros. The gradient that arrived there was not "
                "zero, but {operations} changed it after the backward pass."
            )
        case "cancelled":
            text = tr(
                "The .grad of {names} holds only zeros. The gradients that came back through "
                "{operations} have opposite signs and add up to 0 everywhere, as those of "
                "`x - x` do."
            )
            fix = Fix(tr("If one of them is to be constant, use its `detach()`."), [])
        case "computed":
            return _said_of_computed(case, zeros.makers[0], rows, passes)
        case _:
            assert_never(zeros.kind)
    said = listed(map(case.say, zeros.makers))
    return text.format(names=case.owners(rows), line=zeros.line, operations=said), fix


def _said_of_computed(
    case: Case, maker: Operation, rows: list[Gradient], passes: dict[int, Ran]
) -> tuple[str, Fix | None]:
    text = tr(
        "The .grad of {names} holds only zeros. The gradient that {operation} received was not "
        "zero, but the one that its backward computed is zero everywhere."
    )
    said = case.say(maker)
    if maker.phase == "backward":
        text = tr(
            "The .grad of {names} holds only zeros. The gradient that arrived there was not "
            "zero, but {operation}, which ran in the backward pass, made it zero everywhere."
        )
        if maker.cause is not None and maker.spot == maker.cause.spot:
            said = f"`{maker.name}`"  # called without a line of its own: a hook that torch has
    why = zero_reasons.reason(case, maker, _received(passes, rows[0], maker))
    text = text.format(names=case.owners(rows), operation=said)
    return paragraph(filter(None, (text, why and why.text))), why and why.fix


def _replaced_on(case: Case, row: Gradient) -> int | None:
    """Return the line that assigned the `.grad` in place of what a backward pass had added."""
    last = case.histories.of(case.identity(row.tensor))[-2:]
    kinds = [happening.kind for happening in last]
    return last[-1].line if kinds == ["accumulated", "assigned"] else None


def _are_all(case: Case, makers: Sequence[Operation], rows: list[Gradient]) -> bool:
    """Whether the rows have every leaf that some operations took: a critic's last bias alone, whose
    gradients from real and false examples cancel, is meant."""
    taken = {case.identity(value) for maker in makers for value in maker.inputs}
    named = {case.identity(row.tensor) for row in rows}
    return {one for one in taken if one in case.rows and case.tensor(one).is_leaf} <= named


def _cancel_out(ran: Ran, makers: Sequence[Operation]) -> bool:
    """Whether two operations alike received gradients that differ in their sign alone."""
    if len(makers) != 2 or makers[0].name != makers[1].name:
        return False
    grads = [_grads(ran.backward, one) for one in makers]
    first, second = (next(iter(found), None) for found in grads)
    if first is None or second is None or first.numel != second.numel:
        return False
    opposite = least(first) == -greatest(second) and greatest(first) == -least(second)
    return opposite and first.norm == second.norm


def _grads(backward: BackwardPass, operation: Operation) -> list[Summary]:
    """The gradients, other than zeros, that an operation received of its results in a pass."""
    grads = (step.grad for step in backward.steps if step.operation == operation.id)
    return [grad for grad in grads if grad is not None and not is_zero(grad)]


def _received(passes: dict[int, Ran], row: Gradient, culprit: Operation) -> Summary | None:
    """The gradient of its result that an operation received in the last pass that filled a row."""
    return next(iter(_grads(passes[row.passes[-1]].backward, culprit)), None)


def _began_with_zeros(ran: Ran) -> bool:
    """Whether what `backward()` was called with was zero everywhere."""
    first = min(ran.steps.values(), key=lambda step: step.event, default=None)
    return first is not None and first.grad is not None and is_zero(first.grad)


def _arrived(case: Case, ran: Ran, row: Gradient) -> bool:
    """Whether the leaf received a gradient that was not zero."""
    node = ran.leaves.get(case.identity(row.tensor))
    grad = None if node is None else ran.steps[node].grad
    return grad is not None and not is_zero(grad)


def _change_after(case: Case, ran: Ran, row: Gradient) -> Operation | None:
    """Return the last operation that changed the `.grad` after the pass."""
    identity, end = case.identity(row.tensor), ran.backward.end_event or ran.backward.event
    changes = (one for one in case.gradient_uses.changes if one.identity == identity)
    found = [one.operation for one in changes if one.event > end]
    return found[-1] if found else None


def _became_zero(case: Case, ran: Ran, row: Gradient) -> list[Operation]:
    """Return the operations, seen from the leaf, after whose backward the gradient was zero.

    Several where paths meet, so that not one operation alone is the reason.
    """
    steps = ran.steps
    stack = [ran.leaves.get(case.identity(row.tensor))]
    found: set[int] = set()
    seen = set(stack)
    while stack:
        after = stack.pop()
        changed = _made_zero_on_path(case, ran, after)
        if changed is not None:
            found.add(changed.id)
            continue
        for node in ran.before[after]:
            step = steps[node]
            if step.grad is None or node in seen:
                continue
            seen.add(node)
            if not is_zero(step.grad):
                if step.operation is None:
                    return []
                found.add(step.operation)
            else:
                stack.append(node)
    return [case.run.operations[number] for number in sorted(found)]


def _made_zero_on_path(case: Case, ran: Ran, node: int | None) -> Operation | None:
    """Return the operation of a hook that gave the zeros that a node received, if one did."""
    operation = ran.operations_before.get(node)
    if node is None or operation is None:
        return None
    shape = list(ran.steps[node].shape)
    made = [case.tensor(value) for value in operation.outputs]
    gave_zeros = any(list(one.shape) == shape and is_zero(one.summary) for one in made)
    took_more = any(not is_zero(case.tensor(value).summary) for value in operation.inputs)
    return operation if gave_zeros and took_more else None


def _starts_at_zero(case: Case, ran: Ran, operation: Operation) -> bool:
    """Return whether the operation multiplied by a leaf of zeros that has a gradient.

    The second factor of an adapter starts so; after its first update gradients flow.
    """
    for value in zero_reasons.factors(operation):
        base = case.tensor(value).is_view_of
        for leaf in (case.tensor(value), *([] if base is None else [case.tensor(base)])):
            if leaf.is_leaf and leaf.requires_grad and is_zero(leaf.summary):
                node = ran.leaves.get(leaf.identity)
                grad = None if node is None else ran.steps[node].grad
                if grad is not None and not is_zero(grad):
                    return True
    return False


def gradient_changed(case: Case) -> Iterator[Finding]:
    """Find gradients that the snippet changed, or clipped, and nothing used afterwards.

    Clipping before a step is normal.  Changes in hooks are not found: a trace does not contain
    what they return.
    """
    changed: dict[int | None, tuple[Operation, set[int]]] = {}
    used: set[int | None] = set()
    unscaled = {operation.id for operation in unscalings(case)}
    for change in case.gradient_uses.changes:
        if change.operation and change.operation.id in unscaled:
            continue  # by a GradScaler, whose step may then be skipped
        if case.is_change_used(change):
            used.add(change.line)
        elif change.operation and _was_computed(case, change.identity, change.event):
            changed.setdefault(change.line, (change.operation, set()))[1].add(change.identity)
    for line, (operation, identities) in changed.items():
        if line in used:
            continue
        title = tr("Gradients were changed after backward")
        text = tr(
            "{operation} changed the .grad of {names}: it is no longer what the backward pass had "
            "computed."
        ).format(operation=case.say(operation), names=_names(case, identities))
        tensors = [case.rows[i].tensor for i in sorted(identities) if i in case.rows]
        yield finding("gradient_changed", "info", line, title, text, [operation], tensors)


def _was_computed(case: Case, identity: int, event: int) -> bool:
    """Return whether the last write to its `.grad` came from a backward pass."""
    last = case.last_written(identity, event)
    return last is not None and last.kind == "accumulated"


def _names(case: Case, identities: Iterable[int]) -> str:
    rows = [case.rows[identity] for identity in sorted(identities) if identity in case.rows]
    return case.owners(rows)
