"""NaN and infinity in gradients and losses: where they began, and why."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.contract.records import BackwardPass, Finding, GradientReading, Operation
from app.session.explain import phrases
from app.session.explain.values import is_finite, some_inf, some_nan
from app.session.findings.case import Case, finding
from app.session.findings.learning.scaled import skipped_every_step, unscalings
from app.session.findings.ran import Ran
from app.session.findings.wrong_values.non_finite_reasons import (
    Reason,
    backward_reason,
    forward_reason,
)
from app.session.findings.wrong_values.since import with_iteration, with_iterations
from app.session.language import paragraph, tr

_MEANT = frozenset(("masked_fill", "where", "fill", "index_fill", "full", "full_like", "new_full",
                    "setitem", "tensor", "as_tensor", "scatter", "masked_scatter", "triu", "tril",
                    "pad", "index_put"))  # fmt: skip
"""Operations that write an infinity on purpose, given as an argument."""


def non_finite_gradient(case: Case) -> Iterator[Finding]:
    """Find NaN and infinity in gradients, for the first pass that left them.

    A GradScaler begins with a scale that may be too large, and skips steps until it is not: passes
    whose step it skipped do not count if another step followed.
    """
    skipped = ""
    if skipped_every_step(case):
        skipped = tr("The GradScaler skipped every step: it skips those with NaN or infinity.")
    for found in with_iterations(case, _first_non_finite(case)):
        yield replace(found, text=paragraph((found.text, skipped)))


def non_finite_loss(case: Case) -> Iterator[Finding]:
    """Find the first NaN or infinity in a loss whose gradients are all finite.

    So it is where the loss ignores every target: nothing else shows it.
    """
    bad = [
        one.event for one in case.trace.gradient_readings if one.grad and not is_finite(one.grad)
    ]
    for backward in case.backwards:
        root = next((r for r in backward.roots if not is_finite(case.tensor(r).summary)), None)
        if root is None:
            continue
        after = bisect_left(bad, backward.event)
        if after == len(bad) or bad[after] >= _next_pass(case, backward):
            yield with_iteration(case, _of_loss(case, backward, root), backward.event)
            return


def _of_loss(case: Case, backward: BackwardPass, root: int) -> Finding:
    kind = tr("NaN") if some_nan(case.tensor(root).summary) else tr("infinity")
    title = tr("The loss is {kind}").format(kind=kind)
    text = tr(
        "The backward pass on line {line} began at {name}, which is {kind}. No gradient that it "
        "left holds NaN or infinity, so the parameters do not show it."
    ).format(line=backward.spot, name=case.name(root), kind=kind)
    origin, fix = _first_bad_value(case, backward), None
    if origin is not None:
        text = paragraph(
            (text, tr("It came out of {operation}.").format(operation=case.say(origin)))
        )
        reason = forward_reason(case, origin)
        if reason is not None:
            text, fix = paragraph((text, reason.text)), reason.fix
    return finding(
        "non_finite_loss", "warning", (origin or backward).spot, title, text,
        [] if origin is None else [origin], [root], fix,
    )  # fmt: skip


def _first_non_finite(case: Case) -> Iterator[Finding]:
    readings = [r for r in case.trace.gradient_readings if r.grad and not is_finite(r.grad)]
    unscaled = unscalings(case) if readings else ()
    readings = [r for r in readings if not (unscaled and _was_skipped(case, r.event, unscaled))]
    if not readings:
        return
    first = min(readings, key=lambda reading: reading.event)
    backward = _pass_before(case, first.event)
    if backward is None:
        return
    left = [r for r in readings if r.event < _next_pass(case, backward)]
    rows = [case.rows[i] for i in dict.fromkeys(case.identity(r.tensor) for r in left)
            if i in case.rows]  # fmt: skip
    names = case.owners(rows) or case.name(first.tensor)
    kind = _kind(left)
    title = tr("A gradient holds {kind}").format(kind=kind)
    makers = _became_non_finite(case, backward)
    tensors = [r.tensor for r in left]
    origin = None
    if any(_touches_bad_values(case, maker) for maker in makers):
        origin = _first_bad_value(case, backward)
    if origin is not None:
        yield _of_forward(case, backward, origin, title, names, tensors)
        return
    if len(makers) == 1:
        yield _of_backward(case, backward, makers[0], title, names, tensors)
        return
    said = {"kind": kind, "line": backward.spot, "names": names}
    text = tr("The backward pass on line {line} left {kind} in the .grad of {names}.")
    line = backward.spot
    if makers:
        text = tr(
            "The backward pass on line {line} left {kind} in the .grad of {names}. It first came "
            "out of the backward of one of these: {operations}."
        )
        said["operations"] = phrases.listed(map(case.say, makers))
        line = makers[0].spot
    yield finding("non_finite_gradient", "error", line, title, text.format(**said), makers, tensors)


def _was_skipped(case: Case, event: int, unscaled: Sequence[Operation]) -> bool:
    """Return whether a GradScaler looked at the gradients of this time and made no step with them,
    but made one later."""
    end = min((b.event for b in case.backwards if b.event > event), default=float("inf"))
    looked = next((one.event for one in unscaled if event < one.event < end), None)
    later = [step.event for step in case.trace.optimizer_steps if step.event > event]
    return looked is not None and bool(later) and not any(looked < one < end for one in later)


def _kind(readings: list[GradientReading]) -> str:
    grads = [r.grad for r in readings if r.grad is not None]
    nan, inf = any(map(some_nan, grads)), any(map(some_inf, grads))
    if nan and inf:
        return tr("NaN and infinity")
    return tr("NaN") if nan else tr("infinity")


def _of_forward(
    case: Case,
    backward: BackwardPass,
    origin: Operation,
    title: str,
    names: str,
    tensors: list[int],
) -> Finding:
    """The finding about an operation whose result already held NaN or infinity."""
    nan = any(some_nan(case.tensor(value).summary) for value in origin.outputs)
    text = tr(
        "{operation} already gave {value} in the forward pass, and the backward pass on line "
        "{line} carried it into the .grad of {names}."
    ).format(
        operation=case.say(origin), value=tr("NaN") if nan else tr("infinity"),
        line=backward.spot, names=names,
    )  # fmt: skip
    return _with_reason(origin, title, text, tensors, forward_reason(case, origin))


def _of_backward(
    case: Case,
    backward: BackwardPass,
    maker: Operation,
    title: str,
    names: str,
    tensors: list[int],
) -> Finding:
    """The finding about an operation whose result was finite and whose backward was not."""
    text = tr(
        "In the backward pass on line {line} it first came out of the backward of {operation}, and "
        "it is now in the .grad of {names}."
    ).format(line=backward.spot, operation=case.say(maker), names=names)
    reason = backward_reason(case, maker, Ran(case, backward))
    return _with_reason(maker, title, text, tensors, reason)


def _with_reason(
    blamed: Operation, title: str, text: str, tensors: list[int], reason: Reason | None
) -> Finding:
    fix = None
    if reason is not None:
        text, fix = paragraph((text, reason.text)), reason.fix
    return finding("non_finite_gradient", "error", blamed.spot, title, text, [blamed], tensors, fix)


def _pass_before(case: Case, event: int) -> BackwardPass | None:
    place = bisect_left(case.backwards, event, key=_event)
    return case.backwards[place - 1] if place else None


def _next_pass(case: Case, backward: BackwardPass) -> float:
    place = bisect_right(case.backwards, backward.event, key=_event)
    return case.backwards[place].event if place < len(case.backwards) else float("inf")


def _event(backward: BackwardPass) -> int:
    return backward.event


def _became_non_finite(case: Case, backward: BackwardPass) -> list[Operation]:
    """The operations whose backward took finite gradients and may have given the first bad one.

    If several nodes pass gradients to one, the values show which of them it was; where they do
    not, all are returned.
    """
    ran = Ran(case, backward)
    for step in backward.steps:
        if step.grad is None or is_finite(step.grad):
            continue
        makers = [ran.steps[node] for node in ran.before[step.node]]
        if not makers or any(maker.operation is None for maker in makers):
            return []
        numbers = dict.fromkeys(maker.operation for maker in makers)
        operations = [case.run.operations[n] for n in sorted(n for n in numbers if n is not None)]
        suspects = [op for op in operations if _is_suspect(case, op, ran)]
        return suspects if len(suspects) == 1 else operations
    return []


def _is_suspect(case: Case, operation: Operation, ran: Ran) -> bool:
    return _touches_bad_values(case, operation) or backward_reason(case, operation, ran) is not None


def _touches_bad_values(case: Case, operation: Operation) -> bool:
    values = (*operation.inputs, *operation.outputs)
    return any(not is_finite(case.tensor(value).summary) for value in values)


def _first_bad_value(case: Case, backward: BackwardPass) -> Operation | None:
    """The first operation on a path to the roots that gave NaN, or an infinity not meant."""
    alive = case.reach(backward).alive
    for operation in case.run.units:
        if operation.event > backward.event:
            return None
        is_on_path = operation.phase == "forward" and not alive.isdisjoint(operation.outputs)
        if is_on_path and _began_in(case, operation):
            return operation
    return None


def _began_in(case: Case, operation: Operation) -> bool:
    """Return whether a result of an operation has NaN or infinity and no input had it."""
    taken = [case.tensor(value).summary for value in operation.inputs]
    made = [case.tensor(value).summary for value in operation.outputs]
    if any(map(some_nan, taken)):
        return False
    if any(map(some_nan, made)):
        return True
    if any(map(some_inf, taken)) or operation.name.strip("_") in _MEANT:
        return False
    return any(map(some_inf, made))
