"""Gradients that were clipped while they still had the factor of a GradScaler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.findings.wrong_values.values import greatest
from app.session.language import tr

_CLIPPING = ("clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_")
_UNSCALING = "_amp_foreach_non_finite_check_and_unscale_"
"""What `GradScaler.unscale_` calls with gradients, a tensor for infinities, and 1 / scale."""


def clipped_while_scaled(case: Case) -> Iterator[Finding]:
    """Find clippings of gradients that a GradScaler divided by its scale only afterwards."""
    reported: set[int | None] = set()
    for unscaled in case.run.units.like(lambda form: form.name == _UNSCALING):
        inverse = greatest(case.tensor(unscaled.inputs[-1]).summary)
        makers = (case.run.producers.get(value) for value in unscaled.inputs)
        for clipped in filter(None, makers):
            call = _clipping(case, clipped)
            if call is not None and 0 < inverse < 1 and clipped.spot not in reported:
                reported.add(clipped.spot)
                yield _finding(case, call, clipped, unscaled, 1 / inverse)


def _clipping(case: Case, operation: Operation) -> ast.Call | None:
    """Return the call that clips, if an operation that changes a gradient is part of one.

    None where the limit takes the scale into account.
    """
    if not operation.in_place or operation.name.startswith("_amp_"):
        return None
    statement = case.source.statement(operation.spot)
    if statement is None or any(case.source.calls(statement, "get_scale")):
        return None
    return next((one for name in _CLIPPING for one in case.source.calls(statement, name)), None)


def _finding(
    case: Case, call: ast.Call, clipped: Operation, unscaled: Operation, scale: float
) -> Finding:
    title = tr("Gradients were clipped before they were unscaled")
    text = tr(
        "{call} on line {line} found gradients that were still multiplied by the scale of the "
        "GradScaler, {scale}, which line {later} took out."
    ).format(
        call=f"`{case.source.short(call)}`", line=clipped.spot, scale=f"{scale:g}",
        later=unscaled.spot,
    )  # fmt: skip
    return finding("clipped_while_scaled", "warning", clipped.spot, title, text,
                   [clipped], [], _fix(case, call, clipped, unscaled))  # fmt: skip


def _fix(case: Case, call: ast.Call, clipped: Operation, unscaled: Operation) -> Fix | None:
    """Unscale before: `scaler.unscale_(optimizer)`."""
    source = case.source
    stepped, statement = source.statement(unscaled.spot), source.statement(clipped.spot)
    steps = [] if stepped is None else list(source.calls(stepped, "step"))
    if stepped is None or statement is None or len(steps) != 1 or len(steps[0].args) != 1:
        return None
    scaler = steps[0].func
    if not isinstance(scaler, ast.Attribute):
        return None
    code = f"{source.segment(scaler.value)}.unscale_({source.segment(steps[0].args[0])})"
    edits: list[Edit] = []
    if isinstance(statement, ast.Expr) and source.are_in_one_file(statement, stepped):
        edits = [source.before(statement, code)]
    description = tr("Call {call} before {clipping}.")
    called = source.segment(call.func)
    return Fix(description.format(call=f"`{code}`", clipping=f"`{called}`"), edits)
