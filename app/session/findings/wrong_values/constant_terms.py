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
from app.session.findings.wrong_values.zero_reasons import function
from app.session.language import paragraph, tr

_SUMS = ("add", "sub", "rsub")
_SCALES = ("mul", "div", "neg", "mean", "sum")
_ARITHMETIC = (ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Name, ast.Load, ast.Constant)


class _Term(NamedTuple):
    """What the operation `sum` adds without a history: `values` are the tensor, or what a number
    of Python's was read from by the operation `left`; `number` is its expression."""

    sum: Operation
    name: str
    values: tuple[int, ...]
    left: Operation | None = None
    number: ast.expr | None = None


def term_without_gradient(case: Case) -> Iterator[Finding]:
    """Find what was computed from something that requires grad and lost its history before it was
    added to a loss: a penalty without an effect."""
    reported: set[tuple[object, ...]] = set()
    terms = _Terms(case)
    cuts = {one for row in case.trace.gradients for one in row.why.cuts}
    named = {case.place(case.run.operations[one]) for one in cuts}  # findings report these
    for backward in case.backwards:
        fresh = list(terms.of(backward, reported))
        reported |= {case.place(term.sum) for term in fresh}
        if not any(_is_taken_away(case, term) for term in fresh):
            for term in fresh:
                yield from _findings(case, term, backward, named)


def _is_taken_away(case: Case, term: _Term) -> bool:
    """Whether a loss adds what it takes away elsewhere, so that its gradient is right: of a
    straight-through estimator, or the greatest value before `exp`."""
    others = set(term.sum.inputs) - set(term.values)
    if others & {value for value, _ in case.run.behind(term.values)}:
        return True
    made = dict(case.run.behind(others))
    if term.number is None:
        return not made.keys().isdisjoint(term.values)
    lines = {maker.spot for maker in made.values() if maker is not None} | {term.sum.spot}
    inside = set(ast.walk(term.number))
    scope = case.source.scope(term.number.lineno)
    names = {node.id for node in inside if isinstance(node, ast.Name)}
    loads = (node for name in names for node in case.source.loads(name, scope))
    return any(node.lineno in lines and node not in inside for node in loads)


def _findings(
    case: Case, term: _Term, backward: BackwardPass, named: set[tuple[object, ...]]
) -> Iterator[Finding]:
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
    operations = [term.sum] if cut is None else [cut, term.sum]
    text = paragraph((text, why))
    yield finding("term_without_gradient", "warning", spot, title, text, operations,
                  backward.roots, fix)  # fmt: skip


def _cut(case: Case, term: _Term) -> Operation | None:
    """The operation nearest to the loss that dropped the history of a term, if it had one."""
    stack, seen = list(term.values), set(term.values)
    while stack:
        value = stack.pop()
        if case.tensor(value).kind == "parameter":
            continue  # what computed its values is not part of the term
        for link in case.flow.links(value):
            operation = link.operation
            if operation is not None and case.run.requiring.at(link.source, operation.event):
                return operation if link.cut else None
            if link.source not in seen:
                seen.add(link.source)
                stack.append(link.source)
    return None


def _is_scaled(scale: Operation, constant: list[int]) -> bool:
    """Whether constants alone scale one value.  In a product of two histories, or below a fraction
    bar, what is added to one of them changes the gradients."""
    is_one = len(scale.inputs) - len(constant) == 1
    return is_one and (function(scale) == "mul" or scale.inputs[0] not in constant)


class _Terms:
    """The sums on the path from a loss back to its first operation of another kind."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def of(self, backward: BackwardPass, reported: set[tuple[object, ...]]) -> Iterator[_Term]:
        """Yield the terms without a history, those nearest to the loss first, except of the sums
        at the places in `reported`."""
        run, place = self._case.run, self._case.place
        stack = list(backward.roots)
        seen = set(stack)
        while stack:
            value = stack.pop()
            maker = run.producers.get(value)
            if maker is None or maker.status != "recorded":
                continue
            name = function(maker)
            if name not in _SUMS + _SCALES:
                continue
            if prod(run.tensors[value].shape) != 1:
                continue
            constant = [one for one in maker.inputs if not run.requiring.at(one, maker.event)]
            is_sum = name in _SUMS
            if not is_sum and not _is_scaled(maker, constant):
                continue
            following = [one for one in maker.inputs if one not in constant and one not in seen]
            stack += following
            seen.update(following)
            if is_sum and place(maker) not in reported:
                yield from (_Term(maker, self._case.name(one), (one,)) for one in constant)
                if len(maker.inputs) == 1:
                    yield from self._numbers(maker)

    def _numbers(self, adding: Operation) -> Iterator[_Term]:
        """Yield the number that a sum adds, if a name of the program's was given it by `item()`."""
        source = self._case.source
        expression = source.expression(adding)
        if not isinstance(expression, ast.BinOp):
            return
        maker = self._case.run.producers.get(adding.inputs[0])
        tensor = None if maker is None else source.expression(maker)
        for operand in (expression.left, expression.right):
            nodes = list(ast.walk(operand))
            if operand is tensor or not all(isinstance(node, _ARITHMETIC) for node in nodes):
                continue
            names = {node.id for node in nodes if isinstance(node, ast.Name)}
            for name in sorted(names & self._read.keys()):
                before = (one for one in reversed(self._read[name]) if one.event < adding.event)
                left = next(before, None)
                if left is not None and self._is_from_there(left, adding, name):
                    text = f"`{source.segment(operand)}`"
                    yield _Term(adding, text, tuple(left.inputs), left, operand)

    def _is_from_there(self, left: Operation, adding: Operation, name: str) -> bool:
        """Whether a name has kept the number from one statement of a block to the sum in another,
        and the number was computed with a history."""
        run, source = self._case.run, self._case.source
        gave, takes = source.statement(left.spot), source.statement(adding.spot)
        if gave is None or takes is None or source.block(gave) is not source.block(takes):
            return False
        block = source.block(gave)
        first, last = block.index(gave), block.index(takes)
        between = (node for one in block[first + 1 : last] for node in ast.walk(one))
        is_kept = first < last and not any(
            isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
            for node in between
        )
        return is_kept and any(run.requiring.at(v, left.event) for v, _ in run.behind(left.inputs))

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
