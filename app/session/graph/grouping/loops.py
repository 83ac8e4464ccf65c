"""The loops in the user's files, and their names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from app.contract.spots import spot
from app.session.source.files import FileText
from app.session.source.parsing import parsed, unparsed

LoopNode = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True, slots=True)
class Loop:
    """`name` finds it again when lines were added above; `line` is a spot."""

    name: str
    title: str
    line: int


def loops_of(source: FileText) -> dict[int, Loop]:
    """The loops of a file by the spot of their header; none where it does not parse."""
    kind = f"loop:{source.file.name}:" if source.file else "loop:"
    found: dict[int, Loop] = {}
    names: dict[str, int] = {}
    for node in _walk(parsed(source.text)):
        name = "while" if isinstance(node, ast.While) else unparsed(node.target)
        names[name] = count = names.get(name, 0) + 1
        at = spot(source.file, node.lineno)
        found[at] = Loop(
            name=f"{kind}{name}" if count == 1 else f"{kind}{name}.{count}",
            title=_header(node),
            line=at,
        )
    return found


def _walk(tree: ast.AST) -> Iterator[LoopNode]:
    """Every loop, in the order of the text."""
    found = (node for node in ast.walk(tree) if isinstance(node, LoopNode))
    return iter(sorted(found, key=lambda node: node.lineno))


def _header(node: LoopNode) -> str:
    if isinstance(node, ast.While):
        return f"while {unparsed(node.test)}"
    return f"for {unparsed(node.target)} in {unparsed(node.iter)}"
