"""The loops in the user's files: their names, and the classes that contain them."""

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
    """`name` finds it again when lines were added above; `owner` is the class whose method it
    stands in, "" if it stands in none."""

    name: str
    title: str
    line: int
    owner: str


def loops_of(source: FileText) -> dict[int, Loop]:
    """The loops of a file by the spot of their header; none where it does not parse."""
    kind = f"loop:{source.file.name}:" if source.file else "loop:"
    found: dict[int, Loop] = {}
    names: dict[str, int] = {}
    for node, owner in _walk(parsed(source.text)):
        name = "while" if isinstance(node, ast.While) else unparsed(node.target)
        names[name] = count = names.get(name, 0) + 1
        at = spot(source.file, node.lineno)
        found[at] = Loop(
            name=f"{kind}{name}" if count == 1 else f"{kind}{name}.{count}",
            title=_header(node),
            line=at,
            owner=owner,
        )
    return found


def _walk(tree: ast.AST) -> Iterator[tuple[LoopNode, str]]:
    """Every loop with the class around it, in the order of the text."""
    waiting = [(tree, "")]
    found: list[tuple[LoopNode, str]] = []
    while waiting:
        node, owner = waiting.pop()
        if isinstance(node, LoopNode):
            found.append((node, owner))
        elif isinstance(node, ast.ClassDef):
            owner = node.name
        waiting.extend((inner, owner) for inner in ast.iter_child_nodes(node))
    return iter(sorted(found, key=lambda entry: entry[0].lineno))


def _header(node: LoopNode) -> str:
    if isinstance(node, ast.While):
        return f"while {unparsed(node.test)}"
    return f"for {unparsed(node.target)} in {unparsed(node.iter)}"
