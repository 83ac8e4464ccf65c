"""In-place updates that torch refuses, or that break a later backward pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import BackwardPass, Edit, Finding, Fix, Operation
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.failing import error_line, line_words, reads_grad
from app.session.language import tr


def in_place_on_leaf(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not case.message_has("leaf Variable that requires grad"):
        return
    if not call.inputs or not call.grad_mode:
        return
    changed = case.tensor(call.inputs[0])
    leaf = changed if changed.is_view_of is None else case.tensor(changed.is_view_of)
    if not (leaf.is_leaf and leaf.requires_grad):
        return
    name, line = case.name(leaf.id), error_line(case)
    title = tr("A leaf that requires grad was changed in place")
    text = tr(
        "{name} is a leaf that requires grad, and {where} changes it in place while autograd "
        "records. A leaf has no operation to which such a change could be added."
    ).format(name=name, where=line_words(line))
    description = tr("Change it inside `with torch.no_grad():` if it is not to be recorded.")
    fix = Fix(description, _update_under_no_grad(case, line))
    yield finding("in_place_on_leaf", "error", line, title, text, [], [leaf.id], fix)


def _update_under_no_grad(case: Case, line: int | None) -> list[Edit]:
    """Of an update by the leaf's own `.grad`: nobody wants that recorded."""
    statement = case.source.statement(line)
    if statement is None or not isinstance(statement, (ast.AugAssign, ast.Expr)):
        return []
    edit = case.source.under_no_grad(statement) if reads_grad(statement) else None
    return [] if edit is None else [edit]


def in_place_on_saved(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None:
        return
    for changed in backward.changed:
        node = case.nodes[changed.node]
        saver = None if node.operation is None else case.index.operations[node.operation]
        if saver is None:
            continue
        found = _changes(case, saver, changed.name, backward)
        if found and all(change.phase == "optimizer" for change, _ in found):
            yield _stepped_over(case, saver, found)
            return
        if len({case.tensor(value).storage for _, value in found}) != 1:
            continue  # which of them it was is not known
        change, value = found[0]
        title = tr("A value that backward needs was changed in place")
        text = tr(
            "{saver} had saved {name} for its backward; {change} then changed it in place, so the "
            "gradient could not be computed any more."
        ).format(saver=case.say(saver), name=case.name(value), change=case.say(change))
        fix = Fix(_out_of_place(case, change, value), [])
        yield finding(
            "in_place_on_saved", "error", change.line, title, text, [change, saver], [value], fix
        )
        return  # the others are more of the same pass


def _out_of_place(case: Case, change: Operation, value: int) -> str:
    """What to write instead, by how the change is written."""
    statement, tensor = case.source.statement(change.line), case.tensor(value)
    if tensor.is_leaf and tensor.requires_grad:
        return tr("Change it after the backward pass.")
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return tr("Write it out of place (`y = y + 1` instead of `y += 1`), or clone the value.")
    name = None if statement is None else _changed_name(statement)
    if name is None or name != case.index.name(value):
        return tr("Write it out of place, or change a clone of the value.")
    text = tr("Write it out of place, or change a clone: {clone} before line {line}.")
    return text.format(clone=f"`{name} = {name}.clone()`", line=change.line)


def _changed_name(statement: ast.stmt) -> str | None:
    """`y` of `y[mask] = 0`, `y[0] += 1` and `y.relu_()`."""
    whole: ast.expr | None = None
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=whole)]):
            pass
        case ast.AugAssign(target=ast.Subscript(value=whole)):
            pass
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=whole))):
            pass
    return whole.id if isinstance(whole, ast.Name) else None


def _stepped_over(case: Case, saver: Operation, found: list[tuple[Operation, int]]) -> Finding:
    """An optimizer step changed parameters between the forward pass and its backward."""
    change = found[0][0]
    title = tr("An optimizer step changed what backward needs")
    text = tr(
        "{saver} had saved parameters for its backward; the optimizer step on line {line} then "
        "changed {names} in place, so the gradient could not be computed any more."
    ).format(
        saver=case.say(saver), line=change.line,
        names=phrases.listed(case.name(value) for _, value in found),
    )  # fmt: skip
    fix = Fix(
        tr("Make the step after all backward passes through the graph, or compute it anew."), []
    )
    tensors = [value for _, value in found]
    return finding("in_place_on_saved", "error", change.line, title, text, [change, saver], tensors,
                   fix)  # fmt: skip


def _changes(
    case: Case, saver: Operation, saved: str, backward: BackwardPass
) -> list[tuple[Operation, int]]:
    """The values that an operation may have saved which changed since, and what changed them."""
    values = list(dict.fromkeys((*saver.inputs, *saver.outputs)))
    if saved.startswith(("result", "output")):
        values = saver.outputs
    found = []
    for value in values:
        storage = case.tensor(value).storage
        change = case.first_change(storage, saver.event, backward.event, but=saver.id)
        if change is not None:
            found.append((change, value))
    return found
