"""What happens without a word: values written behind autograd's back, checkpoints, compilers."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from app.contract.records import Edit, Finding, Fix, Operation
from app.session.findings.case import CHECKPOINT, Case, finding
from app.session.language import tr


def data_write_on_saved(case: Case) -> Iterator[Finding]:
    told: set[tuple[object, ...]] = set()
    changes = [change for change in case.in_place if _is_through_data(case, change)]
    saved = _saved_in(case) if changes else {}
    for change in changes:
        if case.place(change) in told:
            continue
        for value in change.outputs or change.mutates:
            there = saved.get(case.tensor(value).storage, ())
            savers = (one.saver for one in there if one.saver.event < change.event < one.used)
            saver = next(savers, None)
            if saver is None:
                continue
            told.add(case.place(change))
            title = tr("A value that backward needs was changed through .data")
            text = tr(
                "{saver} had saved the value for its backward, and {change} changed it through "
                ".data, which autograd does not notice: the gradient was computed with the new "
                "value and is wrong."
            ).format(saver=case.say(saver), change=case.say(change))
            fix = Fix(
                tr("Write it out of place, or under torch.no_grad() after the backward pass."), []
            )
            yield finding("data_write_on_saved", "error", change.line, title, text,
                          [change, saver], [value], fix)  # fmt: skip
            break


def _is_through_data(case: Case, change: Operation) -> bool:
    """Whether the tensor that was changed is one that `.data` gave, or a view of one."""
    if not change.in_place or not change.inputs or change.name in ("data", "set_"):
        return False
    value: int | None = change.inputs[0]
    while value is not None:
        tensor = case.tensor(value)
        maker = case.index.producers.get(case.index.values[tensor.identity][0].id)
        if maker is not None and maker.name == "data" and maker.reason == "detached":
            return True
        value = tensor.is_view_of
    return False


class _Saved(NamedTuple):
    """An operation's node had saved something, and ran in the pass that began at `used`."""

    saver: Operation
    used: int


def _saved_in(case: Case) -> dict[int | None, list[_Saved]]:
    """What was saved and then used, by the storage in which it lies."""
    found: dict[int | None, list[_Saved]] = defaultdict(list)
    for backward in case.backwards:
        for step in backward.steps:
            node = case.nodes.get(-1 if step.node is None else step.node)
            if node is not None and step.operation is not None:
                saver = case.index.operations[step.operation]
                for storage in {saved.storage for saved in node.saved}:
                    found[storage].append(_Saved(saver, backward.event))
    return found


def checkpoint_without_grad_input(case: Case) -> Iterator[Finding]:
    told: set[tuple[object, ...]] = set()
    for operation in case.trace.operations:
        if operation.qualified_name != CHECKPOINT or case.place(operation) in told:
            continue
        if any(case.index.requiring.at(value, operation.event) for value in operation.inputs):
            continue
        lost = _parameters_inside(case, operation)
        if not lost:
            continue
        told.add(case.place(operation))
        names = case.owners(case.rows[identity] for identity in lost if identity in case.rows)
        title = tr("The checkpoint passes no gradient on")
        text = tr(
            "None of the inputs of {operation} requires grad, so the reentrant checkpoint is not "
            "recorded, and {names} inside it get no gradient."
        ).format(operation=case.say(operation), names=names)
        fix = Fix(tr("Pass use_reentrant=False."), _not_reentrant(case, operation))
        tensors = [case.rows[identity].tensor for identity in lost if identity in case.rows]
        yield finding("checkpoint_without_grad_input", "warning", operation.line, title, text,
                      [operation], tensors, fix)  # fmt: skip


def _parameters_inside(case: Case, operation: Operation) -> list[int]:
    """The identities of what wanted a gradient of the calls inside, and has none."""
    found: dict[int, None] = {}
    stack = list(case.index.children.get(operation.id, ()))
    while stack:
        inner = stack.pop()
        stack += case.index.children.get(inner.id, ())
        for value in inner.inputs:
            tensor = case.tensor(value)
            row = case.rows.get(tensor.identity)
            wants = tensor.is_leaf and case.index.requiring.at(value, inner.event)
            if wants and row is not None and row.grad is None:
                found[tensor.identity] = None
    return list(found)


def _not_reentrant(case: Case, operation: Operation) -> list[Edit]:
    statement = case.source.statement(operation.line)
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
            yield finding("ran_eagerly", "info", note.line, title, note.text)
