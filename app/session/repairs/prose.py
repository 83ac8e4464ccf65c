"""Separating the code of an article from the words around it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from app.session.source.parsing import parsed

Kind = Literal["code", "weak", "comment", "blank", "prose"]
"""`weak`: code only beside other code, such as `model.eval()`, which may be part of a sentence."""

_CONTINUES = re.compile(r"(elif|else|except|finally)\b")
_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')
_MOST_JOINED = 40
"""The most lines of one statement; a bracket in prose may never be closed."""


class Passage(NamedTuple):
    """A statement or another line of the text; a statement may have several lines."""

    kind: Kind
    lines: list[str]


def without_line_numbers(lines: list[str]) -> list[str]:
    """Take out the numbers of lines that were copied as lines of their own: 1, 2, 3, …

    >>> without_line_numbers(["Code:", "1", "2", "x = 1", "3"])
    ['Code:', 'x = 1', '3']
    """
    kept: list[str] = []
    at = 0
    while at < len(lines):
        count = 0
        while at + count < len(lines) and lines[at + count].strip() == str(count + 1):
            count += 1
        if count < 2:
            kept.append(lines[at])
        at += max(1, count)
    return kept


def pieces(lines: list[str]) -> list[Passage]:
    """Return the statements and other lines in their order."""
    found = list(_read(lines))
    for place, piece in enumerate(found):
        if piece.kind == "weak":
            found[place] = piece._replace(kind=_settled(found, place))
    return found


def _read(lines: list[str]) -> Iterator[Passage]:
    at = 0
    while at < len(lines):
        count, kind, text = _statement(lines, at)
        yield Passage(kind, text)
        at += count


def _statement(lines: list[str], at: int) -> tuple[int, Kind, list[str]]:
    first = lines[at].strip()
    if not first or first.startswith("#"):
        return 1, "comment" if first else "blank", [lines[at]]
    for count in range(1, min(_MOST_JOINED, len(lines) - at) + 1):
        for joined in (lines[at : at + count], [_straight(s) for s in lines[at : at + count]]):
            kind = _kind("\n".join(joined).strip())
            if kind != "prose":
                return count, kind, joined
        if not _is_open("\n".join(lines[at : at + count])):
            break
    return 1, "prose", [lines[at]]


def _straight(line: str) -> str:
    return line.translate(_STRAIGHT)


def _is_open(text: str) -> bool:
    """Return whether a bracket or a long string is not closed yet, about."""
    opened = sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
    return opened > 0 or text.count('"""') % 2 == 1 or text.rstrip().endswith("\\")


def _kind(code: str) -> Kind:
    """Return what one statement, or the first line of a compound one, is."""
    body = _completed(code)
    if not body or not _is_ascii(body):
        return "prose"
    statement = body[0]
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return "weak"
    if not isinstance(statement, ast.Expr):
        return "code"
    value = statement.value
    if isinstance(value, ast.Call):
        return "code" if value.args or value.keywords else "weak"
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str | type(...))
    return "weak" if is_text else "prose"


def _completed(code: str) -> list[ast.stmt]:
    """Return a statement, completed if it is the first line of a compound one; [] for prose."""
    if code.startswith("@"):
        code += "\ndef f(): pass"
    elif opens_block(code):
        before = "try: pass\n" if code.startswith(("except", "finally")) else "if 1: pass\n"
        code = f"{before if _CONTINUES.match(code) else ''}{without_comment(code)} pass"
    return parsed(code).body


def opens_block(code: str) -> bool:
    """Return whether a line ends in a colon that wants an indented block.

    >>> opens_block("for x in xs:  # each"), opens_block("x[1:]"), opens_block("if x: y = 1")
    (True, False, False)
    """
    return without_comment(code).endswith(":")


def without_comment(code: str) -> str:
    """Return code without a comment at its end; a `#` in a string counts as one too."""
    return re.sub(r"\s*#[^'\"]*$", "", code).rstrip()


def _is_ascii(body: list[ast.stmt]) -> bool:
    names = (node.id for tree in body for node in ast.walk(tree) if isinstance(node, ast.Name))
    return all(name.isascii() for name in names)


def _settled(found: list[Passage], place: int) -> Kind:
    """Return what a weak line is, by the nearest lines before (settled) and after it."""
    before = next((p.kind for p in reversed(found[:place]) if p.kind != "blank"), "prose")
    after = next((p.kind for p in found[place + 1 :] if p.kind != "blank"), "prose")
    return "code" if "code" in (before, after) else "prose"
