"""Updates that the program itself computes from a gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Gradient, Operation
from app.session.findings.case import Case, finding
from app.session.language import tr

_STEPS = 4
"""So many operations are looked through between a gradient and an update made with it."""


def update_not_kept(case: Case) -> Iterator[Finding]:
    """Find `p = p - lr * p.grad` whose result nothing uses, so that the parameter stays as it was:
    for example where `p` is a loop variable."""
    if case.trace.optimizers or not case.is_whole:
        return
    groups: dict[tuple[object, ...], tuple[Operation, list[Gradient]]] = {}
    for identity, row in case.rows.items():
        if not case.evidence.arrivals(identity) or case.evidence.by_hand(identity):
            continue
        for value in case.run.values[identity]:
            for update in case.run.users.get(value.id, ()):
                if _is_kept_nowhere(case, update) and _takes_gradient(case, update, row):
                    rows = groups.setdefault(case.place(update), (update, []))[1]
                    rows += [row] if row not in rows else []
    for update, rows in groups.values():
        title = tr("An update by hand changes nothing")
        text = tr("{update} makes a new tensor that nothing uses, so the values of {names} stay.")
        text = text.format(update=case.say(update), names=case.owners(rows))
        fix = Fix(
            tr("Update the parameter in place under `torch.no_grad()`: `p -= lr * p.grad`."), []
        )
        yield finding("update_not_kept", "warning", update.spot, title, text, [update],
                      [row.tensor for row in rows], fix)  # fmt: skip


def _is_kept_nowhere(case: Case, update: Operation) -> bool:
    """Whether a new value was assigned to a name and then used by nothing."""
    if update.in_place or update.mutates or update.phase != "forward":
        return False
    if any(value in case.run.users for value in update.outputs):
        return False
    statement = case.source.statement(update.spot)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    return statement.value is case.source.expression(update) and not _is_read(case, statement)


def _is_read(case: Case, update: ast.Assign) -> bool:
    """Whether the function of an update reads the name given in it, other than in the update: to
    print it, say."""
    scope, inside = case.source.scope(update.lineno), set(ast.walk(update))
    name = case.source.segment(update.targets[0])
    of_grad = {
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Attribute) and node.attr == "grad"
    }
    loads = case.source.loads(name, scope)
    return any(node not in inside and node not in of_grad for node in loads)


def _takes_gradient(case: Case, update: Operation, row: Gradient) -> bool:
    """Whether an update was computed from the `.grad` of the variable of a row."""
    values = list(update.inputs)
    for _ in range(_STEPS):
        if any(case.run.name(value) == f"{row.name}.grad" for value in values):
            return True
        makers = (case.run.producers.get(value) for value in values)
        values = [one for maker in makers if maker is not None for one in maker.inputs]
    return False
