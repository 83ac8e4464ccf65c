"""Calls whose result is not used: `x.detach()` as a statement leaves `x` as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Operation
from app.session.findings.case import Case, finding
from app.session.language import tr


def detach_not_used(case: Case) -> Iterator[Finding]:
    reported: set[tuple[object, ...]] = set()
    for operation in case.run.units.like(
        lambda form: form.name == "detach" and form.reason == "detached"
    ):
        if not operation.inputs:
            continue
        place, value = case.place(operation), operation.inputs[0]
        if place in reported or not case.run.requiring.at(value, operation.event):
            continue
        call = _dropped(case, operation)
        use = None if call is None else _goes_on(case, value, operation)
        if call is None or use is None:
            continue
        reported.add(place)
        name = case.name(value)
        title = tr("The result of `detach()` is not used")
        text = tr(
            "{call} returns a new tensor, and nothing uses it. {name} keeps its history and "
            "{use} continues with it, so gradients still flow back through {name}."
        ).format(call=case.say(operation), name=name, use=case.say(use))
        yield finding("detach_not_used", "warning", operation.spot, title, text,
                      [operation, use], [value], _fix(case, call))  # fmt: skip


def _dropped(case: Case, operation: Operation) -> ast.Call | None:
    """Return the call of `detach` if its statement drops the result."""
    if any(case.run.users.get(output) for output in operation.outputs):
        return None
    call, statement = case.call_of(operation), case.source.statement(operation.spot)
    if call is None or not isinstance(statement, ast.Expr):
        return None
    return call if any(node is call for node in _values(statement.value)) else None


def _values(dropped: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions whose values are dropped together with that of `dropped`."""
    match dropped:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _values(element)
        case ast.ListComp(elt=element):
            yield from _values(element)
        case _:
            yield dropped


def _goes_on(case: Case, value: int, detach: Operation) -> Operation | None:
    """Return the first operation after the detach that was recorded for the original and leads to
    the root of a backward pass."""
    for operation in case.run.users.get(value, ()):
        is_later = operation.event > detach.event and operation.status == "recorded"
        if is_later and not case.in_losses.isdisjoint(operation.outputs):
            return operation
    return None


def _fix(case: Case, call: ast.Call) -> Fix:
    """`x = x.detach()` in place of `x.detach()`, where no loop gives `x` to it."""
    source, of = case.source, call.func
    statement = source.statement(call.lineno)
    original = call.args[0] if call.args else of.value if isinstance(of, ast.Attribute) else None
    code = source.segment(call)
    keeps = isinstance(statement, ast.Expr) and statement.value is call
    keeps = keeps and isinstance(original, (ast.Name, ast.Attribute))
    if keeps and original is not None and not source.is_loop_variable(original, call.lineno):
        kept = f"{source.segment(original)} = {code}"
        text = tr("Keep what it returns: {code}.").format(code=f"`{kept}`")
        return Fix(text, [source.replaced(call, kept)])
    text = tr(
        "Continue with the tensor that {code} returns, or call detach_(), which changes "
        "the tensor itself."
    )
    return Fix(text.format(code=f"`{code}`"), [])
