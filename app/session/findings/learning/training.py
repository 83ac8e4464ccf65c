"""Steps that train nothing, step without a gradient, or move what is frozen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import assert_never

from app.contract.records import (
    BackwardPass,
    Edit,
    Finding,
    Fix,
    Optimizer,
    OptimizerStep,
    Training,
    TrainingGroup,
)
from app.session.explain.history import Happening
from app.session.findings.case import Case, finding
from app.session.findings.learning.copies import is_only_in_optimizers
from app.session.language import ngettext, number, paragraph, tr
from app.session.source.not_run import not_run
from app.session.source.parsing import unparsed


def nothing_trains(case: Case) -> Iterator[Finding]:
    """Find runs with an optimizer in which no parameter was trained.

    The optimizer stepped, or did not step after a backward pass.  A backward pass without any
    optimizer is not a fault.
    """
    training = case.trace.training
    if training is None or training.trained or not case.trace.optimizers:
        return
    if not case.is_whole and not _had_no_gradients(case, training):
        return
    if any(group.state == "unknown" for group in training.groups):
        return
    skipped = None if case.trace.optimizer_steps else _call_that_did_not_run(case)
    if not case.trace.optimizer_steps and skipped is None and not _waits_for_a_step(case):
        return
    lost = {one for one in case.evidence.optimizers if is_only_in_optimizers(case, one)}
    owned = case.evidence.optimizers.keys() - lost
    groups = sorted(training.groups, key=lambda g: case.identity(g.tensors[0]) not in owned)
    text = ngettext(
        "The only parameter did not train. {reasons}",
        "Not one of the {count} parameters trained. {reasons}",
        training.parameters,
    ).format(
        count=number(training.parameters),
        reasons=paragraph(_reason(case, group, lost) for group in groups[:2]),
    )
    group, fix = groups[0], _fix(case, groups[0])
    line = group.places[0].spot if group.places else _last_line(case)
    if skipped is not None:
        line, said = skipped
        text, fix = paragraph((text, said)), None
    yield finding(
        "nothing_trains", "error", line, tr("Nothing trains"), text, [],
        [one for each in groups for one in each.tensors], fix,
    )  # fmt: skip


def _reason(case: Case, group: TrainingGroup, lost: set[int]) -> str:
    """Say why a group did not train.  `lost` are what only the optimizers still have."""
    identities = set(map(case.identity, group.tensors))
    if not identities <= lost:
        return group.text
    return ngettext(
        "The optimizer has a parameter that the program no longer has anywhere else.",
        "The optimizer has {count} parameters that the program no longer has anywhere else.",
        len(identities),
    ).format(count=number(len(identities)))


def _call_that_did_not_run(case: Case) -> tuple[int, str] | None:
    """Return where the text has a backward pass or a step that did not run, and why it did not."""
    names = {name for one in case.trace.optimizers for name in case.variables_of(one)}
    calls = [
        call
        for call in case.calls("step")
        if isinstance(call.func, ast.Attribute) and unparsed(call.func.value) in names
    ]
    if not case.trace.backward_passes:
        calls += case.calls("backward")
    wanted = set(map(case.source.spot, calls))
    return next(
        ((line, one.text_of(line)) for one in not_run(case.trace) for line in one.lines
         if line in wanted), None,
    )  # fmt: skip


def _waits_for_a_step(case: Case) -> bool:
    """Whether gradients of parameters in an optimizer arrived; a GradScaler that looked at them
    may have skipped the step on purpose."""
    if case.run.units.like(lambda form: form.name.startswith("_amp_")):
        return False
    evidence = case.evidence
    return any(evidence.arrivals(identity) for identity in evidence.optimizers)


def _had_no_gradients(case: Case, training: Training) -> bool:
    """Whether steps found every `.grad` empty, though only transforms of `torch.func` ran
    unrecorded, and these fill no `.grad`."""
    states = {group.state for group in training.groups}
    is_known = case.trace.run.partial is None and case.unseen == {"transformed"}
    return is_known and states == {"stepped_without_gradient"} and not case.backwards


def _last_line(case: Case) -> int | None:
    steps = case.trace.optimizer_steps
    return steps[-1].spot if steps else case.trace.optimizers[-1].spot


def _fix(case: Case, group: TrainingGroup) -> Fix | None:
    """Return the fix that makes this group train."""
    trace = case.trace
    identity = case.identity(group.tensors[0])
    row = case.rows.get(identity)
    failed = row is not None and row.why.code == "backward_failed"
    evidence = case.evidence
    if failed or evidence.is_all_zero(identity) or evidence.has_only_zeros(identity):
        return None  # the order of the calls is not what is wrong
    match group.state:
        case "frozen":
            return Fix(tr("Leave `requires_grad` True for the parameters that should train."), [])
        case "no_step" if not trace.optimizer_steps:
            return _call_step(case, trace.optimizers[-1])
        case "no_step" if group.places and _is_made_on(case, group.places[0].spot):
            return Fix(tr("Give the optimizer the parameters that should train."), [])
        case "stepped_without_gradient" if case.unseen:
            return Fix(
                tr("Call `backward()`, or assign to `.grad` what `torch.func` returned."), []
            )
        case "stepped_without_gradient" if not trace.backward_passes:
            return Fix(_where_to_call_backward(case, trace.optimizer_steps[-1]), [])
        case "stepped_without_gradient" if row is not None and row.why.code == "returned":
            return Fix(
                tr("Call `backward()`, or assign to `.grad` what `torch.autograd.grad` returned."),
                [],
            )
        case "no_step" | "stepped_without_gradient":
            return _in_order(case, trace.optimizer_steps[-1])
        case (
            "trained" | "moved_while_frozen" | "unchanged" | "cut" | "not_on_path"
            | "only_skipped" | "unused" | "unknown"
        ):  # fmt: skip
            return None
        case _:
            assert_never(group.state)


def _where_to_call_backward(case: Case, step: OptimizerStep) -> str:
    statement = case.source.statement(step.spot)
    calls = [] if statement is None else case.source.calls(statement, "step")
    if any(call.args or call.keywords for call in calls):
        return tr("Call `backward()` on the loss in the closure, before it returns the loss.")
    return tr("Call `backward()` on the loss before the step.")


def _is_made_on(case: Case, line: int) -> bool:
    return any(optimizer.spot == line for optimizer in case.trace.optimizers)


def _call_step(case: Case, optimizer: Optimizer) -> Fix | None:
    """The step behind the last backward pass."""
    made = case.assignment_of(optimizer)
    passed = case.source.statement(case.backwards[-1].spot if case.backwards else None)
    name = "optimizer"
    edits: list[Edit] = []
    if made is not None and len(made.targets) == 1:
        name = case.source.segment(made.targets[0])
        named = f"{name}.step"
        if any(unparsed(one.value) == named for one in case.source.parts(ast.Expr)):
            return None  # it is there, without parentheses: `named_not_called`
        is_name = isinstance(made.targets[0], ast.Name)
        if is_name and isinstance(passed, ast.Expr) and case.source.are_in_one_file(made, passed):
            edits = [case.source.after(passed, f"{name}.step()")]
    return Fix(tr("Call {call} after the backward pass.").format(call=f"`{name}.step()`"), edits)


# ---------------------------------------------------------------------------- without a gradient


def step_without_gradient(case: Case) -> Iterator[Finding]:
    if not case.is_whole:
        return
    for optimizer in case.trace.optimizers:
        steps = [s for s in case.trace.optimizer_steps if s.optimizer == optimizer.number]
        empty = [step for step in steps if not _has_gradient(case, optimizer, step)]
        if empty and (len(empty) == len(steps) or _comes_too_early(case, optimizer, empty[0])):
            yield _stepped(case, optimizer, empty, len(empty) == len(steps))


def _has_gradient(case: Case, optimizer: Optimizer, step: OptimizerStep) -> bool:
    """Return whether any `.grad` was set before the step or by its closure."""
    end = step.end_event or step.event
    for parameter in optimizer.parameters:
        identity = case.identity(parameter)
        if case.evidence.is_filled(identity, step.event):
            return True
        if any(step.event < event < end for event in case.evidence.arrivals(identity)):
            return True
    return False


def _comes_too_early(case: Case, optimizer: Optimizer, step: OptimizerStep) -> bool:
    """Whether the backward pass for it follows in the same pass of the same loops."""
    return step.step == 0 and any(
        backward.event > step.event and backward.loops == step.loops
        for backward in _passes(case, optimizer)
    )


def _passes(case: Case, optimizer: Optimizer) -> list[BackwardPass]:
    """The backward passes that filled its parameters."""
    own = {case.identity(parameter) for parameter in optimizer.parameters}
    return [b for b in case.backwards if own & {case.identity(t) for t in b.accumulated_into}]


def _stepped(case: Case, optimizer: Optimizer, empty: list[OptimizerStep], always: bool) -> Finding:
    first = empty[0]
    before = [b for b in _passes(case, optimizer) if b.event < first.event]
    cleared = _cleared_before(case, optimizer, first)
    since = -1 if cleared is None else cleared.event
    vain = [b for b in case.backwards if since < b.event < first.event]
    if before and cleared is not None and vain:
        text = tr(
            "Line {cleared} cleared the gradients, and the backward pass on line {vain} reached no "
            "parameter of the {optimizer} optimizer, so its step on line {line} had nothing to "
            "apply."
        )
    elif before and cleared is not None:
        text = tr(
            "Line {cleared} cleared the gradients after the backward pass on line {passed}, so "
            "the {optimizer} step on line {line} had nothing to apply."
        )
    elif not _passes(case, optimizer):
        text = tr(
            "No backward pass filled the `.grad` of any parameter of the {optimizer} optimizer "
            "made on line {made}, so its step on line {line} changes nothing."
        )
    else:
        text = tr(
            "The {optimizer} step on line {line} runs before the backward pass, when every "
            "`.grad` of its parameters is empty."
        )
        if not always:
            text = tr(
                "The {optimizer} step on line {line} runs before the backward pass of its "
                "iteration: the first one found every `.grad` empty, and each later one applies "
                "the gradients of the iteration before."
            )
    text = text.format(
        cleared=None if cleared is None else cleared.line, optimizer=optimizer.type,
        passed=before[-1].spot if before else None, vain=vain[-1].spot if vain else None,
        line=first.spot, made=optimizer.spot,
    )  # fmt: skip
    title = tr("The optimizer stepped without a gradient")
    if not always:
        title = tr("The optimizer stepped before the backward pass")
    fix = _in_order(case, first) if _passes(case, optimizer) and not vain else None
    parameters = optimizer.parameters
    return finding("step_without_gradient", "warning", first.spot, title, text, [], parameters, fix)


def _cleared_before(case: Case, optimizer: Optimizer, step: OptimizerStep) -> Happening | None:
    """What last cleared a gradient of it before the step."""
    for parameter in optimizer.parameters:
        last = case.last_written(case.identity(parameter), step.event)
        if last is not None and last.kind in ("cleared", "zeroed"):
            return last
    return None


def _in_order(case: Case, step: OptimizerStep) -> Fix:
    """backward(), step(), zero_grad(): moves the call that is misplaced in one block."""
    fix = Fix(tr("Call `backward()`, then `step()`, then `zero_grad()`."), [])
    source = case.source
    stepped = source.statement(step.spot)
    passed = next((source.statement(b.spot) for b in case.backwards if b.loops == step.loops), None)
    if stepped is None or passed is None or source.block(stepped) is not source.block(passed):
        return fix
    if stepped.lineno < passed.lineno:
        moved, behind = stepped, passed
    else:
        clears = [
            one for one in source.block(stepped)
            if passed.lineno < one.lineno < stepped.lineno
            and any(source.calls(one, "zero_grad")) and source.statement(one.lineno) is one
        ]  # fmt: skip
        if len(clears) != 1:
            return fix
        moved, behind = clears[0], stepped
    gone = source.without(moved)
    if gone is not None:
        fix.edits = [gone, source.after(behind, source.segment(moved))]
    return fix


# ------------------------------------------------------------------------------------- frozen


def moved_while_frozen(case: Case) -> Iterator[Finding]:
    if case.trace.training is None:
        return
    for group in case.trace.training.groups:
        if group.state == "moved_while_frozen":
            yield _moved(case, group)


def _moved(case: Case, group: TrainingGroup) -> Finding:
    lines = [place.spot for place in group.places]
    rows = [case.rows[i] for i in map(case.identity, group.tensors) if i in case.rows]
    names = case.owners(rows)
    identity = case.identity(group.tensors[0])
    change = next(
        change for change in case.evidence.changes(identity)
        if change.step is not None and not case.run.requiring.at(change.before.id, change.event)
    )  # fmt: skip
    assert change.step is not None
    text = tr(
        "`requires_grad` of {names} is False, but `.grad` was still set at the {optimizer} step on "
        "line {line}. An optimizer skips a parameter only if its `.grad` is None."
    )
    if case.evidence.gradient_at(identity, change.event) == "zero":
        text = tr(
            "`requires_grad` of {names} is False, but `.grad` held zeros at the {optimizer} step "
            "on line {line}, where momentum or weight decay changed the values. An optimizer "
            "skips a parameter only if its `.grad` is None."
        )
    text = text.format(names=names, optimizer=change.step.type, line=change.step.spot)
    fix = Fix(tr("Set `.grad` to None when you freeze: call `zero_grad()` then."), _to_none(case))
    title = tr("A frozen parameter still moved")
    return finding("moved_while_frozen", "warning", lines[-1] if lines else None, title, text,
                   [change.operation], group.tensors, fix)  # fmt: skip


def _to_none(case: Case) -> list[Edit]:
    """`zero_grad(set_to_none=False)` without its argument, where there is one such call."""
    calls = [
        call for call in case.calls("zero_grad")
        if call.keywords and call.lineno == call.end_lineno
    ]  # fmt: skip
    if len(calls) != 1:
        return []
    (call,) = calls
    return [case.source.replaced(call, f"{case.source.segment(call.func)}()")]
