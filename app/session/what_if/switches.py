"""The places of a text that say something about recording, and that a what-if can leave out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.session.source.parsing import parsed

REGIONS = ("no_grad", "inference_mode", "enable_grad", "set_grad_enabled", "autocast")
_DETACHES = ("detach", "detach_")

Form = Literal["with", "decorator", "call"]


class Switch(NamedTuple):
    """A region or a `detach()`, in the words of the text: "no_grad"."""

    line: int
    name: str
    form: Form


def switches(text: str) -> dict[int, list[Switch]]:
    """Return the switches of a text by line; none where it is not Python.

    >>> switches("with torch.no_grad():\\n    y = x.detach()\\n")[2]
    [Switch(line=2, name='detach', form='call')]
    """
    found: dict[int, list[Switch]] = {}
    for node in ast.walk(parsed(text)):
        for switch in _in(node):
            if switch not in found.setdefault(switch.line, []):
                found[switch.line].append(switch)
    return {line: found[line] for line in sorted(found)}


def heads(text: str) -> set[int]:
    """Return the lines of the items of `with` statements and of decorators, whatever they are.

    What `with context:` enters is seen when it runs.
    """
    found = set()
    for node in ast.walk(parsed(text)):
        if isinstance(node, (ast.With, ast.AsyncWith)):
            found |= {item.context_expr.lineno for item in node.items}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found |= {decorator.lineno for decorator in node.decorator_list}
    return found


def _in(node: ast.AST) -> Iterator[Switch]:
    match node:
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                yield from _regions(item.context_expr, "with")
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            for decorator in node.decorator_list:
                yield from _regions(decorator, "decorator")
        case ast.Expr(value=ast.Call() as call) if _name(call.func) == "set_grad_enabled":
            yield Switch(call.lineno, "set_grad_enabled", "call")
        case ast.Call(func=function) if _name(function) in _DETACHES:
            yield Switch(function.end_lineno or node.lineno, _name(function), "call")
        case ast.Call(func=ast.Attribute(attr="enter_context"), args=[entered]):
            yield from _regions(entered, "with")


def _regions(expression: ast.expr, form: Form) -> Iterator[Switch]:
    function = expression.func if isinstance(expression, ast.Call) else expression
    if (name := _name(function)) in REGIONS:
        yield Switch(expression.lineno, name, form)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
