"""The equations of an opened step: what arrives, and how it goes on to each input."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.contract.messages import OpenedRow
from app.session.chain_rule.answers import StepAnswers, Values
from app.session.chain_rule.expressions import (
    expression,
    factor_of,
    formula,
    is_transposed,
    name_of,
    number_of,
    product_of,
)
from app.session.chain_rule.model import (
    Cell,
    Equation,
    Link,
    Matrix,
    MatrixKind,
    MorePaths,
    Sign,
    Term,
)
from app.session.chain_rule.naming import Operand, StepNames
from app.session.chain_rule.rules.rule import NodeRule
from app.session.chain_rule.symbols import Formula, Piece
from app.session.language import ngettext, number, tr, translatable
from app.session.numbers import short
from app.session.places import at_line

_SHOWN_PATHS = 2
"""From four paths on so many are shown, and the others counted."""
_LISTED = 3
_MOST_SHOWN = 4
_QUIET_SAVED = translatable("saved")


@dataclass(slots=True)
class StepParts:
    """What is known of a step: the rule, the names of its tensors, and what torch answered."""

    naming: StepNames
    answers: StepAnswers
    row: OpenedRow
    """What the node said of itself."""
    rule: NodeRule | None
    settings: Mapping[str, Any]
    inputs: Mapping[str, Operand]
    """By the names of the rule, in the order of the node's inputs."""
    backward: int
    others: dict[str, Operand]
    """What the rule names besides: saved tensors and numbers."""

    @property
    def names(self) -> dict[str, Formula]:
        """The formulas of all names in the rule."""
        known = {**self.inputs, **self.others}
        found = {
            name: one.name if one.number is None else formula(ast.Constant(one.number), {})
            for name, one in known.items()
        }
        several = [one for name, one in self.inputs.items() if "[" in name]
        if several:
            found["tensors"] = listed([one.name for one in several])
        return {**found, "result": self.naming.result.name, "grad": listed(self.arrived_names)}

    @property
    def asked(self) -> list[str]:
        """The inputs whose gradients the step computed."""
        return [
            name
            for slot, name in enumerate(self.inputs)
            if self.answers.value("going", slot) is not None
        ]

    @property
    def shown(self) -> list[str]:
        """Those of them that are drawn: `cat` and `stack` may have hundreds."""
        return self.asked if len(self.asked) <= _MOST_SHOWN + 1 else self.asked[:_MOST_SHOWN]

    @property
    def arrived_names(self) -> list[Formula]:
        """The gradients that arrive."""
        outputs = (self.naming.output(slot) for slot in self.answers.arrived)
        return [self.naming.gradient(one) for one in outputs]

    def paths_to(self, slot: int) -> list[int]:
        """Return the paths whose gradients arrive at a slot."""
        return [path for path, one in enumerate(self.row.slots) if one == slot]

    def expression_of(self, name: str) -> ast.expr | None:
        if self.rule is None:
            return None
        return expression(self.rule.of_input(name), self.settings)

    def formula(self, tree: ast.expr) -> Formula:
        return without_double_transpose(formula(tree, self.names))

    def is_summed(self, tree: ast.expr, slot: int) -> bool:
        """Return whether the engine sums the products of a rule: the input was broadcast."""
        going = self.answers.value("going", slot)
        arrived = self.answers.first_arrived
        if going is None or arrived is None or factor_of(tree) is None:
            return False
        return 0 < math.prod(going.shape) < math.prod(arrived.shape)


def listed(formulas: Sequence[Formula]) -> Formula:
    """Return formulas with commas between them; of many the first ones."""
    shown = formulas[:_LISTED] if len(formulas) > _LISTED + 1 else formulas
    pieces = [piece for one in shown for piece in (Piece(", "), *one)][1:]
    return (*pieces, Piece(", …")) if len(shown) < len(formulas) else tuple(pieces)


def without_double_transpose(found: Formula) -> Formula:
    """Leave out what is transposed twice: the weight of `linear` in its gradient."""
    pieces: list[Piece] = []
    for piece in found:
        if piece == Piece("TT", level=1):
            continue
        if pieces and piece == Piece("T", level=1) == pieces[-1]:
            pieces.pop()
            continue
        pieces.append(piece)
    return tuple(pieces)


def equations(parts: StepParts) -> Iterator[Equation]:
    """Yield the equations in the order in which they are drawn."""
    arrivals = _arrivals(parts)
    yield from arrivals
    count, shown = len(arrivals), parts.shown
    for slot, (name, operand) in enumerate(parts.inputs.items()):
        going = parts.answers.value("going", slot)
        if going is not None and name in shown:
            count += 1
            yield _onward(parts, slot, name, operand, going, count)


def matrix(
    values: Values | None, name: Formula, origin: str, kind: MatrixKind, *, transposed: bool = False
) -> Matrix:
    """Return a tensor as it is drawn: leading dimensions are joined."""
    if values is None:
        return Matrix(name, origin, kind)
    *_, columns = values.shape or (1,)
    cells = None
    if values.numbers is not None and columns:
        flat = values.numbers
        rows = [flat[at : at + columns] for at in range(0, len(flat), columns)]
        cells = tuple(zip(*rows, strict=True)) if transposed else tuple(rows)
    return Matrix(
        name, origin, kind, values.shape, cells, values.norm, values.picture, transposed=transposed
    )


# ------------------------------------------------------------------------------------ what arrives


def _arrivals(parts: StepParts) -> list[Equation]:
    """Return the sums of the gradients that arrive, for each slot with more than one."""
    paths = {slot: parts.paths_to(slot) for slot in parts.answers.arrived}
    several = (slot for slot in paths if len(paths[slot]) > 1)
    return [_arrival(parts, slot, paths[slot], place) for place, slot in enumerate(several, 1)]


def _arrival(parts: StepParts, slot: int, paths: list[int], place: int) -> Equation:
    of = parts.naming.output(slot)
    shown = paths if len(paths) <= _SHOWN_PATHS + 1 else paths[:_SHOWN_PATHS]
    terms: list[Term] = []
    for nth, path in enumerate(shown, 1):
        name = (Piece(tr("path {number}").format(number=number(nth)), "gradient"),)
        value = parts.answers.value("path", path)
        terms += [matrix(value, name, path_words(parts, parts.row.steps[path]), "gradient"), "+"]
    if len(shown) < len(paths):
        terms += [MorePaths(len(paths) - len(shown)), "+"]
    arrived = parts.answers.arrived[slot]
    norm = tr("norm {norm}").format(norm=short(arrived.norm))
    sign: Sign = "→" if is_changed(parts, slot) else "="
    terms[-1:] = [sign, matrix(arrived, parts.naming.gradient(of), norm, "gradient")]
    text = ngettext(
        "{name} was used {count} time, so {count} gradient is added",
        "{name} was used {count} times, so {count} gradients are added",
        len(paths),
    )
    text = text.format(name=of.full, count=number(len(paths)))
    if sign == "→":
        text = tr("{text}; then a hook changed the sum").format(text=text)
    return Equation(place, tr("What arrives:"), text, tuple(terms))


def is_changed(parts: StepParts, slot: int) -> bool:
    """Return whether what arrived is not the sum of its paths: a hook has changed it."""
    given = [parts.answers.value("path", path) for path in parts.paths_to(slot)]
    return bool(given) and not are_sum(given, parts.answers.arrived[slot], parts.naming.rounding)


def are_sum(terms: Sequence[Values | None], total: Values, rounding: float) -> bool:
    """Return whether tensors add up to another, as far as their numbers are known.

    `rounding` is the share of the largest number by which one addition may be off.
    """
    if total.numbers is None:
        return True
    found = [0.0] * len(total.numbers)
    for term in terms:
        if term is None or term.numbers is None or len(term.numbers) != len(found):
            return True
        found = [one + more for one, more in zip(found, term.numbers, strict=True)]
    known = (total, *(term for term in terms if term is not None))
    largest = max((abs(one) for part in known for one in part.numbers or ()), default=0.0)
    close = rounding * len(terms) * largest if math.isfinite(largest) else math.inf
    pairs = zip(found, total.numbers, strict=True)
    return all(
        abs(one - other) <= close or one == other or (math.isnan(one) and math.isnan(other))
        for one, other in pairs
    )


def path_words(parts: StepParts, step: int) -> str:
    """Return where a gradient comes from: "from mul, line 8"."""
    run = parts.naming.run
    backward = run.passes[parts.backward]
    if not 0 < step <= len(backward.steps):
        return tr("from {node}").format(node=at_line(f"{backward.call}()", backward.spot))
    before = backward.steps[step - 1]
    maker = None if before.operation is None else run.operations[before.operation]
    node = before.grad_fn if maker is None else at_line(maker.name, maker.spot)
    return tr("from {node}").format(node=node)


def _given(parts: StepParts) -> list[Term]:
    """Return what arrives, all slots of it, as the beginning of an equation."""
    terms: list[Term] = []
    for slot, values in parts.answers.arrived.items():
        paths = parts.paths_to(slot)
        if len(paths) == 1:
            origin = path_words(parts, parts.row.steps[paths[0]])
            if is_changed(parts, slot):
                origin = tr("{origin}, changed by a hook").format(origin=origin)
        else:
            origin = tr("the sum above")
        name = parts.naming.gradient(parts.naming.output(slot))
        terms += [matrix(values, name, origin, "gradient"), ","]
    return terms[:-1]


# ------------------------------------------------------------------------------------ what goes on


def _onward(
    parts: StepParts, slot: int, name: str, operand: Operand, going: Values, place: int
) -> Equation:
    """Return how what arrives becomes the gradient of an input."""
    given = _given(parts)
    result = matrix(going, parts.naming.gradient(operand), operand.goes_to, "gradient")
    tree = parts.expression_of(name)
    derivative = parts.answers.derivative(slot)
    lead = tr("Times the local derivative,")
    if len(given) == 1 and tree is not None:
        product = _product(parts, tree, given[0], going)
        if product is not None:
            text = tr("as a matrix product")
            return Equation(place, lead, text, (*product, "=", result))
        factor = factor_of(tree)
        if factor is not None and number_of(factor) == 1 and _is_by_cell(parts, derivative, going):
            lead, text = tr("What arrives"), tr("goes on unchanged")
            return Equation(place, lead, text, (*given, "=", result))
        local = _local(parts, tree, derivative, going)
        if local is not None and not parts.is_summed(tree, slot):
            is_row = derivative is not None and derivative[0] == "row"
            text = tr("one number for all cells") if is_row else tr("cell by cell")
            return Equation(place, lead, text, (*given, "·", local, "=", result))
    links = _links(derivative, given, result)
    if tree is None:
        lead, text = tr("In and out,"), tr("as torch computed them")
    elif parts.is_summed(tree, slot):
        text = tr("summed where {name} was repeated").format(name=operand.full)
        if isinstance(tree, ast.Name):
            lead = tr("What arrives,")
    else:
        lead, text = tr("What goes on:"), tr("by the rule above")
    return Equation(place, lead, text, (*given, "→", result), links)


def _is_by_cell(parts: StepParts, derivative: tuple[str, Values] | None, going: Values) -> bool:
    """Return whether each cell that goes on follows from the cell at the same place."""
    if derivative is not None:
        return derivative[0] in ("cells", "ones")
    return all(one.shape == going.shape for one in parts.answers.arrived.values())


def _product(
    parts: StepParts, tree: ast.expr, given: Term, going: Values
) -> tuple[Term, ...] | None:
    """Return both sides of a product of matrices, None if it is not one that can be drawn."""
    sides = product_of(tree)
    if sides is None or len(going.shape) != 2:
        return None
    terms: list[Term] = []
    for side in sides:
        name = name_of(side)
        if name == "grad":
            terms += [given, "×"]
            continue
        values = None if name is None else parts.answers.saved(name)
        if name is None or values is None or len(values.shape) != 2:
            return None
        caption = (*parts.formula(side), Piece(f" {tr(_QUIET_SAVED)}", "quiet"))
        origin = _made_on(parts.inputs.get(name))
        flipped = is_transposed(side)
        terms += [matrix(values, caption, origin, "value", transposed=flipped), "×"]
    return tuple(terms[:-1])


def _made_on(operand: Operand | None) -> str:
    if operand is None or operand.line is None:
        return ""
    return tr("made on line {line}").format(line=operand.line)


def _local(
    parts: StepParts, tree: ast.expr, derivative: tuple[str, Values] | None, going: Values
) -> Matrix | None:
    """Return the local derivative of a rule that multiplies cell by cell, None for others."""
    factor = factor_of(tree)
    if factor is None or (derivative is not None and derivative[0] == "matrix"):
        return None
    name = parts.formula(factor)
    asked = name_of(factor)
    if asked is not None and not is_transposed(factor):
        operand = parts.naming.result if asked == "result" else parts.inputs.get(asked)
        saved = parts.answers.saved(asked)
        is_kept = saved is not None and (operand is None or operand.number is None)
        caption = (*name, Piece(f" {tr(_QUIET_SAVED)}", "quiet")) if is_kept else name
        if derivative is not None or saved is not None:
            values = saved if derivative is None else derivative[1]
            return matrix(values, caption, _made_on(operand), "value")
        if parts.naming.saved_tensor(asked) is None:
            return Matrix(name, tr("forward did not keep it"), "not_kept")
    if derivative is not None:
        return matrix(derivative[1], name, tr("computed by the node"), "value")
    if len(going.shape) and number_of(factor) is None:
        arrived = parts.answers.first_arrived
        if arrived is None or arrived.shape != going.shape:
            return None
    return replace(Matrix(name, tr("too large to ask for"), "formula"), formula=name)


def _links(
    derivative: tuple[str, Values] | None, given: list[Term], result: Matrix
) -> dict[Cell, tuple[Link, ...]]:
    """Return which cells of what arrived go into each cell of the result, and times what."""
    sources = [term for term in given if isinstance(term, Matrix)]
    if derivative is None or len(sources) != 1:
        return {}
    kind, values = derivative
    numbers = values.numbers
    if numbers is None:
        return {}
    _, width = result.size
    _, source_width = sources[0].size
    if kind == "cells":
        return {
            divmod(at, width): (Link(divmod(at, width), factor),) * bool(factor)
            for at, factor in enumerate(numbers)
        }
    if kind == "ones":  # sums of what each cell adds, unless the node works cell by cell
        return {}
    if kind == "row":
        return {divmod(at, width): (Link((0, 0), one),) for at, one in enumerate(numbers)}
    count, cells = values.shape
    return {
        divmod(at, width): tuple(
            Link(divmod(source, source_width), factor)
            for source in range(count)
            if (factor := numbers[source * cells + at])
        )
        for at in range(cells)
    }


def accumulation(parts: StepParts, leaf: Operand) -> Iterator[Equation]:
    """Yield the equations of a step that adds to the `.grad` of a leaf."""
    arrivals = _arrivals(parts)
    yield from arrivals
    after, before = parts.answers.value("after"), parts.answers.value("before")
    if after is None:
        return
    name, place = (*leaf.name, Piece(".grad", "italic")), len(arrivals) + 1
    result = matrix(after, name, tr("after this step"), "gradient")
    given = _given(parts)
    if before is None:
        lead, text = tr("The first gradient"), tr("becomes .grad")
        yield Equation(place, lead, text, (*given, "=", result))
    else:
        there = matrix(before, name, tr("before this step"), "gradient")
        lead, text = tr("What arrives"), tr("is added to .grad")
        arrived = list(parts.answers.arrived.values())
        sign: Sign = "=" if are_sum([before, *arrived], after, parts.naming.rounding) else "→"
        yield Equation(place, lead, text, (there, "+", *given, sign, result))
