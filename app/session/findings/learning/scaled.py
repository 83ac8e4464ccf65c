"""Gradients that were clipped, or used, while they still had the factor of a GradScaler, and calls
that clip before there is a gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from app.contract.records import BackwardPass, Edit, Finding, Fix, Operation, OptimizerStep
from app.session.explain.values import greatest
from app.session.findings.case import Case, finding
from app.session.language import number, tr
from app.session.source.not_run import lines_that_ran

_CLIPPING = ("clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_")
_UNSCALING = "_amp_foreach_non_finite_check_and_unscale_"
"""What `GradScaler.unscale_` calls with gradients, a tensor for infinities, and 1 / scale."""


def unscalings(case: Case) -> Sequence[Operation]:
    """Return the operations by which a GradScaler divided gradients by its scale."""
    return case.run.units.like(lambda form: form.name == _UNSCALING)


def skipped_every_step(case: Case) -> bool:
    """Return whether a GradScaler was called for steps, looked at gradients, and made no step."""
    if case.trace.optimizer_steps or not unscalings(case):
        return False
    ran = lines_that_ran(case.trace)
    return any(call.args and case.source.spot(call) in ran for call in case.calls("step"))


def clipped_nothing(case: Case) -> Iterator[Finding]:
    """Find calls that clip gradients and never found one: they run before `backward()`."""
    defined = {one.name for one in case.source.parts(ast.FunctionDef)}
    if not case.is_whole or not defined.isdisjoint(_CLIPPING):
        return
    ran = lines_that_ran(case.trace)
    changing = {operation.spot for operation in case.run.changing}
    passes = {backward.spot for backward in case.backwards}
    for call in (one for name in _CLIPPING for one in case.calls(name)):
        line = case.source.spot(call)
        statement = case.source.statement(line)
        if line not in ran or line in changing or statement is None:
            continue
        block = case.source.block(statement)
        later = block[block.index(statement) + 1 :] if statement in block else []
        after = next((one for one in later if case.source.spot(one) in passes), None)
        if after is None:
            continue
        title = tr("Gradients are clipped before there are any")
        text = tr(
            "{call} on line {line} found no gradient each time that it ran, because `backward()` "
            "comes after it, on line {later}. Nothing was clipped."
        ).format(call=f"`{case.source.short(call)}`", line=line, later=case.source.spot(after))
        removed = case.source.without(statement)
        moved = case.source.after(after, case.source.segment(statement))
        edits = [] if removed is None or not isinstance(statement, ast.Expr) else [removed, moved]
        fix = Fix(tr("Clip between `backward()` and the step."), edits)
        yield finding("clipped_nothing", "warning", line, title, text, [], [], fix)


def clipped_while_scaled(case: Case) -> Iterator[Finding]:
    """Find clippings of gradients that a GradScaler divided by its scale only afterwards."""
    reported: set[int | None] = set()
    for unscaled in unscalings(case):
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


# -------------------------------------------------------------------------------------- stepped


def stepped_while_scaled(case: Case) -> Iterator[Finding]:
    """Find optimizer steps with the gradients of a scaled loss that no GradScaler unscaled."""
    if not case.is_whole or not case.calls("GradScaler") or case.calls("get_scale"):
        return
    unscaled = [one.event for one in unscalings(case)]
    reported: set[int | None] = set()
    for step in case.trace.optimizer_steps:
        backward = _pass_for(case, step)
        scaling = None if backward is None else _scaling(case, backward)
        if backward is None or scaling is None or step.spot in reported:
            continue
        if not any(backward.event < event < (step.end_event or step.event) for event in unscaled):
            reported.add(step.spot)
            yield _told_of_step(case, step, *scaling)


def _pass_for(case: Case, step: OptimizerStep) -> BackwardPass | None:
    """The last pass before a step that filled a gradient of its optimizer."""
    owners = (one for one in case.trace.optimizers if one.number == step.optimizer)
    given = {case.identity(parameter) for one in owners for parameter in one.parameters}
    before = (one for one in reversed(case.backwards) if one.event < step.event)
    return next((b for b in before if given & set(map(case.identity, b.accumulated_into))), None)


def _scaling(case: Case, backward: BackwardPass) -> tuple[Operation, ast.Call, float] | None:
    """Return what multiplied the root of a pass in `scaler.scale(loss)`, the call, the scale."""
    maker = case.run.producers.get(backward.roots[0]) if backward.roots else None
    if maker is None or maker.name != "mul" or len(maker.inputs) != 2:
        return None
    statement = case.source.statement(maker.spot)
    calls = [] if statement is None else list(case.source.calls(statement, "scale"))
    scale = greatest(case.tensor(maker.inputs[1]).summary)
    return (maker, calls[0], scale) if len(calls) == 1 and scale > 1 else None


def _told_of_step(
    case: Case, step: OptimizerStep, scaling: Operation, call: ast.Call, scale: float
) -> Finding:
    source = case.source
    optimizer = next(o.type for o in case.trace.optimizers if o.number == step.optimizer)
    title = tr("The optimizer stepped with scaled gradients")
    text = tr(
        "{call} on line {line} multiplied the loss, and so every gradient, by {scale}. The "
        "{optimizer} step on line {step} used these gradients without dividing by it."
    ).format(
        call=f"`{source.short(call)}`", line=scaling.spot, scale=number(round(scale)),
        optimizer=optimizer, step=step.spot,
    )  # fmt: skip
    fix = None
    statement = source.statement(step.spot)
    match statement, call.func:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr="step"), args=[])), (
            ast.Attribute(value=scaler)
        ):
            name = source.segment(scaler)
            code = f"{name}.step({source.segment(owner)})"
            description = tr("Call {step} and then {update}.")
            update = f"{name}.update()"
            fix = Fix(
                description.format(step=f"`{code}`", update=f"`{update}`"),
                [source.replaced(statement, code)],
            )
            if not case.calls("update"):
                fix.edits.append(source.after(statement, update))
    return finding("stepped_while_scaled", "warning", step.spot, title, text, [scaling], [], fix)
