"""Syntax trees of the user's texts, which need not be Python that this Python understands."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from types import CodeType
from typing import TypeVar

T = TypeVar("T")


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


def compiles(text: str) -> bool:
    """Return whether a text is a whole program: not one with `return` outside a function."""
    return _accepted(text, _compiled) is not None


def first_line(statement: ast.stmt) -> int:
    """Return the first line of a statement, which is that of its first decorator if it has one."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def unparsed(node: ast.AST) -> str:
    """Return the code of a node; "…" where it is nested too deeply for that."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return "…"


def _parsed(text: str) -> ast.Module | None:
    return _accepted(text, ast.parse)


def _accepted(text: str, read: Callable[[str], T]) -> T | None:
    """Return what `read` makes of a text; None if Python refuses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler thinks of the user's text
        try:
            return read(text)
        except (SyntaxError, ValueError):
            return None
        except (RecursionError, MemoryError):  # it is nested more deeply than the parser goes
            return None


def _compiled(text: str) -> CodeType:
    code: CodeType = compile(text, "<snippet>", "exec", dont_inherit=True)
    return code
