"""The statements of a text with their lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

_BLOCKS = frozenset(("body", "handlers", "cases", "orelse", "finalbody"))
"""The fields of compound statements that hold blocks; they are in their order in the text."""

_WITH_BLOCKS = (ast.Module, ast.stmt, ast.ExceptHandler, ast.match_case)


def statements(node: ast.AST, lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and last line (1-based) of every statement inside `node` that can run.

    They are in the order of the text.  For a compound statement they are those of its head.
    """
    for block in blocks(node):
        for part in block:
            if isinstance(part, ast.stmt) and runs(part):
                yield first_line(part), _last_line(part, lines)
            yield from statements(part, lines)


def blocks(node: ast.AST) -> Iterator[list[Any]]:
    """Yield the blocks inside a node: lists of statements, handlers or cases."""
    if isinstance(node, _WITH_BLOCKS):
        for name in node._fields:
            if name in _BLOCKS and (block := getattr(node, name)):
                yield block


def runs(node: ast.stmt) -> bool:
    """Return whether a statement runs; docstrings and declarations do not."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return not isinstance(node.value.value, str)
    if isinstance(node, ast.ImportFrom):
        return node.module != "__future__"
    bare = isinstance(node, ast.AnnAssign) and node.value is None
    return not bare and not isinstance(node, (ast.Global, ast.Nonlocal))


def first_line(node: ast.stmt) -> int:
    """Return the first line, which is that of a decorator if there is one."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def _last_line(node: ast.stmt, lines: Sequence[str]) -> int:
    """Return the last line, for a compound statement that of its head, closing bracket included."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return node.end_lineno or node.lineno
    line: int
    if isinstance(node, ast.Match):
        line = body[0].pattern.lineno
    else:
        line, column = first_line(body[0]), body[0].col_offset
        if lines[line - 1][:column].strip():
            return line  # the block begins on the line where the head ends
    last = line - 1
    while last > node.lineno and lines[last - 1].strip()[:1] in ("", "#"):
        last -= 1
    return last
