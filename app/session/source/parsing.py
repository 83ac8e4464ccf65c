"""Syntax trees of the user's texts, which need not be Python that this Python understands."""

from __future__ import annotations

import ast
import warnings


def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a text; an empty one where it is not Python."""
    return _parsed(text) or ast.Module([], [])


def parsed_expression(code: str) -> ast.expr | None:
    """Return the syntax tree of an expression; None if `code` is not one."""
    match parsed(code.strip()).body:
        case [ast.Expr(value)]:
            return value
        case _:
            return None


def is_python(text: str) -> bool:
    """Return whether a text can be parsed."""
    return _parsed(text) is not None


def first_line(statement: ast.stmt) -> int:
    """Return the first line of a statement, which is that of its first decorator if it has one."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the parser thinks of the user's text
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None
        except (RecursionError, MemoryError):  # it is nested more deeply than the parser goes
            return None


def unparsed(node: ast.AST) -> str:
    """Return the code of a node; "…" where it is nested too deeply for that."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "…"
