"""The errors that torch raised: where they come from, with the lines that belong together."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import AutogradNode, BackwardPass, Edit, Finding, Fix, Operation
from app.session.explain import fixes, phrases
from app.session.findings.case import Case, finding
from app.session.findings.edits import called_name
from app.session.language import ngettext, tr


def backward_without_history(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None or not case.message_has("does not require grad"):
        return
    root = next((r for r in backward.roots if not case.tensor(r).requires_grad), None)
    if root is None:
        return
    name = case.name(root)
    title = tr("backward() was called on a tensor without history")
    rows = [row for row in case.trace.gradients if row.why.code == "backward_failed"]
    rows = [row for row in rows if row.why.cuts]
    if rows:
        cut = case.index.operations[rows[0].why.cuts[0]]
        text = tr("{name} has no grad_fn, so there is no graph to go back through: {cut}.")
        text = text.format(name=name, cut=phrases.not_recorded(case.say(cut), cut))
        description = fixes.for_cuts(case.index, [cut])
        fix = None if description is None else Fix(description, [])
        yield finding(
            "backward_without_history", "error", cut.line, title, text, [cut], [root], fix
        )
        return
    text = tr("{name} has no grad_fn: nothing that it was computed from required grad.")
    text = text.format(name=name)
    fix = Fix(tr("Make the tensor whose gradient is wanted with requires_grad=True."), [])
    maker = case.index.producers.get(root)
    told = [maker] if maker else []
    rebound = _rebound(case, root)
    if rebound is not None:
        text = f"{text} {_how_rebound(case, rebound)}"
        fix = _left_a_leaf(case, rebound)
        told = [rebound, *told]
    yield finding(
        "backward_without_history", "error", _error_line(case), title, text, told, [root], fix,
    )  # fmt: skip


def _rebound(case: Case, root: int) -> Operation | None:
    """An operation behind the root that was not recorded, though a leaf that required grad went
    in, and whose result then took that leaf's name (`w = w - lr * w.grad` under `no_grad`)."""
    stack, seen = [root], {root}
    while stack:
        maker = case.index.producers.get(stack.pop())
        if maker is None:
            continue
        if maker.reason in ("no_grad", "inference_mode") and _takes_a_leafs_name(case, maker):
            return maker
        fresh = [value for value in maker.inputs if value not in seen]
        seen.update(fresh)
        stack += fresh
    return None


def _takes_a_leafs_name(case: Case, maker: Operation) -> bool:
    if maker.in_place or len(maker.outputs) != 1:
        return False
    name = case.index.name(maker.outputs[0])
    leaves = (value for value in maker.inputs if case.tensor(value).is_leaf)
    wanting = (value for value in leaves if case.index.requiring.at(value, maker.event))
    return name is not None and any(case.index.name(value) == name for value in wanting)


def _how_rebound(case: Case, maker: Operation) -> str:
    text = tr("{name}, which did, was replaced by a new tensor: {maker}.")
    return text.format(
        name=case.name(maker.outputs[0]), maker=phrases.not_recorded(case.say(maker), maker)
    )


def _left_a_leaf(case: Case, maker: Operation) -> Fix | None:
    statement = case.source.statement(maker.line)
    if statement is not None and _reads_grad(statement):
        text = tr("Update it in place under torch.no_grad(), so that {name} stays the leaf.")
        return Fix(text.format(name=case.name(maker.outputs[0])), [])
    description = fixes.for_cuts(case.index, [maker])
    return None if description is None else Fix(description, [])


def non_scalar_backward(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None or not case.message_has("implicitly created only for scalar outputs"):
        return
    root = next((r for r in backward.roots if case.tensor(r).summary.numel != 1), None)
    if root is None:
        return
    tensor = case.tensor(root)
    title = tr("backward() was called on more than one number")
    text = tr(
        "{name} has {count} elements, shape {shape}, and no gradient was given for them. "
        "A loss is one number."
    ).format(name=case.name(root), count=f"{tensor.summary.numel:,}", shape=tensor.shape)
    fix = Fix(
        tr("Call backward() on a sum or a mean; the sum adds up the gradients of all elements."),
        _summed(case),
    )
    maker = case.index.producers.get(root)
    made = [maker] if maker else []
    yield finding("non_scalar_backward", "error", _error_line(case), title, text, made, [root], fix)


def _summed(case: Case) -> list[Edit]:
    """`y.backward()` becomes `y.sum().backward()`."""
    statement = case.source.statement(_error_line(case))
    calls = [] if statement is None else list(case.source.calls(statement, "backward"))
    if len(calls) != 1 or calls[0].args or calls[0].keywords:
        return []
    method = calls[0].func
    if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Name):
        return []
    return [case.source.replaced(method.value, f"{method.value.id}.sum()")]


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
    name, line = case.name(leaf.id), _error_line(case)
    title = tr("A leaf that requires grad was changed in place")
    text = tr(
        "{name} is a leaf that requires grad, and {where} changes it in place while autograd "
        "records. A leaf has no operation to which such a change could be added."
    ).format(name=name, where=_line_words(line))
    description = tr("Change it inside `with torch.no_grad():` if it is not to be recorded.")
    fix = Fix(description, _update_under_no_grad(case, line))
    yield finding("in_place_on_leaf", "error", line, title, text, [], [leaf.id], fix)


def _update_under_no_grad(case: Case, line: int | None) -> list[Edit]:
    """Of an update by the leaf's own `.grad`: nobody wants that recorded."""
    statement = case.source.statement(line)
    if statement is None or not isinstance(statement, (ast.AugAssign, ast.Expr)):
        return []
    edit = case.source.under_no_grad(statement) if _reads_grad(statement) else None
    return [] if edit is None else [edit]


def _reads_grad(statement: ast.stmt) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in ast.walk(statement))


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


def graph_freed(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None or not case.message_has("backward through the graph a second time"):
        return
    nodes = _reachable(case, backward)
    earlier = [b for b in case.trace.backward_passes if b.event < backward.event and b.ok]
    for before in reversed(earlier):
        ran = {step.node for step in before.steps}
        ties = _ties(case, nodes, ran)
        if not ties:
            continue
        title = tr("backward() came to a part of the graph that was freed")
        text = tr(
            "{later} goes back through {tie}, whose graph the backward pass {earlier} had already "
            "gone through and freed."
        ).format(later=_pass_words(backward), tie=_names(case, ties), earlier=_at(before.line))
        maker = case.index.producers.get(ties[0])
        is_same = list(before.roots) == list(backward.roots)
        yield finding(
            "graph_freed", "error", backward.line, title, text, [maker] if maker else [], ties,
            _keep_graph(case, before, backward) if is_same else _detach_between(case, ties),
        )  # fmt: skip
        return


def _reachable(case: Case, backward: BackwardPass) -> list[AutogradNode]:
    makers = [case.index.producers.get(root) for root in backward.roots]
    stack = [node for op in makers if op is not None for node in case.nodes_of.get(op.id, [])[:1]]
    seen = {node.id: node for node in stack}
    while stack:
        for number in stack.pop().next:
            if number not in seen:
                seen[number] = case.nodes[number]
                stack.append(case.nodes[number])
    return list(seen.values())


def _ties(case: Case, nodes: list[AutogradNode], ran: set[int | None]) -> list[int]:
    """The values, nearest to the root, whose node an earlier pass has freed: of the results of one
    call those that were carried over, which the operations of this pass took in."""
    freed = {node.id for node in nodes if node.id in ran and node.operation is not None}
    fresh = [node for node in nodes if node.id not in ran]
    entered = {after for node in fresh for after in node.next if after in freed}
    if not entered and nodes and nodes[0].id in freed:
        entered = {nodes[0].id}
    operations = [case.index.operations[case.nodes[n].operation or 0] for n in entered]
    if not operations:
        return []
    last = max(operations, key=lambda operation: operation.event)
    users = [case.index.operations[n.operation] for n in fresh if n.operation is not None]
    taken = {value for user in users if user.id != last.id for value in user.inputs}
    return [value for value in last.outputs if value in taken] or last.outputs[:1]


def _names(case: Case, values: list[int]) -> str:
    return phrases.listed(case.name(value) for value in values)


def _keep_graph(case: Case, before: BackwardPass, backward: BackwardPass) -> Fix:
    description = tr("Pass retain_graph=True to the first backward(), or compute the loss anew.")
    statement = case.source.statement(before.line)
    calls = [] if statement is None else list(case.source.calls(statement, "backward"))
    plain = len(calls) == 1 and not calls[0].args and not calls[0].keywords
    if not plain or before.line == backward.line:
        return Fix(description, [])
    code = case.source.segment(calls[0]).removesuffix("()") + "(retain_graph=True)"
    return Fix(description, [case.source.replaced(calls[0], code)])


def _detach_between(case: Case, ties: list[int]) -> Fix:
    text = ngettext(
        "Detach {names} where it is carried over, or compute anew what both passes need.",
        "Detach {names} where they are carried over, or compute anew what both passes need.",
        len({case.name(value) for value in ties}),
    )
    return Fix(text.format(names=_names(case, ties)), [])


def inference_tensor_in_autograd(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not case.message_has("nference tensor"):
        return
    value = next((one for one in call.inputs if case.tensor(one).is_inference), None)
    if value is None:
        return
    line = _error_line(case)
    maker = case.index.producers.get(value)
    region = None if maker is None or maker.cause is None else maker.cause
    title = tr("An inference tensor cannot take part in autograd")
    text = tr("{name} is an inference tensor, and autograd had to save it {where}.")
    if not case.message_has("saved for backward"):
        text = tr("{name} is an inference tensor, and it cannot be changed in place {where}.")
    text = text.format(name=case.name(value), where=_at(line))
    if maker is not None:
        made = tr("It was made by {maker} under inference_mode.").format(maker=case.say(maker))
        text = f"{text} {made}"
    fix = Fix(
        tr("Use torch.no_grad() where it is made, or use its clone()."),
        [] if region is None else _no_grad_instead(case, region.line),
    )
    yield finding(
        "inference_tensor_in_autograd", "error", line, title, text, [maker] if maker else [],
        [value], fix,
    )  # fmt: skip


def _no_grad_instead(case: Case, line: int | None) -> list[Edit]:
    """`torch.inference_mode()` on the line where the region was entered."""
    found = []
    for call in case.source.calls(case.source.tree, "inference_mode"):
        if call.lineno == line and not call.args and not call.keywords:
            code = case.source.segment(call)
            if code == f"{case.source.torch}.inference_mode()":
                found.append(case.source.replaced(call, f"{case.source.torch}.no_grad()"))
    return found if len(found) == 1 else []


def integer_requires_grad(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or not case.message_has("can require gradients"):
        return
    line = _error_line(case)
    title = tr("Only floating point and complex tensors can require grad")
    if call.inputs:
        tensor = case.tensor(call.inputs[0])
        if tensor.dtype.startswith(("float", "bfloat", "complex")):
            return
        text = tr("{name} is of type {dtype}, and was to require grad {where}.").format(
            name=case.name(tensor.id), dtype=f"`{tensor.dtype}`", where=_at(line)
        )
    else:
        text = tr("The tensor that {where} makes is of an integer or boolean type.").format(
            where=_line_words(line)
        )
    fix = Fix(tr("Make it of a floating-point type, such as `torch.float32`."), _as_float(case))
    yield finding("integer_requires_grad", "error", line, title, text, [], call.inputs[:1], fix)


def _as_float(case: Case) -> list[Edit]:
    """`torch.tensor([1, 2], requires_grad=True)` gets a dtype."""
    statement, torch = case.source.statement(_error_line(case)), case.source.torch
    call = case.failed_call
    if statement is None or torch is None or call is None or call.inputs:
        return []
    calls = [
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and any(k.arg == "requires_grad" for k in node.keywords)
    ]
    if len(calls) != 1 or called_name(calls[0]) != call.name:
        return []
    keyword = next(k for k in calls[0].keywords if k.arg == "requires_grad")
    given = next((k for k in calls[0].keywords if k.arg == "dtype"), None)
    if given is not None:
        return [case.source.replaced(given.value, f"{torch}.float32")]
    at = case.source.replaced(keyword.value, "")
    code = f"{case.source.segment(keyword.value)}, dtype={torch}.float32"
    return [Edit(at.line, at.column, at.end_line, at.end_column, code)]


# ------------------------------------------------------------------------------------------ words


def _error_line(case: Case) -> int | None:
    return None if case.trace.error is None else case.trace.error.line


def _line_words(line: int | None) -> str:
    return tr("the call") if line is None else tr("line {line}").format(line=line)


def _at(line: int | None) -> str:
    return "" if line is None else tr("on line {line}").format(line=line)


def _pass_words(backward: BackwardPass) -> str:
    if backward.line is None:
        return tr("This backward pass")
    return tr("The backward pass on line {line}").format(line=backward.line)
