"""Terms of a loss that add to its value and nothing to its gradients."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from math import prod
from typing import NamedTuple

from app.contract.records import BackwardPass, Finding, Fix, Operation
from app.session.explain import fixes
from app.session.findings.case import Case, finding
from app.session.findings.raised import without_history
from app.session.language import paragraph, tr

_SUMS = ("add", "sub", "rsub")
_SCALES = ("mul", "div", "neg", "mean", "sum")


class _Term(NamedTuple):
    """What the operation `sum` adds without a history: `values` are the tensor, or what a number
    of Python's was read from by the operation `left`."""

    sum: Operation
    name: str
    values: tuple[int, ...]
    left: Operation | None = None


def term_without_gradient(case: Case) -> Iterator[Finding]:
    """Find what was computed from something that requires grad and lost its history before it was
    added to a loss: a penalty without an effect."""
    told: set[tuple[object, ...]] = set()
    terms = _Terms(case)
    cuts = {one for row in case.trace.gradients for one in row.why.cuts}
    named = {case.place(case.run.operations[one]) for one in cuts}  # findings tell of these
    for backward in case.backwards:
        for term in terms.of(backward):
            if case.place(term.sum) not in told:
                told.add(case.place(term.sum))
                yield from _findings(case, term, backward, named)


def _findings(
    case: Case, term: _Term, backward: BackwardPass, named: set[tuple[object, ...]]
) -> Iterator[Finding]:
    behind = {value for value, _ in case.run.behind(term.values)}
    if behind & (set(term.sum.inputs) - set(term.values)):
        return  # a straight-through estimator: it adds what it takes away elsewhere
    returned = without_history.first_derivative(case, term.values)
    cut = term.left or (None if returned else _cut(case, term))
    if returned is not None and not without_history.asks_for_graph(case, returned[1]):
        value, asked = returned
        why = tr(
            "It is computed from {gradient}, which torch.autograd.grad returned without history on "
            "line {line}."
        ).format(gradient=case.name(value), line=asked.spot)
        spot = asked.spot
        fix: Fix | None = without_history.create_graph(case, asked)
    elif cut is not None and case.place(cut) not in named:
        why = tr("Its history ends at {cut}.").format(cut=case.phrases.cuts([cut])[0])
        advice = fixes.for_cuts(case.phrases, [cut])
        spot, fix = cut.spot, None if advice is None else Fix(advice, [])
    else:
        return
    text = tr("{term} is added to {loss} on line {line}, and no gradient flows back from there.")
    text = text.format(term=term.name, loss=case.phrases.loss(backward), line=term.sum.spot)
    title = tr("A term of the loss has no effect on the gradients")
    told = [term.sum] if cut is None else [cut, term.sum]
    yield finding("term_without_gradient", "warning", spot, title, paragraph((text, why)), told,
                  backward.roots, fix)  # fmt: skip


def _cut(case: Case, term: _Term) -> Operation | None:
    """The operation nearest to the loss that dropped the history of a term, if it had one."""
    stack, seen = list(term.values), set(term.values)
    while stack:
        value = stack.pop()
        if case.tensor(value).kind == "parameter":
            continue  # what gave it its values is no part of the term
        for link in case.flow.links(value):
            operation = link.operation
            if operation is not None and case.run.requiring.at(link.source, operation.event):
                return operation if link.cut else None
            if link.source not in seen:
                seen.add(link.source)
                stack.append(link.source)
    return None


class _Terms:
    """The sums on the way from a loss back to its first operation of another kind."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def of(self, backward: BackwardPass) -> Iterator[_Term]:
        """Yield the terms without a history, those nearest to the loss first."""
        run = self._case.run
        stack = list(backward.roots)
        seen = set(stack)
        while stack:
            value = stack.pop()
            maker = run.producers.get(value)
            if maker is None or maker.status != "recorded" or maker.name not in _SUMS + _SCALES:
                continue
            if prod(run.tensors[value].shape) != 1:
                continue
            is_sum = maker.name in _SUMS
            for value in maker.inputs:
                if run.requiring.at(value, maker.event):
                    stack += [value] if value not in seen else []
                    seen.add(value)
                elif is_sum:
                    yield _Term(maker, self._case.name(value), (value,))
            if is_sum and len(maker.inputs) == 1:
                yield from self._numbers(maker)

    def _numbers(self, adding: Operation) -> Iterator[_Term]:
        """Yield the number that a sum adds, if a name of the program's was given it by `item()`."""
        source = self._case.source
        expression = source.expression(adding)
        if not isinstance(expression, ast.BinOp):
            return
        for operand in (expression.left, expression.right):
            names = {node.id for node in ast.walk(operand) if isinstance(node, ast.Name)}
            for name in sorted(names & self._read.keys()):
                before = (one for one in reversed(self._read[name]) if one.event < adding.event)
                left = next(before, None)
                if left is not None and self._is_from_there(left, adding):
                    yield _Term(adding, f"`{source.segment(operand)}`", tuple(left.inputs), left)

    def _is_from_there(self, left: Operation, adding: Operation) -> bool:
        """Whether a number is one of the same function's, and was computed with a history."""
        run, source = self._case.run, self._case.source
        if left.spot is None or adding.spot is None:
            return False
        is_near = source.scope(left.spot) is source.scope(adding.spot)
        return is_near and any(run.requiring.at(v, left.event) for v, _ in run.behind(left.inputs))

    @cached_property
    def _read(self) -> dict[str, list[Operation]]:
        """What took values out of torch, by the name that was assigned the number, in order."""
        case, found = self._case, dict[str, list[Operation]]()
        for left in case.run.units.like(lambda form: form.reason == "to_python"):
            statement = case.source.statement(left.spot)
            if (
                isinstance(statement, ast.Assign)
                and isinstance(target := statement.targets[0], ast.Name)
                and statement.value is case.source.expression(left)
            ):
                found.setdefault(target.id, []).append(left)
        return found
