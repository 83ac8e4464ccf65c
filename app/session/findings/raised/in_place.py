"""In-place updates that torch refuses, or that break a later backward pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import BackwardPass, Edit, Finding, Fix, Operation
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import error_line, line_or_call, reads_grad
from app.session.language import tr
from app.session.places import on_line


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
    ).format(name=name, where=line_or_call(line))
    description = tr(
        "Change it inside `with torch.no_grad():` if the change should not be recorded."
    )
    fix = Fix(description, _update_under_no_grad(case, line))
    yield finding("in_place_on_leaf", "error", line, title, text, [], [leaf.id], fix)


def _update_under_no_grad(case: Case, line: int | None) -> list[Edit]:
    """Return the edit for an update by the leaf's own `.grad`, which should not be recorded."""
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
        saver = None if node.operation is None else case.run.operations[node.operation]
        if saver is None:
            continue
        found = _changes(case, saver, changed.name, backward)
        if found and all(change.phase == "optimizer" for change, _ in found):
            yield _stepped_over(case, saver, found)
            return
        if len({case.tensor(value).storage for _, value in found}) == 1:
            yield _overwritten(case, saver, found)
            return  # the others are more of the same pass
        if found and len({change.spot for change, _ in found}) == 1:
            yield _all_overwritten(case, saver, found)
            return


def _overwritten(case: Case, saver: Operation, found: list[tuple[Operation, int]]) -> Finding:
    """One value was changed."""
    change, value = found[0]
    title = tr("A value that backward needs was changed in place")
    text = tr(
        "{saver} had saved {name} for its backward; {change} then changed it in place, so the "
        "gradient could not be computed any more."
    )
    if value in saver.outputs and case.run.name(value) is None:
        text = tr(
            "{saver} had saved its result for its backward; {change} then changed it in place, so "
            "the gradient could not be computed any more."
        )
    text = text.format(saver=case.say(saver), name=case.name(value), change=_change(case, change))
    fix = _loaded(case, change) or inplace_module(case, change.module)
    tensor = case.tensor(value)
    is_leaf = tensor.is_leaf and tensor.requires_grad  # which is to stay the leaf
    edits = [] if is_leaf else out_of_place_edits(case, change.spot, case.run.name(value))
    fix = fix or Fix(_out_of_place(case, change, value), edits)
    return finding(
        "in_place_on_saved", "error", change.spot, title, text, [change, saver], [value], fix
    )


def _all_overwritten(case: Case, saver: Operation, found: list[tuple[Operation, int]]) -> Finding:
    """One line changed several values, as load_state_dict does."""
    change, values = found[0][0], [value for _, value in found]
    title = tr("Values that backward needs were changed in place")
    text = tr(
        "{saver} had saved {names} for its backward; {change} then changed them in place, so the "
        "gradient could not be computed any more."
    ).format(
        saver=case.say(saver), names=phrases.listed(map(case.name, values)),
        change=_change(case, change),
    )  # fmt: skip
    fix = _loaded(case, change) or Fix(tr("Change them after the backward pass."), [])
    return finding("in_place_on_saved", "error", change.spot, title, text, [change, saver], values,
                   fix)  # fmt: skip


def _change(case: Case, change: Operation) -> str:
    """Name the operation; for load_state_dict, which copies each parameter, the whole call."""
    call = _load_call(case, change)
    if call is None:
        return case.say(change)
    return on_line(f"`{case.source.segment(call)}`", change.spot)


def _load_call(case: Case, change: Operation) -> ast.Call | None:
    statement = case.source.statement(change.spot)
    calls = [] if statement is None else list(case.source.calls(statement, "load_state_dict"))
    return calls[0] if len(calls) == 1 and change.name.strip("_") == "copy" else None


def _loaded(case: Case, change: Operation) -> Fix | None:
    """Return the fix for loading values into a model whose graph is still needed."""
    call = _load_call(case, change)
    if call is None:
        return None
    text = tr(
        "load_state_dict copies values into the parameters, without their history. To run {model} "
        "with other parameters, use `torch.func.functional_call({model_name}, parameters, (x,))`, "
        "or load after the backward pass."
    )
    model = "model"
    if isinstance(call.func, ast.Attribute):
        model = case.source.segment(call.func.value)
    return Fix(text.format(model=f"`{model}`", model_name=model), [])


def out_of_place_edits(case: Case, line: int | None, name: str | None) -> list[Edit]:
    """`y += 1` becomes `y = y + 1`, `y.relu_()` becomes `y = y.relu()`, a part is set in a clone.

    Not where another name was used than the value's.
    """
    source, statement = case.source, case.source.statement(line)
    if statement is None:
        return []
    match statement:
        case ast.AugAssign(target=ast.Name(id=target), op=op, value=operand) if target == name:
            sign = _SIGNS.get(type(op))
            if sign is not None:
                code = f"{name} = {name} {sign} {_bracketed(source.segment(operand), operand)}"
                return [source.replaced(statement, code)]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=target)) as method)) if (
            target == name and method.attr.endswith("_") and not method.attr.endswith("__")
        ):
            method_edit = source.replaced(method, f"{name} = {name}.{method.attr[:-1]}")
            return [method_edit]
    if _changed_name(statement) == name and name is not None:
        return [source.before(statement, f"{name} = {name}.clone()")]
    return []


def _bracketed(code: str, node: ast.expr) -> str:
    """Return the code of an operand, in parentheses if an operator needs them."""
    tight = (ast.Constant, ast.Name, ast.Call, ast.Attribute, ast.Subscript)
    return code if isinstance(node, tight) else f"({code})"


_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip


_INPLACE_FIRST = ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid")
"""Modules whose first argument is `inplace`."""


def inplace_module(case: Case, module: int | None) -> Fix | None:
    """`nn.ReLU(inplace=True)` becomes `nn.ReLU(inplace=False)`, where there is only one."""
    if module is None:
        return None
    kind = case.run.modules[module].type
    given = [
        flag
        for call in case.calls(kind)
        for flag in (
            *(k.value for k in call.keywords if k.arg == "inplace"),
            *(call.args[:1] if kind in _INPLACE_FIRST else ()),
        )
    ]
    if not given:
        return None
    edits = [case.source.replaced(given[0], "False")] if len(given) == 1 else []
    return Fix(tr("Make the {module} with inplace=False.").format(module=kind), edits)


def _out_of_place(case: Case, change: Operation, value: int) -> str:
    """What to write instead, by how the change is written."""
    statement, tensor = case.source.statement(change.spot), case.tensor(value)
    if tensor.is_leaf and tensor.requires_grad:
        return tr("Change it after the backward pass.")
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        return tr("Write it out of place (`y = y + 1` instead of `y += 1`), or clone the value.")
    name = None if statement is None else _changed_name(statement)
    if name is None or name != case.run.name(value):
        return tr("Write it out of place, or change a clone of the value.")
    text = tr("Write it out of place, or change a clone: {clone} before line {line}.")
    return text.format(clone=f"`{name} = {name}.clone()`", line=change.spot)


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
        saver=case.say(saver), line=change.spot,
        names=phrases.listed(case.name(value) for _, value in found),
    )  # fmt: skip
    fix = Fix(
        tr("Make the step after all backward passes through the graph, or compute it again."), []
    )
    tensors = [value for _, value in found]
    return finding("in_place_on_saved", "error", change.spot, title, text, [change, saver], tensors,
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
