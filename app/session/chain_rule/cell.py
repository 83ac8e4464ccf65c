"""The computation of one cell: what the column at the right of an opened step says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.session.chain_rule.model import Cell, Equation, Matrix, MorePaths, OpenedStep, Sign
from app.session.chain_rule.symbols import Piece
from app.session.language import ngettext, number, tr

_RAISED = {"T": "ᵀ", "2": "²", "3": "³"}
_MOST_LINES = 4
"""More products than this are not written one by one."""


class LabelledNumber(NamedTuple):
    """A label and a number: "· x", 1.0; the number is None where it is not known."""

    label: str
    value: float | None


class Column(NamedTuple):
    """Lines above the rule, and the result below it."""

    lines: tuple[LabelledNumber, ...]
    result: LabelledNumber


class CellSum(NamedTuple):
    title: str
    """ "Cell [1, 1]" """
    columns: tuple[Column | None, ...]
    """One for each equation; None where the equation has no such cell."""
    marks: tuple[tuple[frozenset[Cell], ...], ...]
    """For each equation, the cells that take part, of each of its matrices."""


def cell_sum(step: OpenedStep, at: Cell, equation: int = -1) -> CellSum:
    """Compute the cell at this row and column of the result of an equation (the last one).

    Other equations compute theirs where their results have the same shape.
    """
    chosen = step.equations[equation].matrices[-1]
    columns: list[Column | None] = []
    marks: list[tuple[frozenset[Cell], ...]] = []
    for one in step.equations:
        result = one.matrices[-1]
        row, column = at
        inside = row < result.size[0] and column < result.size[1]
        if result.cells is None or result.size != chosen.size or not inside:
            columns.append(None)
            marks.append(tuple(frozenset[Cell]() for _ in one.matrices))
            continue
        columns.append(_column(one, at))
        marks.append(tuple(_marks(one, at)))
    index = ", ".join(map(str, chosen.index(*at)))
    return CellSum(tr("Cell [{index}]").format(index=index), tuple(columns), tuple(marks))


def _is_product(equation: Equation) -> bool:
    return "×" in equation.terms


def _marks(equation: Equation, at: Cell) -> Iterator[frozenset[Cell]]:
    parts = equation.matrices[:-1]
    row, column = at
    if _is_product(equation):
        left, right = parts[:2]
        yield frozenset((row, place) for place in range(left.size[1]))
        yield frozenset((place, column) for place in range(right.size[0]))
    elif "→" in equation.terms:
        yield frozenset(link.source for link in equation.links.get(at, ()))
        yield from (frozenset() for _ in parts[1:])
    else:
        for matrix in parts:
            yield frozenset([_clipped(matrix, at)]) if matrix.cells is not None else frozenset()
    yield frozenset([at])


def _clipped(matrix: Matrix, at: Cell) -> Cell:
    """Return the cell whose value is at `at`: a row, a column or a number is repeated."""
    rows, columns = matrix.size
    return (at[0] if rows > 1 else 0), (at[1] if columns > 1 else 0)


def _value(matrix: Matrix, at: Cell) -> float | None:
    if matrix.cells is None:
        return None
    row, column = _clipped(matrix, at)
    return matrix.cells[row][column]


def _label(matrix: Matrix) -> str:
    pieces = [one for one in matrix.name if one.style != "quiet"]
    return "".join(_spoken(one) for one in pieces)


def _factor(matrix: Matrix) -> str:
    """Return what a matrix is called behind a sign: a sum is in brackets."""
    text = _label(matrix)
    is_sum = any(f" {sign} " in text for sign in "+−") and not text.startswith("(")
    return f"({text})" if is_sum else text


def _spoken(piece: Piece) -> str:
    if piece.level < 0:
        return f" {piece.text}"
    return piece.text if not piece.level else _RAISED.get(piece.text, f"^{piece.text}")


def _column(equation: Equation, at: Cell) -> Column:
    result = equation.matrices[-1]
    if _is_product(equation):
        left, right = equation.matrices[:2]
        lines = _products(list(_pairs(left, right, at)))
    elif "→" in equation.terms:
        source = equation.matrices[0]
        found = equation.links.get(at, ())
        pairs = [(_value(source, link.source) or 0.0, link.factor) for link in found]
        lines = _products(pairs)
    else:
        lines = _terms(equation, at)
    return Column(tuple(lines), LabelledNumber(_label(result), _value(result, at)))


def _terms(equation: Equation, at: Cell) -> Iterator[LabelledNumber]:
    sign: Sign | None = None
    total, known = _value(equation.matrices[-1], at), 0.0
    for term in equation.terms:
        if isinstance(term, Matrix):
            value = _value(term, at)
            known += value or 0.0
            yield LabelledNumber(_label(term) if sign is None else f"{sign} {_factor(term)}", value)
        elif isinstance(term, MorePaths):
            text = tr("+ {count} more").format(count=number(term.paths))
            yield LabelledNumber(text, None if total is None else total - known)
        elif term in ("=", "→"):
            return
        else:
            sign = term


def _pairs(left: Matrix, right: Matrix, at: Cell) -> Iterator[tuple[float, float]]:
    """Yield the numbers whose products a cell of a matrix product sums."""
    if left.cells is not None and right.cells is not None:
        row, column = at
        yield from zip(left.cells[row], (cells[column] for cells in right.cells), strict=True)


def _products(pairs: Sequence[tuple[float, float]]) -> Iterator[LabelledNumber]:
    shown = pairs if len(pairs) <= _MOST_LINES else pairs[: _MOST_LINES - 1]
    for place, (one, other) in enumerate(shown):
        text = f"{_short(one)} · {_short(other)}"
        yield LabelledNumber(f"+ {text}" if place else text, one * other)
    rest = pairs[len(shown) :]
    if rest:
        text = ngettext("+ {count} more", "+ {count} more", len(rest))
        value = sum(one * other for one, other in rest)
        yield LabelledNumber(text.format(count=number(len(rest))), value)


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
