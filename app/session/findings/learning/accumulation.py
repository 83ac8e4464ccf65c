"""Gradients that are the sum of several backward passes."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from app.contract.records import Edit, Finding, Fix, Gradient
from app.session.explain import phrases
from app.session.explain.history import Happening
from app.session.findings.case import Case, finding
from app.session.language import ngettext, number, tr
from app.session.source.code_marks import as_code
from app.session.source.parsing import unparsed
from app.session.trace.partial import has_gaps
from app.session.training.evidence import InPlaceChange


class _Sum(NamedTuple):
    """Passes that added to one `.grad` without clearing between them."""

    lines: tuple[int, ...]
    step: int | None
    """The line of the first update that used gradients from before the previous update, or None."""
    is_optimizer: bool
    passes: int


def gradients_add_up(case: Case) -> Iterator[Finding]:
    steps, info = case.trace.optimizer_steps, case.trace.run
    if has_gaps(info) or (case.run.is_cut_short and case.trace.optimizers and not steps):
        return  # a clearing or a step may be what is missing
    sums: dict[_Sum, list[Gradient]] = defaultdict(list)
    for row in case.trace.gradients:
        identity = case.identity(row.tensor)
        history = case.histories.of(identity)
        updates = _updates(case, identity)
        found = [_sum(updates, run, end) for run, end in _runs(history)]
        if steps:  # accumulating over several passes is done on purpose
            found = [one for one in found if one.step is not None]
        if found:
            sums[max(found, key=lambda one: (one.step is not None, one.passes))].append(row)
    for one, rows in sums.items():
        yield _finding(case, one, rows)


def _runs(history: list[Happening]) -> Iterator[tuple[list[Happening], float]]:
    """Yield each series of two or more passes between clearings, and the event of the next one."""
    run: list[Happening] = []
    for happening in history:
        if happening.kind == "accumulated":
            run.append(happening)
            continue
        if len(run) > 1:
            yield run, happening.event
        run = []
    if len(run) > 1:
        yield run, float("inf")


def _sum(updates: list[InPlaceChange], run: list[Happening], end: float) -> _Sum:
    """Return the sum, with the first update that applied gradients already used, if any."""
    lines = tuple(dict.fromkeys(h.line for h in run if h.line is not None))
    first = bisect_right(updates, run[0].event, key=_event)
    updates = updates[first : bisect_left(updates, end, key=_event)]
    used = next((u.event for u in updates if u.event < run[-1].event), None)
    if used is not None:
        added = next(happening.event for happening in run if happening.event > used)
        again = next((u for u in updates if u.event > added), None)
        if again is not None:
            return _Sum(lines, again.operation.spot, again.step is not None, len(run))
    return _Sum(lines, None, False, len(run))


def _updates(case: Case, identity: int) -> list[InPlaceChange]:
    """Return the changes that used its gradient: by an optimizer, or computed from it by hand."""
    stepped = (change for change in case.evidence.changes(identity) if change.step is not None)
    return sorted([*stepped, *case.evidence.by_hand(identity)], key=_event)


def _event(change: InPlaceChange) -> int:
    return change.event


def _finding(case: Case, one: _Sum, rows: list[Gradient]) -> Finding:
    names = case.owners(rows)
    where = ngettext("line {lines}", "lines {lines}", len(one.lines))
    where = where.format(lines=phrases.listed(str(line) for line in one.lines))
    tensors = [row.tensor for row in rows]
    title = tr("Gradients of several backward passes add up")
    values = {"count": number(one.passes), "lines": where, "names": names, "step": one.step}
    if one.step is None:
        text = tr(
            "{count} backward passes, on {lines}, added to the .grad of {names}, and nothing "
            "cleared it between them: it holds the sum."
        )
        line = one.lines[-1] if one.lines else None
        return finding("gradients_add_up", "info", line, title, text.format(**values), [], tensors)
    text = tr(
        "{count} backward passes, on {lines}, added to the .grad of {names}, and nothing "
        "cleared it between them. Each update on line {step} applied earlier gradients again."
    )
    fix = Fix(
        tr("Clear the gradients after each update, or before each forward pass."),
        _cleared(case, one.step, rows),
    )
    if one.is_optimizer and len(one.lines) > 1:  # behind the step others would add to it again
        fix = Fix(
            tr("Call `zero_grad()` of the optimizer before the first `backward()` of each step."),
            [],
        )
    elif one.is_optimizer:
        fix = Fix(
            tr("Call zero_grad() of the optimizer after each step()."), _clear(case, one.step)
        )
    return finding(
        "gradients_add_up", "warning", one.step, title, text.format(**values), [], tensors, fix
    )


def _cleared(case: Case, line: int, rows: list[Gradient]) -> list[Edit]:
    """`w.grad = None` behind `w -= 0.1 * w.grad`."""
    match statement := case.source.statement(line):
        case ast.AugAssign(target=changed):
            pass
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=changed))):
            pass
        case _:
            return []
    name = unparsed(changed).removesuffix(".data")
    if [as_code(row.name) for row in rows] != [name]:
        return []
    return [case.source.after(statement, f"{name}.grad = None")]


def _clear(case: Case, line: int) -> list[Edit]:
    """`optimizer.zero_grad()` behind `optimizer.step()`."""
    statement = case.source.statement(line)
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return []
    method = statement.value.func
    if not isinstance(method, ast.Attribute) or method.attr != "step" or statement.value.args:
        return []
    return [case.source.after(statement, f"{case.source.segment(method.value)}.zero_grad()")]
