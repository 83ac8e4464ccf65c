"""Gradients that were cleared before they were used, or changed after their last use."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.contract.records import BackwardPass, Edit, Finding, Fix, OptimizerStep
from app.session.explain.history import Happening
from app.session.findings.case import Case, finding
from app.session.findings.learning.gradient_uses import GradientChange
from app.session.language import ngettext, number, tr


def gradient_thrown_away(case: Case) -> Iterator[Finding]:
    """Find gradients that were cleared unused.

    Gradients in networks that a pass did not train are left out: a critic's gradients from the
    actor's loss are always cleared.
    """
    if case.given and case.is_whole:
        yield from _cleared_unused(case)
        yield from _cleared_in_part(case)
        yield from _changed_for_nothing(case)


# ------------------------------------------------------------------------------- cleared too early


def _cleared_in_part(case: Case) -> Iterator[Finding]:
    """Find gradients that were cleared before a step which used others of the same pass.

    Both are of parameters of the optimizer that stepped: another's `zero_grad()` had them too.
    """
    reported: dict[_Clearing, tuple[OptimizerStep, dict[int, None]]] = {}
    kept: set[_Clearing] = set()
    for backward in case.backwards:
        filled = {case.identity(one): None for one in backward.accumulated_into}
        events = {one: _filled(case, one, backward) for one in filled if one in case.given}
        steps = {
            step.event: step
            for one, (start, after) in events.items()
            if start is not None
            and (step := case.gradient_uses.step_between(one, start.event, _end(after)))
        }
        for one, (start, after) in events.items():
            if start is None or after is None or after.kind not in ("cleared", "zeroed"):
                continue
            later = (s for event, s in steps.items() if event > after.event)
            step = next((s for s in later if case.evidence.is_step_of(s, one)), None)
            if after.line is None or step is None:
                continue
            if case.gradient_uses.is_used(one, start.event, after.event):
                kept.add(_Clearing(after.line, backward.spot))
            else:
                place = _Clearing(after.line, backward.spot)
                reported.setdefault(place, (step, {}))[1][one] = None
    for place, (step, identities) in reported.items():
        if place not in kept:
            yield _told_of_part(case, place, step, list(identities))


def _end(happening: Happening | None) -> float:
    return float("inf") if happening is None else happening.event


def _told_of_part(
    case: Case, place: _Clearing, step: OptimizerStep, identities: list[int]
) -> Finding:
    rows = [case.rows[one] for one in identities if one in case.rows]
    title = tr("Gradients were cleared before anything used them")
    text = tr(
        "{clearing} cleared the gradients of {names} that backward() on line {line} had computed, "
        "so the step on line {step} could not use them."
    ).format(
        clearing=_code(case, place.cleared), names=case.owners(rows), line=place.filled,
        step=step.spot,
    )  # fmt: skip
    fix = Fix(tr("Call zero_grad() of all optimizers before the first backward()."), [])
    return finding("gradient_thrown_away", "warning", place.cleared, title, text, [],
                   [row.tensor for row in rows], fix)  # fmt: skip


class _Clearing(NamedTuple):
    """Where the gradients of backward passes were cleared."""

    cleared: int
    filled: int | None
    """The line of the backward passes."""


def _cleared_unused(case: Case) -> Iterator[Finding]:
    thrown: dict[_Clearing, list[BackwardPass]] = defaultdict(list)
    used: Counter[int | None] = Counter()
    for backward in case.backwards:
        clearing = _clearing(case, backward)
        if clearing is None:
            used[backward.spot] += 1
        elif clearing:
            thrown[clearing[0]].append(backward)
    for place, passes in thrown.items():
        if len(passes) >= used[place.filled]:  # else it is done now and then, for a reason
            yield _told_of_clearing(case, place, passes, len(passes) + used[place.filled])


def _clearing(case: Case, backward: BackwardPass) -> list[_Clearing] | None:
    """Return where all gradients of a pass were cleared unused.

    Empty if the run ended before that; None if something used one.
    """
    lines: list[int | None] = []
    for tensor in backward.accumulated_into:
        identity = case.identity(tensor)
        filled, after = _filled(case, identity, backward)
        end = float("inf") if after is None else after.event
        if filled is None or case.gradient_uses.is_used(identity, filled.event, end):
            return None
        if _is_meant_for_others(case, backward, end):
            return []
        if identity in case.given:
            if after is None or after.kind not in ("cleared", "zeroed"):
                return []
            lines.append(after.line)
    line = lines[0] if lines else None
    return [] if line is None else [_Clearing(line, backward.spot)]


def _is_meant_for_others(case: Case, backward: BackwardPass, end: float) -> bool:
    """Return whether an optimizer stepped between a pass and the clearing.

    It does not have the parameters in question, or their gradients would be used: the pass was for
    its own parameters, like a generator's loss that also reaches the critic.
    """
    steps = case.trace.optimizer_steps
    place = bisect_right(steps, backward.event, key=lambda step: step.event)
    return place < len(steps) and steps[place].event < end < float("inf")


def _filled(
    case: Case, identity: int, backward: BackwardPass
) -> tuple[Happening | None, Happening | None]:
    """Return when a pass filled a `.grad`, and what cleared or replaced it next."""
    later = case.histories.after(identity, backward.event - 1)
    filled = next((h for h in later if h.backward is backward), None)
    if filled is None:
        return None, None
    return filled, case.histories.next_other(identity, filled.event)


def _told_of_clearing(
    case: Case, place: _Clearing, passes: list[BackwardPass], total: int
) -> Finding:
    tensors = _given(case, passes)
    step = _next_step(case, passes[0])
    title = tr("Gradients were cleared before anything used them")
    text = ngettext(
        "{clearing} cleared the gradients that backward() on line {line} had computed, and no "
        "optimizer step had used them yet.",
        "{clearing} cleared the gradients of {count} of the {total} backward passes on line "
        "{line}, and no optimizer step had used them yet.",
        total,
    )
    text = text.format(
        clearing=_code(case, place.cleared), line=place.filled, count=number(len(passes)),
        total=number(total),
    )  # fmt: skip
    fix = Fix(tr("Clear the gradients after the step that uses them."), [])
    if step is not None and _is_surplus(case, place, passes[0], step):
        description = tr("Leave `backward()` on line {line} out, or step before they are cleared.")
        fix = Fix(description.format(line=place.filled), [])
    elif step is not None:
        description = tr("Call zero_grad() after step() on line {line}.").format(line=step.spot)
        fix = Fix(description, _moved(case, place.cleared, step, after=True))
    return finding("gradient_thrown_away", "warning", place.cleared, title, text, [], tensors, fix)


def _is_surplus(case: Case, place: _Clearing, thrown: BackwardPass, step: OptimizerStep) -> bool:
    """Whether a pass on another line filled the gradients again, which the step then used."""
    own = set(map(case.identity, thrown.accumulated_into))
    return any(
        thrown.event < one.event < step.event
        and one.spot != place.filled
        and not own.isdisjoint(map(case.identity, one.accumulated_into))
        for one in case.backwards
    )


def _given(case: Case, passes: Iterable[BackwardPass]) -> list[int]:
    """The parameters of optimizers that these passes reached, as rows of the table."""
    reached = {case.identity(t): None for b in passes for t in b.accumulated_into}
    return [case.rows[one].tensor for one in reached if one in case.given and one in case.rows]


def _next_step(case: Case, backward: BackwardPass) -> OptimizerStep | None:
    """The first step since a pass of an optimizer that has what the pass reached."""
    for tensor in backward.accumulated_into:
        uses = case.gradient_uses
        step = uses.step_between(case.identity(tensor), backward.event, float("inf"))
        if step is not None:
            return step
    return None


# --------------------------------------------------------------------------------- changed too late


def _changed_for_nothing(case: Case) -> Iterator[Finding]:
    late: dict[int | None, list[tuple[GradientChange, OptimizerStep]]] = defaultdict(list)
    in_time: Counter[int | None] = Counter()
    for change in case.gradient_uses.changes:
        if change.identity not in case.given:
            continue
        step = _step_before(case, change)
        if step is None or not _is_cleared_unused(case, change):
            in_time[change.line] += case.is_change_used(change)
        else:
            late[change.line].append((change, step))
    for line, changes in late.items():
        if line is not None and len(changes) >= in_time[line]:
            yield _told_of_change(case, line, changes)


def _step_before(case: Case, change: GradientChange) -> OptimizerStep | None:
    """The step that had used the gradient before it was changed."""
    filled = case.last_accumulated(change.identity, change.event)
    if filled is None:
        return None
    return case.gradient_uses.last_step(change.identity, filled.event, change.event)


def _is_cleared_unused(case: Case, change: GradientChange) -> bool:
    after = case.next_happening(change.identity, change.event)
    if after is None or after.kind not in ("cleared", "zeroed"):
        return False
    return not case.gradient_uses.is_used(change.identity, change.event, after.event)


def _told_of_change(
    case: Case, line: int, changes: list[tuple[GradientChange, OptimizerStep]]
) -> Finding:
    change, step = changes[0]
    identities = dict.fromkeys(one.identity for one, _ in changes)
    rows = [case.rows[one] for one in identities if one in case.rows]
    title = tr("Gradients were changed after the step that used them")
    text = tr(
        "{change} changed the .grad of {names} after the optimizer step on line {step} had used "
        "it, and then it was cleared: the change has no effect."
    ).format(change=_code(case, line), names=case.owners(rows), step=step.spot)
    fix = Fix(
        tr("Move it between backward() and the step on line {line}.").format(line=step.spot),
        _moved(case, line, step, after=False),
    )
    operations = [change.operation] if change.operation is not None else []
    tensors = [row.tensor for row in rows]
    return finding("gradient_thrown_away", "warning", line, title, text, operations, tensors, fix)


# -------------------------------------------------------------------------------------------- words


def _code(case: Case, line: int) -> str:
    """ "`optimizer.zero_grad()` on line 10": the statement, where it is a short call."""
    statement = case.source.statement(line)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        code = case.source.short(statement.value)
        return tr("{code} on line {line}").format(code=f"`{code}`", line=line)
    return tr("Line {line}").format(line=line)


def _moved(case: Case, line: int, step: OptimizerStep, *, after: bool) -> list[Edit]:
    """The statement of a line before or after that of a step instead."""
    statement, target = case.source.statement(line), case.source.statement(step.spot)
    if not isinstance(statement, ast.Expr) or not isinstance(target, ast.Expr):
        return []
    if statement is target or not case.source.are_in_one_file(statement, target):
        return []
    if not isinstance(statement.value, ast.Call):
        return []
    removed, code = case.source.without(statement), case.source.segment(statement)
    place = case.source.after if after else case.source.before
    return [] if removed is None else [removed, place(target, code)]
