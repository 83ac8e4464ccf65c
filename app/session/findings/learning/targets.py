"""Copies of trained modules, such as target networks, that get gradients which nothing uses."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import Edit, Finding, Fix, Gradient, Operation
from app.session.findings.case import Case, finding
from app.session.findings.learning.copies import copied_modules
from app.session.findings.learning.optimizers import is_on_path
from app.session.language import tr


def target_gets_gradients(case: Case) -> Iterator[Finding]:
    """Find copies whose gradients are never used, and through which no gradient has to flow."""
    training = case.trace.training
    if not case.given or not case.is_whole or training is None or not training.trained:
        return  # a copy of what does not train is not a target
    copies = copied_modules(case)
    filled: dict[int, list[Gradient]] = defaultdict(list)
    spoiled: set[int] = set()
    for row in case.trace.gradients:
        root = case.root_of(case.identity(row.tensor))
        if root not in copies or root is None or not case.evidence.arrivals(_identity(case, row)):
            continue
        filled[root].append(row)
        if _is_used(case, row) or is_on_path(case, row):
            spoiled.add(root)
    for root, rows in filled.items():
        use = None if root in spoiled else _first_use(case, rows)
        if use is not None:
            yield _finding(case, root, rows, use)


def _identity(case: Case, row: Gradient) -> int:
    return case.identity(row.tensor)


def _is_used(case: Case, row: Gradient) -> bool:
    identity = _identity(case, row)
    start = case.evidence.arrivals(identity)[0]
    is_taken = case.gradient_uses.is_used(identity, start, float("inf"))
    return is_taken or bool(case.evidence.by_hand(identity))


def _first_use(case: Case, rows: list[Gradient]) -> Operation | None:
    """The first recorded operation that took one of these parameters."""
    uses = [
        operation
        for row in rows
        for operation, _ in case.flow.uses(case.run.values[_identity(case, row)])
        if operation.status == "recorded"
    ]
    return min(uses, key=lambda operation: operation.event, default=None)


def _finding(case: Case, root: int, rows: list[Gradient], use: Operation) -> Finding:
    line = _line_of_call(case, root, use.spot)
    name = f"`{case.run.modules[root].path}`"
    title = tr("A copied model gets gradients that nothing uses")
    text = tr(
        "{name} is a copy of a trained model and is in no optimizer, but line {line} runs it with "
        "recording on. Backward passes fill the `.grad` of {parameters}, and nothing uses it."
    ).format(name=name, line=line, parameters=case.owners(rows))
    if line is None:
        return finding("target_gets_gradients", "info", None, title, text, [use],
                       [row.tensor for row in rows])  # fmt: skip
    fix = Fix(
        tr("Run {name} under {call}.").format(name=name, call="`torch.no_grad()`"),
        _under_no_grad(case, root, line),
    )
    return finding("target_gets_gradients", "info", line, title, text, [use],
                   [row.tensor for row in rows], fix)  # fmt: skip


def _line_of_call(case: Case, root: int, line: int | None) -> int | None:
    """Return the line that calls the copy, for an operation of it on `line`.

    An operation inside the model's own `forward` is on a line of that; the copy is called where the
    text names it.  Where the text does so more than once, `line` is all that is certain.
    """
    if line is None or case.source.scope(line) is case.source.tree(line):
        return line
    calls = case.calls(case.run.modules[root].path.rpartition(".")[2])
    return case.source.spot(calls[0]) if len(calls) == 1 else line


def _under_no_grad(case: Case, root: int, line: int) -> list[Edit]:
    """Return the edit that puts the statement on `line` under no_grad, if it only runs the copy.

    Empty where a gradient goes on from there to a parameter of an optimizer.
    """
    statement = case.source.statement(line)
    if not isinstance(statement, ast.Assign):
        return []
    there = (
        operation
        for operation in case.run.units
        if operation.spot == line or case.outermost(operation.module) == root
    )
    if any(case.leads_to_optimized(value) for operation in there for value in operation.inputs):
        return []
    edit = case.source.under_no_grad(statement)
    return [] if edit is None else [edit]
