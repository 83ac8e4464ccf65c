"""Grad mode that was switched off and never on again."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, GradModeSpan, Operation
from app.session.causes.registry import turns_off
from app.session.findings.case import Case, finding
from app.session.language import tr
from app.session.source.parsing import unparsed


def grad_mode_left_off(case: Case) -> Iterator[Finding]:
    """Find grad mode left off, in runs that use gradients: an evaluation may leave it off."""
    if not case.trace.backward_passes or case.run.is_cut_short:
        return
    last = case.run.units[-1].event if case.run.units else 0
    for span in case.trace.grad_modes:
        if not turns_off(span) or span.cause.kind != "call":
            continue
        if span.end_event is not None and span.end_event <= last:
            continue
        lost = _first_lost(case, span)
        if lost is None:
            continue
        title = tr("Recording was switched off and never on again")
        text = tr("{call} on line {line} was still in force when {operation} ran.").format(
            call=f"`{span.cause.text}`", line=span.cause.spot, operation=case.say(lost)
        )
        fix = Fix(
            tr("Use `with torch.no_grad():`, which ends with its block."), _as_block(case, span)
        )
        yield finding(
            "grad_mode_left_off", "warning", span.cause.spot, title, text, [lost], [], fix
        )


def _as_block(case: Case, span: GradModeSpan) -> list[Edit]:
    """`torch.set_grad_enabled(False)` becomes a `with` block of the statements after it."""
    source = case.source
    statement, torch = source.statement(span.cause.spot), source.torch(span.cause.spot)
    if not isinstance(statement, ast.Expr) or torch is None:
        return []
    if unparsed(statement) != f"{torch}.set_grad_enabled(False)":
        return []
    block = source.block(statement)
    after = block[block.index(statement) + 1 :]
    if not after or (removed := source.without(statement)) is None:
        return []
    wrapped = source.wrapped(after[0], after[-1], f"with {torch}.no_grad():")
    return [removed, *wrapped] if wrapped else []


def _first_lost(case: Case, span: GradModeSpan) -> Operation | None:
    """Return the first operation that would have been recorded without this region."""
    lost = [
        op
        for op in case.run.units.like(lambda form: form.would_record and form.cause == span.cause)
        if op.event > span.event
    ]
    return lost[0] if lost else None
