"""Parameters that an optimizer refuses: non-leaf tensors, and those with sparse gradients."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Operation
from app.session.explain import phrases
from app.session.findings.case import Case, finding
from app.session.findings.lost.leaves import leaf_edits
from app.session.findings.raised.failing import error_line
from app.session.findings.raised.shape_edits import constructor_of
from app.session.language import tr
from app.session.source.code_marks import as_code
from app.session.source.parsing import unparsed

_LOOKUPS = ("embedding", "embedding_bag")


def non_leaf_in_optimizer(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is None or call.name != "add_param_group" or not case.message_has("non-leaf Tensor"):
        return
    value = next((one for one in call.inputs if not case.tensor(one).is_leaf), None)
    maker = None if value is None else case.run.producers.get(value)
    if value is None or maker is None:
        return
    name = case.name(value)
    title = tr("The optimizer was given a tensor that is not a leaf")
    text = tr("{name} is the result of {maker}, and an optimizer updates leaves only.")
    text = text.format(name=name, maker=case.say(maker))
    leaves = _leaves_behind(case, value)
    named = [leaf for leaf in leaves if case.run.name(leaf) is not None]
    if named:
        text += " " + tr("It is computed from {leaves}.").format(
            leaves=phrases.listed(map(case.name, named))
        )
    elif len(leaves) == 1 and (source := case.run.producers.get(leaves[0])) is not None:
        text += " " + tr("The leaf is the unnamed result of {source}.").format(
            source=case.say(source)
        )
    fix = _as_leaf(case, value, maker, named)
    yield finding("non_leaf_in_optimizer", "error", error_line(case), title, text, [maker],
                  [value, *leaves], fix)  # fmt: skip


def _leaves_behind(case: Case, value: int) -> list[int]:
    """The leaves that require grad and that a value was computed from."""
    found: dict[int, int] = {}
    stack, seen = [value], {value}
    while stack:
        one = stack.pop()
        maker = case.run.producers.get(one)
        if case.tensor(one).is_leaf:
            if case.tensor(one).requires_grad:
                found.setdefault(case.identity(one), one)
            continue
        fresh = [v for v in (() if maker is None else maker.inputs) if v not in seen]
        seen.update(fresh)
        stack += fresh
    return list(found.values())


def _as_leaf(case: Case, value: int, maker: Operation, named: list[int]) -> Fix:
    name = case.run.name(value)
    if named:
        text = tr("Give {leaves} to the optimizer, and compute {name} in each forward pass.")
        leaves = phrases.listed(map(case.name, named))
        return Fix(text.format(leaves=leaves, name=case.name(value)), [])
    code = None if name is None else as_code(name)
    description = tr("Make {name} a leaf: add `.detach().requires_grad_()` where it is made.")
    fix = Fix(description.format(name=case.name(value)), [])
    if name is None or code is None:
        return fix
    fix.edits = leaf_edits(case, name, maker)
    statement = case.source.statement(maker.spot)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if statement is not None and not fix.edits and list(map(unparsed, targets)) == [code]:
        fix.edits = [case.source.after(statement, f"{code} = {code}.detach().requires_grad_()")]
    return fix


def sparse_gradient_refused(case: Case) -> Iterator[Finding]:
    parameters = _with_sparse_gradients(case)
    if not parameters:
        return
    step = case.trace.optimizer_steps[-1] if case.trace.optimizer_steps else None
    kind = tr("The optimizer") if step is None else f"`{step.type}`"
    decays = not case.message_has("sparse gradients")
    given = case.given if decays else map(case.identity, parameters)
    tables = list(_sparse_calls(case, set(given)))
    names = phrases.listed(map(case.name, parameters))
    title = tr("The optimizer cannot use sparse gradients")
    text = tr("The gradient of {names} is sparse, and {kind} needs dense ones.")
    if len(tables) == 1:
        text = tr(
            "The gradient of {names} is sparse because of `sparse=True` on line {line}, and {kind} "
            "needs dense ones."
        )
    line = case.source.spot(tables[0]) if len(tables) == 1 else None
    if decays:
        text = tr("The gradient of {names} is sparse, and {kind} cannot add weight decay to it.")
    fix = Fix(
        tr("Remove `sparse=True`, or set weight_decay to 0 for {names}.").format(names=names)
        if decays
        else tr("Remove `sparse=True`, or give {names} to a `torch.optim.SparseAdam`.").format(
            names=names
        ),
        [case.source.replaced(_flag(table), "False") for table in tables],
    )
    text = text.format(names=names, kind=kind, line=line)
    yield finding("sparse_gradient_refused", "error", error_line(case), title, text, [], parameters,
                  fix)  # fmt: skip


def _with_sparse_gradients(case: Case) -> list[int]:
    """The parameters whose gradients the optimizer's step failed on."""
    call = case.failed_call
    if call is None:
        return []
    if call.name == "step" and case.message_has("support sparse gradients"):
        return call.inputs
    steps = case.trace.optimizer_steps
    if steps and case.message_has("add(sparse, dense) is not supported"):
        return [v for v in call.inputs if case.identity(v) in case.given]
    return []


def _sparse_calls(case: Case, parameters: set[int]) -> Iterator[ast.Call]:
    """The calls with `sparse=True` that make the tables, or the only one that looks up in one."""
    found = False
    for module in case.trace.modules:
        if parameters & {case.identity(one) for one in module.parameters}:
            call = constructor_of(case, module)
            if call is not None and _is_sparse(call):
                found = True
                yield call
    lookups = [one for name in _LOOKUPS for one in case.calls(name) if _is_sparse(one)]
    if not found and len(lookups) == 1:
        yield lookups[0]


def _is_sparse(call: ast.Call) -> bool:
    return any(
        keyword.arg == "sparse" and getattr(keyword.value, "value", None) is True
        for keyword in call.keywords
    )


def _flag(call: ast.Call) -> ast.expr:
    return next(keyword.value for keyword in call.keywords if keyword.arg == "sparse")
