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
    """Find `p = p - lr * p.grad` whose result nothing uses, so that the parameter stays as it was,
    and where `p` is a loop variable also other updates, such as `p = 0.9 * p + 0.1 * q`."""
    rebound = _rebound(case)
    if not case.is_whole or (case.trace.optimizers and not rebound):
        return
    groups: dict[tuple[object, ...], tuple[Operation, list[Gradient]]] = {}
    ends: dict[int, Operation] = {}
    read: dict[ast.Assign, bool] = {}
    for identity, row in case.rows.items():
        if case.evidence.by_hand(identity):
            continue
        for value in case.run.values[identity]:
            for user in case.run.users.get(value.id, ()):
                loop = rebound.get(user.spot)
                if case.trace.optimizers and loop is None:
                    continue
                update = _whole_statement(case, user, ends)
                if not _is_kept_nowhere(case, update, loop, read):
                    continue
                by_gradient = not case.trace.optimizers and _takes_gradient(case, update, row)
                if by_gradient or _updates(case, user, update, row):
                    rows = groups.setdefault(case.place(update), (update, []))[1]
                    rows += [row] if row not in rows else []
    for update, rows in groups.values():
        title = tr("An update by hand changes nothing")
        text = tr("{update} makes a new tensor that nothing uses, so the values of {names} stay.")
        text = text.format(update=case.say(update), names=case.owners(rows))
        fix = Fix(
            tr("Update the parameter in place under `torch.no_grad()`: `p -= lr * p.grad`."), []
        )
        if case.trace.optimizers or not any(_takes_gradient(case, update, row) for row in rows):
            fix = Fix(tr("Write the result into it under `torch.no_grad()`: `p.copy_(…)`."), [])
        yield finding("update_not_kept", "warning", update.spot, title, text, [update],
                      [row.tensor for row in rows], fix)  # fmt: skip


def never_updated(case: Case) -> Iterator[Finding]:
    """Find leaves that the program leaves out where it updates others by hand."""
    if case.trace.optimizers or not case.is_whole:
        return
    updates = [case.evidence.by_hand(identity) for identity in case.rows]
    first = next((one[0].operation for one in updates if one), None)
    left_out = [row for row in case.trace.gradients if _is_left_out(case, row)] if first else []
    if first is None or not left_out:
        return
    title = tr("A tensor with gradients is never updated")
    text = tr(
        "Backward passes added to the .grad of {names}, and nothing used it: {update} updates "
        "other tensors only, so the values of {names} stay."
    ).format(names=case.owners(left_out), update=case.say(first))
    fix = Fix(tr("Update it too, or set requires_grad to False to save the work."), [])
    yield finding("never_updated", "warning", first.spot, title, text, [first],
                  [row.tensor for row in left_out], fix)  # fmt: skip


def _is_left_out(case: Case, row: Gradient) -> bool:
    identity = case.identity(row.tensor)
    asked = {case.identity(one) for b in case.trace.backward_passes for one in b.inputs}
    return (
        row.why.code == "accumulated_repeatedly"
        and identity not in asked
        and not case.evidence.changes(identity)
        and not case.gradient_uses.is_used(identity, -1, float("inf"))
    )


def _whole_statement(case: Case, operation: Operation, ends: dict[int, Operation]) -> Operation:
    """Return the last operation on the line of an operation that goes on with its result.

    `ends` keeps it for every operation before it: a line in a loop is one long chain.  An operation
    that hands on what it took, as `dropout` in eval mode does, uses its own result.
    """
    chain: dict[int, None] = {}
    while operation.id not in ends:
        chain[operation.id] = None
        users = list(case.run.users.get(operation.outputs[0], ())) if operation.outputs else []
        if len(users) != 1 or users[0].spot != operation.spot or users[0].id in chain:
            ends[operation.id] = operation
        else:
            operation = users[0]
    ends |= dict.fromkeys(chain, ends[operation.id])
    return ends[operation.id]


def _rebound(case: Case) -> dict[int | None, ast.For]:
    """Return, by line, the loops that have an assignment to a name to which they give values."""
    found: dict[int | None, ast.For] = {}
    for loop in case.source.parts(ast.For):  # outer ones first
        names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
        for node in ast.walk(loop):
            match node:
                case ast.Assign(targets=[ast.Name(id=name)]) if name in names:
                    found[case.source.spot(node)] = loop
    return found


def _updates(case: Case, user: Operation, update: Operation, row: Gradient) -> bool:
    """Whether `user` takes the parameter of a row by the loop variable to which its line assigns
    an update."""
    statement, taken = case.source.statement(update.spot), case.source.expression(user)
    is_parameter = case.tensor(row.tensor).kind == "parameter"
    if not isinstance(statement, ast.Assign) or taken is None or not is_parameter:
        return False
    identity = case.identity(row.tensor)
    names = [node for node in ast.walk(taken) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    operands = [case.identity(value) for value in user.inputs]
    named = zip(names[-len(operands) :], operands, strict=False)
    target = case.source.segment(statement.targets[0])
    return any(node.id == target and one == identity for node, one in named)


def _is_kept_nowhere(
    case: Case, update: Operation, loop: ast.For | None, read: dict[ast.Assign, bool]
) -> bool:
    """Whether a new value was assigned to a name and then used by nothing; `read` keeps what
    `_is_read` says of each statement."""
    if update.in_place or update.mutates or update.phase != "forward":
        return False
    if any(value in case.run.users for value in update.outputs):
        return False
    statement = case.source.statement(update.spot)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    if statement.value is not case.source.expression(update):
        return False
    if statement not in read:
        read[statement] = _is_read(case, statement, loop)
    return not read[statement]


def _is_read(case: Case, update: ast.Assign, loop: ast.For | None) -> bool:
    """Whether the loop that gives a name its values, or else the function of an update, reads the
    name given in it, other than in the update: to print it, say."""
    scope, inside = loop or case.source.scope(update.lineno), set(ast.walk(update))
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
