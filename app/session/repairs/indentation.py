"""Giving lines their indentation back, after a web page or a chat has lost it.

What a block ends with is not in the text any more.  Python's rules decide most of it: a `return`
ends its block, `def` with `self` belongs to the class, `else` to the last `if`.  The rest is what
people write: the `return` after a loop is the function's, and what reaches `backward()` is not
under `no_grad`.
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import NamedTuple

from app.session.repairs.prose import Passage, opens_block
from app.session.source.parsing import is_python

_INDENT = "    "
_ENDS = re.compile(r"(return|raise|break|continue)\b")
_LOOP = re.compile(r"(async +)?(for|while)\b")
_DEFINES = re.compile(r"(async +)?(def|class)\b|@")
_METHOD = re.compile(r"(async +)?def +\w+\( *(self|cls)\b")
_GRAD_OFF = re.compile(r"with +torch\.(no_grad|inference_mode)\b")
_PARTNERS = {
    "elif": ("if", "elif"),
    "else": ("if", "elif", "for", "while", "except"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}


class _Block(NamedTuple):
    header: str
    first: int
    """The place of its first statement."""

    @property
    def word(self) -> str:
        return self.header.removeprefix("async ").split("(")[0].split(":")[0].split()[0]


def indented(block: list[Passage]) -> list[str] | None:
    """Return the lines of consecutive code, indented; None if they do not become Python."""
    as_it_was = dedent("\n".join(line for piece in block for line in piece.lines)).split("\n")
    if is_python("\n".join(as_it_was)):
        return as_it_was
    lines = _indented(block)
    return lines if is_python("\n".join(lines)) else None


def _indented(block: list[Passage]) -> list[str]:
    codes = [dedent("\n".join(piece.lines)).strip() for piece in block]
    open_: list[_Block] = []
    depths: list[int | None] = []
    ended = False
    for place, code in enumerate(codes):
        if block[place].kind in ("blank", "comment"):
            depths.append(None)
            continue
        _close(open_, codes, place, ended=ended)
        depths.append(len(open_))
        ended = bool(_ENDS.match(code))
        if opens_block(code):
            open_.append(_Block(code, _next(block, place)))
    return _with_depths(codes, depths)


def _next(block: list[Passage], place: int) -> int:
    """Return the place of the next statement."""
    kinds = [piece.kind for piece in block]
    return next((i for i in range(place + 1, len(block)) if kinds[i] == "code"), len(block))


def _close(open_: list[_Block], codes: list[str], place: int, *, ended: bool) -> None:
    """End the blocks that the statement at a place is not part of."""
    code = codes[place]
    if open_ and open_[-1].first == place:
        return  # a block is never empty
    word = re.split(r"\W", code, maxsplit=1)[0]
    if word in _PARTNERS:
        while open_ and open_[-1].word not in _PARTNERS[word]:
            open_.pop()
        if open_:
            open_.pop()
        return
    if ended:
        while open_ and open_[-1].word == "with":
            open_.pop()
        del open_[-1:]
    if _DEFINES.match(code):
        header = next((c for c in codes[place:] if not c.startswith("@")), "")
        while open_ and not (open_[-1].word == "class" and _METHOD.match(header)):
            open_.pop()
    elif code.startswith("return"):
        while open_ and _LOOP.match(open_[-1].header):
            open_.pop()
    elif (open_ and open_[-1].word == "class" and ended) or (
        open_
        and _GRAD_OFF.match(open_[-1].header)
        and any(".backward(" in later for later in codes[place:])
    ):
        open_.pop()


def _with_depths(codes: list[str], depths: list[int | None]) -> list[str]:
    """Return the lines; a comment is as deep as what follows it."""
    lines: list[str] = []
    for place, code in enumerate(codes):
        later = (depth for depth in depths[place:] if depth is not None)
        earlier = (depth for depth in reversed(depths[:place]) if depth is not None)
        inner = _INDENT * next(later, next(earlier, 0))
        lines += [f"{inner}{line}" if line.strip() else "" for line in code.split("\n")]
    return lines
