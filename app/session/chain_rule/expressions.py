"""The expressions of rules: read once, then drawn as formulas and, in the tests, computed by torch.

They are Python's: `grad * other`, `mat1.T @ grad`, `where(self > 0, grad, 0)`.  A name is an input
of the operation, `result`, `grad`, or a setting of the node (`alpha`), whose value is put in.
A comparison is 1 where it holds and 0 elsewhere, and a bound that is None always holds.

Three functions depend on the node: `spread(x)` repeats x for all numbers that it was computed
from, and is x itself where it is one number; `reduce(x)` and `share(x)` are what the `reduction`
of a loss says, as torch numbers it: 0 is none, 1 the mean over `count`, 2 the sum; `share(x, n)`
is of a mean over n.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from app.session.chain_rule.symbols import Formula, Piece, plain
from app.session.language import tr

Names = Mapping[str, Formula]

_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: " + ", ast.Sub: " − ", ast.Mult: " · ", ast.MatMult: " × ", ast.Div: " / ",
    ast.Gt: " > ", ast.Lt: " < ", ast.GtE: " ≥ ", ast.LtE: " ≤ ", ast.Eq: " = ",
}  # fmt: skip
_SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(5)


def expression(text: str, settings: Mapping[str, Any]) -> ast.expr:
    """Read an expression, put the settings in, and leave out what changes nothing: `1 * grad`.

    >>> ast.unparse(expression("grad * exponent * self ** (exponent - 1)", {"exponent": 2}))
    'grad * 2 * self'
    """
    return _simple(ast.parse(text, mode="eval").body, settings)


def _simple(node: ast.expr, settings: Mapping[str, Any]) -> ast.expr:
    if isinstance(node, ast.Name) and node.id in settings:
        return ast.Constant(settings[node.id])
    if isinstance(node, ast.BinOp):
        return _operation(_simple(node.left, settings), node.op, _simple(node.right, settings))
    if isinstance(node, ast.UnaryOp):
        operand = _simple(node.operand, settings)
        if (value := number_of(operand)) is not None:
            return ast.Constant(-value)
        return ast.UnaryOp(node.op, operand)
    if isinstance(node, ast.Compare):
        (bound,) = node.comparators
        right = _simple(bound, settings)
        if isinstance(right, ast.Constant) and right.value is None:
            return ast.Constant(1)
        return ast.Compare(_simple(node.left, settings), node.ops, [right])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _called(node.func.id, [_simple(one, settings) for one in node.args], settings)
    if isinstance(node, ast.Attribute):
        return ast.Attribute(_simple(node.value, settings), node.attr, node.ctx)
    return node


def _called(name: str, given: list[ast.expr], settings: Mapping[str, Any]) -> ast.expr:
    reduction = settings.get("reduction")
    if name == "share" and reduction is not None:
        count = given[1] if given[1:] else ast.Constant(settings["count"])
        return _operation(given[0], ast.Div(), count) if reduction == 1 else given[0]
    if (name == "spread" and settings.get("whole")) or (name == "reduce" and reduction == 0):
        return given[0]
    if name == "reduce" and reduction is not None:
        name = "mean" if reduction == 1 else "sum"
    return ast.Call(ast.Name(name, ast.Load()), given, [])


def _operation(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    one, other = number_of(left), number_of(right)
    if one is not None and other is not None and isinstance(op, (ast.Sub, ast.Add)):
        return ast.Constant(one - other if isinstance(op, ast.Sub) else one + other)
    if isinstance(op, ast.Mult) and one in (1, -1):
        return right if one == 1 else ast.UnaryOp(ast.USub(), right)
    if isinstance(op, (ast.Mult, ast.Div, ast.Pow)) and other == 1:
        return left
    return ast.BinOp(left, op, right)


def number_of(node: ast.expr) -> float | None:
    """Return the number that an expression is, None if it is another."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    return None


def names_in(node: ast.expr) -> set[str]:
    """Return the tensors that an expression needs, `grad` apart."""
    parts = list(ast.walk(node))
    called = {id(one.func) for one in parts if isinstance(one, ast.Call)}
    names = {one.id for one in parts if isinstance(one, ast.Name) and id(one) not in called}
    return names - {"grad", "π"}


def factor_of(node: ast.expr) -> ast.expr | None:
    """Return what `grad` is multiplied by; None if the expression is not such a product.

    >>> ast.unparse(factor_of(expression("-grad * self / other ** 2", {})))
    '-self / other ** 2'
    """
    if isinstance(node, ast.Name):
        return ast.Constant(1) if node.id == "grad" else None
    if isinstance(node, ast.UnaryOp) and (inner := factor_of(node.operand)) is not None:
        return _simple(ast.UnaryOp(node.op, inner), {})
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        if (left := factor_of(node.left)) is not None and not _has_grad(node.right):
            return _operation(left, node.op, node.right)
        right = factor_of(node.right) if isinstance(node.op, ast.Mult) else None
        if right is not None and not _has_grad(node.left):
            return _operation(node.left, node.op, right)
    return None


def _has_grad(node: ast.expr) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "grad" for one in ast.walk(node))


def product_of(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Return the sides of a matrix product, None for another expression."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.left, node.right
    return None


def is_transposed(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "T"


def name_of(node: ast.expr) -> str | None:
    """Return the name that an expression is, also where it is transposed; None for others."""
    if isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


# ------------------------------------------------------------------------------------ as formulas


def formula(node: ast.expr, names: Names) -> Formula:
    """Return an expression as pieces; a name that `names` does not have is kept as it is."""
    return _joined(_drawn(node, names)[0])


Drawn = tuple[Formula, int]
"""Pieces, and how tightly they hold together."""


def _joined(pieces: Formula) -> Formula:
    """Join neighbours of one style into one piece."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1][1:] == piece[1:]:
            found[-1] = piece._replace(text=found[-1].text + piece.text)
        else:
            found.append(piece)
    return tuple(found)


def _drawn(node: ast.expr, names: Names) -> Drawn:
    if isinstance(node, ast.Name):
        usual = Piece(node.id, "roman" if node.id == "π" else "italic")
        return names.get(node.id, (usual,)), _ATOM
    if isinstance(node, ast.Constant):
        return _number(node.value)
    if isinstance(node, ast.BinOp):
        return _binary(node, names)
    if isinstance(node, ast.UnaryOp):
        return (Piece("−"), *_within(node.operand, names, _MINUS)), _MINUS
    if isinstance(node, ast.Compare):
        sign = Piece(_SIGNS[type(node.ops[0])])
        sides = formula(node.left, names), formula(node.comparators[0], names)
        return (Piece("["), *sides[0], sign, *sides[1], Piece("]")), _ATOM
    if isinstance(node, ast.Attribute):
        return (*_within(node.value, names, _ATOM), Piece("T", level=1)), _ATOM
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        parts = [formula(one, names) for one in node.args]
        return _CALLS.get(node.func.id, _call)(node.func.id, parts), _ATOM
    raise ValueError(f"{ast.unparse(node)} is not an expression of a rule")


def _number(value: object) -> Drawn:
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    negative = text.startswith("-")
    return (Piece(text.replace("-", "−")),), _MINUS if negative else _ATOM


def _within(node: ast.expr, names: Names, least: int) -> Formula:
    pieces, strength = _drawn(node, names)
    return pieces if strength >= least else (Piece("("), *pieces, Piece(")"))


def _binary(node: ast.BinOp, names: Names) -> Drawn:
    op = type(node.op)
    if op is ast.Pow:
        raised = tuple(piece._replace(level=1) for piece in formula(node.right, names))
        return (*_within(node.left, names, _ATOM), *raised), _POWER
    is_sum = op in (ast.Add, ast.Sub)
    strength = _SUM if is_sum else _PRODUCT
    right = _POWER if op is ast.Div else strength + (op in (ast.Sub, ast.MatMult))
    sides = _within(node.left, names, strength), _within(node.right, names, right)
    return (*sides[0], Piece(_SIGNS[op]), *sides[1]), strength


def _call(name: str, parts: list[Formula]) -> Formula:
    pieces: list[Piece] = [Piece(f"{name}(")]
    for place, part in enumerate(parts):
        pieces += [Piece(", ")] * bool(place) + list(part)
    return (*pieces, Piece(")"))


def _where(_: str, parts: list[Formula]) -> Formula:
    condition, one, other = parts
    if plain(condition).startswith("["):  # a comparison says it without brackets
        condition = _unbracketed(condition)
    where, otherwise = tr("where"), tr("else")
    words = Piece(f" {where} "), Piece(f", {otherwise} ")
    return (Piece("("), *one, words[0], *condition, words[1], *other, Piece(")"))


def _unbracketed(condition: Formula) -> Formula:
    first, *_, last = condition
    inner = (first._replace(text=first.text[1:]), *condition[1:-1])
    return tuple(one for one in (*inner, last._replace(text=last.text[:-1])) if one.text)


def _absolute(_: str, parts: list[Formula]) -> Formula:
    return (Piece("|"), *parts[0], Piece("|"))


def _root(_: str, parts: list[Formula]) -> Formula:
    return (Piece("√("), *parts[0], Piece(")"))


_CALLS: dict[str, Callable[[str, list[Formula]], Formula]] = {
    "where": _where, "abs": _absolute, "sqrt": _root,
}  # fmt: skip
