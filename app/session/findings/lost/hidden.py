"""Faults that raise no error: hidden writes, checkpoints, compiled code that runs as Python."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from app.contract.records import Edit, Finding, Fix, Operation, SavedTensor, Tensor
from app.session.findings.case import CHECKPOINT, Case, finding
from app.session.language import tr, translatable
from app.session.recorder_words import translated
from app.session.source.parsing import unparsed
from app.session.trace.columns.operations import OperationForm


def data_write_on_saved(case: Case) -> Iterator[Finding]:
    reported: set[tuple[object, ...]] = set()
    changes = _changes_through_data(case)
    saved = _saved_in(case) if changes else {}
    for change in changes:
        if case.place(change) in reported:
            continue
        for value in change.outputs or change.mutates:
            there = saved.get(case.tensor(value).storage, ())
            savers = (one.saver for one in there if one.saver.event < change.event < one.used)
            saver = next(savers, None)
            if saver is None:
                continue
            reported.add(case.place(change))
            title = tr("A value that backward needs was changed through .data")
            text = tr(
                "{saver} had saved the value for its backward, and {change} changed it through "
                ".data, which autograd does not notice: the gradient was computed with the new "
                "value and is wrong."
            ).format(saver=case.say(saver), change=case.say(change))
            fix = Fix(
                tr("Write it out of place, or under torch.no_grad() after the backward pass."),
                _out_of_place(case, change),
            )
            yield finding("data_write_on_saved", "error", change.spot, title, text,
                          [change, saver], [value], fix)  # fmt: skip
            break


def data_write_unseen(case: Case) -> Iterator[Finding]:
    """Find results that the program changes, or writes into a tensor, through `.data` on a
    path to a loss.  A change of a leaf, such as clamping a weight, is common and meant."""
    reported: set[tuple[object, ...]] = set()
    changes = _changes_through_data(case)
    taken = _taken_for_losses(case) if changes else {}
    for change in changes:
        if case.place(change) in reported:
            continue
        if (whole := _without_history(case, change)) is not None:
            reported.add(case.place(change))
            yield _told_of_lost(case, change, whole)
            continue
        there = taken.get(case.tensor(change.inputs[0]).storage, ())
        whole = next((value for event, value in there if event > change.event), None)
        if whole is None:
            continue
        reported.add(case.place(change))
        title = tr("A result was changed through .data")
        text = tr(
            "{change} changed {value} through .data, which autograd does not notice: gradients "
            "flow through it as if it had not been changed."
        ).format(change=case.say(change), value=case.name(whole))
        fix = Fix(tr("Write it out of place."), _out_of_place(case, change))
        yield finding("data_write_unseen", "warning", change.spot, title, text, [change],
                      [*change.outputs[:1], whole], fix)  # fmt: skip


def _without_history(case: Case, change: Operation) -> int | None:
    """Return what of a loss a change through `.data` wrote a result into, without its history.

    Statistics that are updated in place (`mean.data.mul_(0.9).add_(x)`) are meant to have none.
    """
    if change.status != "recorded" or change.name not in ("setitem", "copy_"):
        return None
    written = (one for one in change.mutates if one in case.in_losses)
    return next((one for one in written if case.tensor(one).kind == "constant"
                 and not case.tensor(one).requires_grad), None)  # fmt: skip


def _told_of_lost(case: Case, change: Operation, whole: int) -> Finding:
    behind = {case.identity(value) for value, _ in case.run.behind(change.inputs[1:])}
    lost = [row for row in case.trace.gradients
            if row.why.code == "not_on_path" and case.identity(row.tensor) in behind]  # fmt: skip
    title = tr("A result was written through .data")
    text = tr(
        "{change} wrote a result into {value} through .data, which autograd does not notice: no "
        "gradient flows back to what the result was computed from."
    ).format(change=case.say(change), value=case.name(whole))
    fix = Fix(tr("Write into the tensor itself, without `.data`."), [])
    return finding("data_write_unseen", "warning", change.spot, title, text, [change],
                   [row.tensor for row in lost] or [whole], fix)  # fmt: skip


def _taken_for_losses(case: Case) -> dict[int, list[tuple[int, int]]]:
    """Return, by storage, the values with a history that recorded operations took on a path to a
    loss, each after the event of the operation, in order."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for operation in case.run.units.like(lambda form: form.status == "recorded"):
        if case.in_losses.isdisjoint(operation.outputs):
            continue
        for value in operation.inputs:
            tensor = case.tensor(value)
            if tensor.requires_grad and not _is_of_leaf(case, tensor):
                found[tensor.storage].append((operation.event, value))
    return found


def _is_of_leaf(case: Case, tensor: Tensor) -> bool:
    """Return whether it is a leaf or a view of one: a weight that is transposed is the weight."""
    while not tensor.is_leaf and tensor.is_view_of is not None:
        tensor = case.tensor(tensor.is_view_of)
    return tensor.is_leaf


def _is_data(form: OperationForm) -> bool:
    return form.name == "data" and form.reason == "detached"


def _changes_through_data(case: Case) -> list[Operation]:
    """Return the changes of results of `.data` and of views of them, in order."""
    if not case.run.operation_columns.like(_is_data):
        return []
    return [change for change in case.run.changing if _is_through_data(case, change)]


def _out_of_place(case: Case, change: Operation) -> list[Edit]:
    """`y.data.mul_(2)` becomes `y = y.mul(2)`, and `y.data *= 2` becomes `y = y * 2`.

    Not for a leaf: its name would then be that of a result.
    """
    source = case.source
    statement = source.statement(change.spot)
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=data, attr=method)) as call):
            name = _whole_of(data)
            if name is None or not method.endswith("_") or method.startswith("_"):
                return []
            start = f"{source.segment(data)}.{method}"
            arguments = source.segment(call).removeprefix(start)
            code = f"{name} = {name}.{method.removesuffix('_')}{arguments}"
        case ast.AugAssign(target=data, op=operator, value=value):
            name = _whole_of(data)
            sign = unparsed(ast.AugAssign(ast.Name("x"), operator, ast.Name("y"))).split()[1]
            code = f"{name} = {name} {sign.removesuffix('=')} {source.in_place_of(value, value)}"
        case _:
            return []
    is_leaf = any(row.name == name for row in case.trace.gradients if row.why.code != "non_leaf")
    return [] if name is None or is_leaf else [source.replaced(statement, code)]


def _whole_of(data: ast.expr) -> str | None:
    """`y` of `y.data`."""
    if isinstance(data, ast.Attribute) and data.attr == "data" and isinstance(data.value, ast.Name):
        return data.value.id
    return None


def _is_through_data(case: Case, change: Operation) -> bool:
    """Return whether the changed tensor is the result of `.data`, or a view of it."""
    if not change.in_place or not change.inputs or change.name in ("data", "set_"):
        return False
    value: int | None = change.inputs[0]
    while value is not None:
        tensor = case.tensor(value)
        maker = case.run.producers.get(case.run.values[tensor.identity][0].id)
        if maker is not None and maker.name == "data" and maker.reason == "detached":
            return True
        value = tensor.is_view_of
    return False


class _Saved(NamedTuple):
    """An operation's node had saved something, and ran in the pass that began at `used`."""

    saver: Operation
    used: int


def _saved_in(case: Case) -> dict[int | None, list[_Saved]]:
    """Return the saved tensors that were used later, by storage."""
    found: dict[int | None, list[_Saved]] = defaultdict(list)
    for backward in case.backwards:
        for step in backward.steps:
            node = case.nodes.get(-1 if step.node is None else step.node)
            if node is not None and step.operation is not None:
                saver = case.run.operations[step.operation]
                for storage in {_storage(case, saver, saved) for saved in node.saved} - {None}:
                    found[storage].append(_Saved(saver, backward.event))
    return found


def _storage(case: Case, saver: Operation, saved: SavedTensor) -> int | None:
    """Where a saved value lies: a node that saved its own result (`exp`, `sigmoid`) knows it by
    that name alone."""
    if saved.storage is not None or saved.name != "result" or len(saver.outputs) != 1:
        return saved.storage
    return case.tensor(saver.outputs[0]).storage


def checkpoint_without_grad_input(case: Case) -> Iterator[Finding]:
    """One finding for each place: in a loop over blocks it names what is in all of them."""
    places: dict[tuple[object, ...], list[Operation]] = defaultdict(list)
    lost: dict[tuple[object, ...], dict[int, None]] = defaultdict(dict)
    columns = case.run.operation_columns
    for operation in columns.like(lambda form: form.qualified_name == CHECKPOINT):
        if any(case.run.requiring.at(value, operation.event) for value in operation.inputs):
            continue
        inside = _parameters_inside(case, operation)
        if inside:
            places[case.place(operation)].append(operation)
            lost[case.place(operation)].update(dict.fromkeys(inside))
    for place, operations in places.items():
        rows = [case.rows[identity] for identity in lost[place] if identity in case.rows]
        title = tr("The checkpoint passes no gradient on")
        text = tr(
            "No input of the checkpoint on line {line} requires grad, so the reentrant checkpoint "
            "is not recorded, and nothing inside it gets a gradient: {names}."
        ).format(line=operations[0].spot, names=case.owners(rows))
        fix = Fix(tr("Pass use_reentrant=False."), _not_reentrant(case, operations[0]))
        yield finding("checkpoint_without_grad_input", "warning", operations[0].spot, title, text,
                      operations, [row.tensor for row in rows], fix)  # fmt: skip


def _parameters_inside(case: Case, operation: Operation) -> list[int]:
    """Return the identities of inputs of the inner calls that require grad and have no gradient."""
    found: dict[int, None] = {}
    stack = list(case.run.children.get(operation.id, ()))
    while stack:
        inner = stack.pop()
        stack += case.run.children.get(inner.id, ())
        for value in inner.inputs:
            tensor = case.tensor(value)
            row = case.rows.get(tensor.identity)
            wants = tensor.is_leaf and case.run.requiring.at(value, inner.event)
            if wants and row is not None and row.grad is None:
                found[tensor.identity] = None
    return list(found)


def _not_reentrant(case: Case, operation: Operation) -> list[Edit]:
    statement = case.source.statement(operation.spot)
    given = [
        keyword.value
        for node in (ast.walk(statement) if statement is not None else ())
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "use_reentrant"
    ]
    if len(given) != 1 or not isinstance(given[0], ast.Constant):
        return []
    return [case.source.replaced(given[0], "False")]


def ran_eagerly(case: Case) -> Iterator[Finding]:
    for note in case.trace.notes:
        if note.code == "compiled":
            title = tr("Compiled code ran as plain Python")
            yield finding("ran_eagerly", "info", note.spot, title, translated(note.text))


_UNSEEN = {
    "scripted": translatable("TorchScript ran as one operation"),
    "transformed": translatable("A transform of torch.func ran"),
    "unseen": translatable("Part of the program was run only to inspect it"),
    "unsupported": translatable("This version of torch is supported in part"),
}


def ran_unseen(case: Case) -> Iterator[Finding]:
    """Say what is not recorded inside, and that findings about what did not happen are left out."""
    for note in case.trace.notes:
        if note.code in _UNSEEN:
            text = tr("{note} Findings that need a record of the whole run are left out.")
            yield finding(
                "ran_unseen",
                "info",
                note.spot,
                tr(_UNSEEN[note.code]),
                text.format(note=translated(note.text)),
            )
