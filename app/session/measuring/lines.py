"""Which lines of a text can be measured alone, for what is selected in it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from app.session.language import tr
from app.session.source.effects import Effect, first_effect
from app.session.source.parsing import first_line, is_python, parsed

_DEFINITIONS = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
)  # fmt: skip


class MeasuringScope(NamedTuple):
    """The first and last line that can be measured, or why there are none."""

    lines: tuple[int, int] | None
    why: str


def scope_of(
    text: str, first: int, last: int, cell: tuple[int, int] | None = None
) -> MeasuringScope:
    """Return the whole statements on lines `first` to `last`, which are one where nothing is
    selected.

    For a single line that is a `with` block around it, else the `cell` that it is in, if any.
    Takes time in proportion to the text.
    """
    body = parsed(text).body
    if not body and not is_python(text):
        return MeasuringScope(None, tr("The text is not valid Python yet."))
    found = _on(body, first, last)
    if cell is not None and first == last and not any(isinstance(one, ast.With) for one in found):
        found = _on(body, *cell)
    while found and isinstance(found[0], _DEFINITIONS):
        del found[0]
    if found:
        return MeasuringScope((first_line(found[0]), _last(found[-1])), "")
    if _on(body, first, last):
        text = tr("Line {line} only defines or imports something: choose lines that use it.")
        return MeasuringScope(None, text.format(line=first))
    return MeasuringScope(None, tr("There is no statement on line {line}.").format(line=first))


def effect_of(text: str, lines: Sequence[int]) -> Effect | None:
    """Return the first call that acts outside the program, in all of it or up to the last of
    these lines: what is below them does not run."""
    return first_effect("\n".join(text.split("\n")[: lines[-1]]) if lines else text)


def _on(body: list[ast.stmt], first: int, last: int) -> list[ast.stmt]:
    return [node for node in body if first_line(node) <= last and first <= _last(node)]


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
