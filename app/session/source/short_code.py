"""Shortens code for sentences: long calls keep their name and lose their arguments."""

from __future__ import annotations

import ast

from app.session.source.parsing import parsed_expression

LONGEST = 48
"""The largest number of characters of code in a sentence."""


def shortened(code: str) -> str:
    """A long call without its arguments, and with as much of its name as there is room for:
    `torch.nn.utils.clip_grad_norm_(…)`.  Other long code gives ""."""
    flat = " ".join(code.split())
    if len(flat) <= LONGEST:
        return flat
    call = parsed_expression(code)
    if not isinstance(call, ast.Call):
        return ""
    arguments = "(…)" if call.args or call.keywords else "()"
    names = _names(call.func)
    while names and len(".".join(names)) + len(arguments) > LONGEST:
        del names[0]
    return ".".join(names) + arguments if names else ""


def _names(function: ast.expr) -> list[str]:
    """Return the names of a called function: all three of `a.b.c`, the last of `f(x).mean`."""
    names: list[str] = []
    while isinstance(function, ast.Attribute):
        names.insert(0, function.attr)
        function = function.value
    return [function.id, *names] if isinstance(function, ast.Name) else names


def is_call_of(code: str, operation: str) -> bool:
    """Whether code, shortened or not, is a call by this name, or an operator's expression."""
    expression = parsed_expression(code.replace("…", "..."))
    if isinstance(expression, ast.Call):
        names = _names(expression.func)
        return bool(names) and names[-1] == operation
    return isinstance(expression, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript))
