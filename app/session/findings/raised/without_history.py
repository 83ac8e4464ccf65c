"""backward() of a tensor without history: where the history was lost."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from app.contract.records import BackwardPass, Finding, Fix, Gradient, Operation
from app.session.causes.registry import is_by_mode, is_own
from app.session.explain import fixes
from app.session.findings.case import Case, finding
from app.session.findings.lost import custom_backward, outside
from app.session.findings.raised import parts
from app.session.findings.raised.failing import error_line, reads_grad
from app.session.language import ngettext, paragraph, tr
from app.session.source.parsing import unparsed


def backward_without_history(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None or not case.message_has("does not require grad"):
        return
    root = next((r for r in backward.roots if not case.tensor(r).requires_grad), None)
    if root is None:
        return
    name = case.name(root)
    rows = [row for row in case.trace.gradients if row.why.code == "backward_failed"]
    rows = [row for row in rows if row.why.cuts]
    cut = _cut_of_the_trained(case, backward)
    if cut is None and rows:
        cut = case.run.operations[rows[0].why.cuts[0]]
    lost = custom_backward.lost_behind(case, [root]) if cut is None else None
    rebound = _rebound(case, root) if cut is None and lost is None else None
    if cut is None and lost is None and rebound is None:
        cut = _unrecorded(case, root)
    if cut is not None:
        text = tr("{name} has no grad_fn, so backward() has no graph to follow: {cut}.")
        text = text.format(name=name, cut=case.phrases.not_recorded(cut))
        description = fixes.for_cuts(case.phrases, _region(case, root, cut))
        fix = None if description is None else Fix(description, [])
        yield _found(cut.spot, text, [cut], [root], fix)
        return
    if lost is not None:
        text = tr("{name} has no grad_fn: {reason}")
        text = text.format(name=name, reason=custom_backward.reason(case, lost))
        line = custom_backward.line_of(case, lost)
        operations = [lost.maker, lost.use]
        yield _found(line, text, operations, [root], custom_backward.advice(lost))
        return
    if next(parts.without_effect(case), None) is not None:
        return  # `requires_grad_on_part` says why
    detour = None if rebound is not None else outside.detour_behind(case, [root])
    if detour is not None:
        text = tr("{name} has no grad_fn. {reason}")
        text = text.format(name=name, reason=outside.reason(case, detour))
        operations = [detour.left, detour.back]
        yield _found(detour.left.spot, text, operations, [root], outside.advice())
        return
    first = first_derivative(case, [root])
    if first is not None and not asks_for_graph(case, first[1]):
        yield _without_create_graph(case, root, *first)
        return
    yield _nothing_required_grad(case, root, rebound)


def _cut_of_the_trained(case: Case, backward: BackwardPass) -> Operation | None:
    """What cuts off the parameters that the pass was for; other parts may be cut off on purpose."""
    for identity in _stepped_next(case, backward):
        values = [value.id for value in case.run.values[identity]]
        if nearest := case.reach(backward).cuts(values).nearest:
            return nearest[0]
    return None


def _stepped_next(case: Case, backward: BackwardPass) -> list[int]:
    """The parameters of the optimizer whose step comes next in the block of a pass, by identity."""
    statement = case.source.statement(backward.spot)
    block = [] if statement is None else case.source.block(statement)
    later = block[block.index(statement) + 1 :] if statement in block else []
    for call in (call for one in later for call in case.source.calls(one, "step")):
        name = unparsed(call.func.value) if isinstance(call.func, ast.Attribute) else None
        owned = [one for one in case.trace.optimizers if name in case.variables_of(one)]
        if owned:
            return [case.identity(value) for one in owned for value in one.parameters]
    return []


def _found(
    spot: int | None, text: str, operations: list[Operation], about: list[int], fix: Fix | None
) -> Finding:
    title = tr("backward() was called on a tensor without history")
    return finding("backward_without_history", "error", spot, title, text, operations, about, fix)


def _nothing_required_grad(case: Case, root: int, rebound: Operation | None) -> Finding:
    """No operation behind the root had an input that required grad: of a frozen model, perhaps."""
    text = tr("{name} has no grad_fn: nothing it was computed from required grad.")
    text = text.format(name=case.name(root))
    fix: Fix | None = Fix(
        tr("Make the tensor whose gradient is wanted with requires_grad=True."), []
    )
    maker = case.run.producers.get(root)
    operations, about, line = [maker] if maker else [], [root], error_line(case)
    if rebound is not None:
        text = paragraph((text, _how_rebound(case, rebound)))
        fix = _left_a_leaf(case, rebound)
        operations = [rebound, *operations]
    elif frozen := _frozen_behind(case, root):
        said = (_how_frozen(case, spot, rows) for spot, rows in frozen.items())
        text = paragraph((text, *said))
        if case.trace.optimizers:  # else the gradient of an input may be what is wanted
            fix = Fix(tr("Leave `requires_grad` True for the parameters that should train."), [])
        about += [row.tensor for rows in frozen.values() for row in rows]
        line = next((spot for spot in frozen if spot is not None), line)
    elif case.trace.optimizers and (unused := _unused_result(case)) is not None:
        result = tr("{call} has a history, and nothing was computed from its result.")
        text = paragraph((text, result.format(call=case.say(unused))))
        fix = Fix(tr("Compute {name} from it.").format(name=case.name(root)), [])
        operations, about = [unused, *operations], [root, *unused.outputs]
    return _found(line, text, operations, about, fix)


def _unused_result(case: Case) -> Operation | None:
    """Return the last recorded call, if nothing was computed from its result."""
    recorded = case.run.units.like(lambda f: f.status == "recorded" and f.phase == "forward")
    last = recorded[-1] if recorded else None
    if last is None or any(v in case.run.users or v in case.in_losses for v in last.outputs):
        return None
    return last


def _frozen_behind(case: Case, root: int) -> dict[int | None, list[Gradient]]:
    """The frozen parameters that the root was computed with, by the line that froze them."""
    behind = {case.identity(value) for value, _ in case.run.behind([root])}
    frozen: dict[int | None, list[Gradient]] = defaultdict(list)
    for row in case.trace.gradients:
        is_parameter = case.tensor(row.tensor).kind == "parameter"
        if is_parameter and row.why.code == "frozen" and case.identity(row.tensor) in behind:
            frozen[next(iter(row.why.spots), None)].append(row)
    return frozen


def _how_frozen(case: Case, spot: int | None, rows: list[Gradient]) -> str:
    count = len(case.whole(rows))
    if spot is None:
        text = ngettext("{names} does not require grad.", "{names} do not require grad.", count)
    else:
        text = ngettext(
            "{names} was frozen on line {line}.", "{names} were frozen on line {line}.", count
        )
    return text.format(names=case.owners(rows), line=spot)


def first_derivative(case: Case, values: Iterable[int]) -> tuple[int, BackwardPass] | None:
    """Return a gradient behind these that `autograd.grad` returned without history, and that
    pass."""
    returned = {
        case.identity(value): backward
        for backward in case.trace.backward_passes
        for value in backward.returned
        if value is not None and not case.tensor(value).requires_grad
    }
    for value, _ in case.run.behind(values, lambda maker: _taken_in(case, maker)):
        if (backward := returned.get(case.identity(value))) is not None:
            return value, backward
    return None


def _taken_in(case: Case, maker: Operation) -> list[int]:
    """What an operation computed with; nothing for the update of a parameter."""
    made = (case.tensor(value) for value in (*maker.outputs, *maker.mutates))
    is_update = any(one.kind == "parameter" or (one.is_leaf and one.requires_grad) for one in made)
    return [] if is_update else maker.inputs


def asks_for_graph(case: Case, backward: BackwardPass) -> bool:
    """Return whether the call may have passed `create_graph`: then the gradient is constant."""
    statement = case.source.statement(backward.spot)
    calls = [] if statement is None else list(case.source.calls(statement, "grad"))
    given = {keyword.arg for call in calls for keyword in call.keywords}
    return not calls or bool(given & {"create_graph", None})


def _without_create_graph(case: Case, root: int, value: int, backward: BackwardPass) -> Finding:
    """A penalty on a gradient needs the graph of that gradient."""
    text = tr(
        "{name} has no grad_fn: it is computed from {gradient}, which torch.autograd.grad returned "
        "without history on line {line}."
    )
    said = {"name": case.name(root), "gradient": case.name(value), "line": backward.spot}
    fix = create_graph(case, backward)
    return _found(backward.spot, text.format(**said), [], [root, value], fix)


def create_graph(case: Case, backward: BackwardPass) -> Fix:
    """Return how to have `torch.autograd.grad` record the gradients that it returns."""
    statement, edits = case.source.statement(backward.spot), []
    calls = [] if statement is None else list(case.source.calls(statement, "grad"))
    if len(calls) == 1 and calls[0].args:
        last = [*calls[0].args, *(keyword.value for keyword in calls[0].keywords)][-1]
        edits = [case.source.replaced(last, f"{case.source.segment(last)}, create_graph=True")]
    return Fix(tr("Pass create_graph=True to torch.autograd.grad."), edits)


def _unrecorded(case: Case, root: int) -> Operation | None:
    """The first operation behind the root that a region kept from being recorded: rows do not
    name it where an earlier pass of the loop filled their `.grad`."""
    found = [
        maker
        for _, maker in case.run.behind([root])
        if maker is not None and maker.would_record and maker.cause and maker.status == "skipped"
    ]
    first = min(found, key=lambda operation: operation.event, default=None)
    return first if first is not None and is_own(first.cause) else None


def _region(case: Case, root: int, cut: Operation) -> list[Operation]:
    """The operations behind the root that the region of the cut kept from being recorded, in
    order: the history is missing from the first of them on."""
    if cut.cause is None:
        return [cut]
    found = {cut.id: cut}
    stack, seen = [root], {root}
    while stack:
        for link in case.flow.links(stack.pop()):
            operation = link.operation
            if operation is not None and operation.cause == cut.cause and operation.would_record:
                found[operation.id] = operation
            if link.source not in seen:
                seen.add(link.source)
                stack.append(link.source)
    return sorted(found.values(), key=lambda operation: operation.event)


def _rebound(case: Case, root: int) -> Operation | None:
    """An operation behind the root that was not recorded, though a leaf that required grad went
    in, and whose result then took that leaf's name (`w = w - lr * w.grad` under `no_grad`)."""
    for _, maker in case.run.behind([root]):
        if maker is not None and is_by_mode(maker) and _takes_a_leafs_name(case, maker):
            return maker
    return None


def _takes_a_leafs_name(case: Case, maker: Operation) -> bool:
    if maker.in_place or len(maker.outputs) != 1:
        return False
    name = case.run.name(maker.outputs[0])
    leaves = (value for value in maker.inputs if case.tensor(value).is_leaf)
    wanting = (value for value in leaves if case.run.requiring.at(value, maker.event))
    return name is not None and any(case.run.name(value) == name for value in wanting)


def _how_rebound(case: Case, maker: Operation) -> str:
    text = tr("{name}, which did, was replaced by a new tensor: {maker}.")
    return text.format(name=case.name(maker.outputs[0]), maker=case.phrases.not_recorded(maker))


def _left_a_leaf(case: Case, maker: Operation) -> Fix | None:
    statement = case.source.statement(maker.spot)
    if statement is not None and reads_grad(statement):
        text = tr("Update it in place under torch.no_grad(), so that {name} stays the leaf.")
        return Fix(text.format(name=case.name(maker.outputs[0])), [])
    description = fixes.for_cuts(case.phrases, [maker])
    return None if description is None else Fix(description, [])
