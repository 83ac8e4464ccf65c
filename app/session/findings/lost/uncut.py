"""Edits that let a gradient through: without the cut, and with a detach for another pass."""

from __future__ import annotations

import ast
import re
from itertools import groupby
from typing import NamedTuple, assert_never

from app.contract.records import BackwardPass, Edit, Gradient, Operation
from app.session.causes.registry import kind_of
from app.session.explain.phrases import COPYING
from app.session.findings.case import Case
from app.session.source.parsing import unparsed


class Uncut(NamedTuple):
    """Edits after which a cut no longer stops a gradient; none where none is sure.

    `detached` are those among them that detach the value where it goes into a backward pass of
    another optimizer, as in a GAN.
    """

    edits: list[Edit]
    detached: list[Edit]


def uncut(case: Case, cut: Operation, rows: list[Gradient]) -> Uncut | None:
    """How to let the gradient through to `rows`.

    None: another pass needs the cut, and how to keep it there is not known.
    """
    detached = _kept_apart(case, cut, rows)
    if detached is None:
        return None
    removed = removed_with_patches(case, cut)
    return Uncut([*removed, *detached], detached) if removed else Uncut([], [])


def removed_with_patches(case: Case, cut: Operation) -> list[Edit]:
    """Edits that remove a cut, and what made a loss behind it require grad."""
    edits, unpatched = without_cut(case, cut), _without_patches(case, cut)
    return [] if unpatched is None or not edits else [*edits, *unpatched]


def without_cut(case: Case, cut: Operation) -> list[Edit]:
    """Edits that remove the call or the region that cuts."""
    match cut.reason:
        case "detached" if cut.name == "detach":
            return _without_call(case, cut, ("detach",))
        case "detached" if cut.name == "data":
            return _without_data(case, cut)
        case "detached":
            return _without_copy(case, case.source.expression(cut))
        case "to_python":
            return (
                _without_copy(case, _copy_around(case, cut))
                or _without_call(case, cut, ("item",))
                or _without_float(case, cut)
            )
        case "inference_mode" | "no_grad":
            return (
                [] if cut.cause is None else kind_of(cut.cause).edits(case.source, cut.cause, cut)
            )
        case "recorded" | "source" | "unchanged" | "no_input_requires_grad" | "not_differentiable":
            return []
        case _:
            assert_never(cut.reason)


# ------------------------------------------------------------------------------- without the cut


def _without_call(case: Case, cut: Operation, names: tuple[str, ...]) -> list[Edit]:
    """`x.detach()` becomes `x`; a statement that would say `x = x` goes."""
    call = case.source.expression(cut)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return []
    if call.func.attr not in names or call.args or call.keywords:
        return []
    return _replaced(case, call, call.func.value)


def _without_data(case: Case, cut: Operation) -> list[Edit]:
    """`x.data` becomes `x`."""
    found = case.source.expression(cut)
    if not isinstance(found, ast.Attribute) or found.attr != "data":
        return []
    return _replaced(case, found, found.value)


def _without_float(case: Case, cut: Operation) -> list[Edit]:
    """`float(x)` becomes `x`."""
    call = case.source.expression(cut)
    if not isinstance(call, ast.Call) or call.keywords or len(call.args) != 1:
        return []
    if not isinstance(call.func, ast.Name) or call.func.id != "float":
        return []
    return _replaced(case, call, call.args[0])


def _copy_around(case: Case, cut: Operation) -> ast.expr | None:
    """`torch.tensor(x.item())` around `x.item()`."""
    inside, statement = case.source.expression(cut), case.source.statement(cut.spot)
    calls = (c for name in COPYING if statement for c in case.source.calls(statement, name))
    return next((call for call in calls if any(arg is inside for arg in call.args)), None)


def _without_copy(case: Case, call: ast.expr | None) -> list[Edit]:
    """`torch.tensor(x)` becomes `x`, and `torch.tensor([x, y])` becomes `torch.stack([x, y])`."""
    if not isinstance(call, ast.Call) or len(call.args) != 1:
        return []
    torch = case.source.torch(call.lineno)
    if torch is None:
        return []
    if any(keyword.arg != "requires_grad" for keyword in call.keywords):
        return []
    given = call.args[0]
    match given:
        case ast.List() | ast.ListComp() if not call.keywords:
            return [case.source.replaced(call.func, f"{torch}.stack")]
        case ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "numpy" | "item" | "detach")):
            return _replaced(case, call, inner)
        case ast.Attribute(value=inner, attr="data"):
            return _replaced(case, call, inner)
        case ast.Name() | ast.Attribute() | ast.BinOp() | ast.Call():
            return _replaced(case, call, given)
    return []


def _replaced(case: Case, whole: ast.expr, part: ast.expr) -> list[Edit]:
    source = case.source
    statement = source.statement(whole.lineno)
    if isinstance(statement, ast.Assign) and statement.value is whole:
        alike = len(statement.targets) == 1 and unparsed(statement.targets[0])
        if alike == unparsed(part) and (edit := source.without(statement)) is not None:
            return [edit]
    return [source.replaced(whole, source.in_place_of(whole, part))]


# ---------------------------------------------------------------- what replaced a lost history


def _without_patches(case: Case, cut: Operation) -> list[Edit] | None:
    """Without the lines that made a loss behind the cut require grad, which torch forbids where
    it does so by itself.  None where something else there was made to, or not by such a line."""
    behind = _computed_from(case, cut)
    roots = {root for backward in case.trace.backward_passes for root in backward.roots}
    edits: dict[int | None, Edit] = {}
    for fact in case.trace.facts:
        if fact.kind != "requires_grad" or not fact.value or fact.tensor not in behind:
            continue
        statement = case.source.statement(fact.spot)
        edit = None
        if statement is not None and fact.tensor in roots and _requires_grad(statement):
            edit = case.source.without(statement)
        if edit is None:
            return None
        edits[fact.spot] = edit
    return list(edits.values())


def _computed_from(case: Case, cut: Operation) -> set[int]:
    """All values computed from the operations at the place of the cut."""
    found: set[int] = set()
    place = case.place(cut)
    for unit in case.run.units:
        if not found.isdisjoint(unit.inputs) or case.place(unit) == place:
            found.update(unit.outputs, unit.mutates)
    return found


def _requires_grad(statement: ast.stmt) -> bool:
    """`loss.requires_grad = True`, `loss.requires_grad_()` or `loss.requires_grad_(True)`."""
    plain = re.compile(r"\w+\.requires_grad( = True|_\((True)?\))")
    return plain.fullmatch(unparsed(statement)) is not None


# ------------------------------------------------------------------- one value for several passes


def _kept_apart(case: Case, cut: Operation, rows: list[Gradient]) -> list[Edit] | None:
    """A detach wherever the value goes into a pass that is not to reach `rows`.

    None where it goes into several passes and it is not sure which of its uses belongs to which.
    """
    value = cut.outputs[0] if cut.outputs else None
    passes = [b for b in _passes(case) if value is not None and case.reach(b).leads_here([value])]
    if value is None or len(passes) < 2:
        return []
    wanted = frozenset(b.id for b in passes if _is_for(case, b, rows))
    if wanted.issuperset(b.id for b in passes):
        return []
    uses = _uses(case, value, passes)
    for reads in (_read_there(case, cut, value, uses), _read_in_order(case, cut, value, uses)):
        edits = _detached(case, reads, wanted) if wanted else None
        if edits is not None:
            return edits
    return None


def _passes(case: Case) -> list[BackwardPass]:
    return [*case.backwards, *([case.failed_pass] if case.failed_pass else [])]


def _is_for(case: Case, backward: BackwardPass, rows: list[Gradient]) -> bool:
    """Whether the optimizer that steps next after a pass has one of these parameters."""
    later = [step for step in case.trace.optimizer_steps if step.event > backward.event]
    if not later:
        return False
    step = min(later, key=lambda step: step.event)
    owners = {case.given.get(case.identity(row.tensor)) for row in rows}
    return any(o.id in owners and o.number == step.optimizer for o in case.trace.optimizers)


class _Use(NamedTuple):
    """An operation that took the value, and the backward passes that its result leads to."""

    operation: Operation
    passes: frozenset[int]


_Reads = dict[ast.expr, frozenset[int]]
"""Where the text reads the value, and the backward passes that it goes into from there."""


def _uses(case: Case, value: int, passes: list[BackwardPass]) -> list[_Use]:
    found = []
    for use in case.run.users.get(value, ()):
        ids = frozenset(b.id for b in passes if case.reach(b).leads_here(use.outputs))
        if ids:
            found.append(_Use(use, ids))
    return found


def _detached(case: Case, reads: _Reads | None, wanted: frozenset[int]) -> list[Edit] | None:
    """Edits that detach what goes into other passes than those wanted; None if one read serves
    both."""
    if reads is None or any(ids & wanted and ids - wanted for ids in reads.values()):
        return None
    source = case.source
    return [
        source.replaced(read, f"{source.segment(read)}.detach()")
        for read, ids in reads.items()
        if not ids & wanted
    ]


def _variable(case: Case, cut: Operation, value: int) -> str:
    """What the text calls the value: as it is assigned where it is cut, else its name."""
    statement = case.source.statement(cut.spot)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return unparsed(statement.targets[0])
    return case.run.name(value) or ""


def _read_there(case: Case, cut: Operation, value: int, uses: list[_Use]) -> _Reads | None:
    """The reads inside the very expressions that made the calls."""
    loads = set(case.source.loads(_variable(case, cut, value), case.source.tree(cut.spot)))
    found: _Reads = {}
    for use in uses:
        expression = case.source.expression(use.operation)
        inside = [] if expression is None else [n for n in ast.walk(expression) if n in loads]
        if len(inside) != 1 or not isinstance(inside[0], ast.expr):
            return None
        found[inside[0]] = found.get(inside[0], frozenset()) | use.passes
    return found


def _read_in_order(case: Case, cut: Operation, value: int, uses: list[_Use]) -> _Reads | None:
    """The reads beside the assignment, where there is one for each call that took the value: of a
    module or a function that is written in the snippet."""
    name, source = _variable(case, cut, value), case.source
    given = [
        node
        for node in ast.walk(source.tree(cut.spot))
        if isinstance(node, ast.Assign) and any(unparsed(t) == name for t in node.targets)
    ]
    there = [node for node in given if node.lineno <= (cut.spot or 0) <= (node.end_lineno or 0)]
    given = there or given
    if len(given) != 1:
        return None
    scope, end = source.scope(given[0].lineno), given[0].end_lineno or 0
    loads = [node for node in source.loads(name, scope)
             if node.lineno > end and source.scope(node.lineno) is scope]  # fmt: skip
    calls = [list(group) for _, group in groupby(uses, key=lambda use: _call_of(case, use))]
    if len(calls) != len(loads):
        return None
    return {
        load: frozenset(number for use in group for number in use.passes)
        for load, group in zip(loads, calls, strict=True)
    }


def _call_of(case: Case, use: _Use) -> int:
    """The event at which the call began that a use is part of."""
    if use.operation.module is None:
        return use.operation.event
    starts = [
        call.event
        for module in case.trace.modules
        for call in module.called
        if call.inside is None and call.event <= use.operation.event
    ]
    return max(starts, default=use.operation.event)
