"""The roles of the characters of a line in Python, by Pygments, and in Markdown.

Only whether a line starts inside a triple-quoted string is carried over, so that typing costs one
line and not the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal, cast

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

Language = Literal["python", "markdown"]
Role = Literal["keyword", "string", "number", "call", "comment", "heading"]
LineRoles = Callable[[str, int], tuple[tuple[tuple[int, int, Role], ...], int]]
_STACKS: dict[int, tuple[str, ...]] = {
    0: ("root",),
    1: ("root", "tdqs"),
    2: ("root", "tsqs"),
}
# A line ends within a string if this, put after it, is one: the lexer does not give its state.
_PROBE = "\nx"
_lexer = PythonLexer()
_LONGEST = 2_000
"""Characters of a line that are looked at, 20 milliseconds' work; the rest has no colours."""


def line_roles(text: str, state: int) -> tuple[tuple[tuple[int, int, Role], ...], int]:
    """Return the coloured ranges (start, length, role) of a line and the state after it.

    `state` is 0 in code, 1 inside a string of three double quotes, 2 of three single ones.

    >>> line_roles("x = f(1)", 0)
    (((4, 1, 'call'), (6, 1, 'number')), 0)
    """
    return _line_roles(text[:_LONGEST], state)


@lru_cache(maxsize=4096)
def _line_roles(text: str, state: int) -> tuple[tuple[tuple[int, int, Role], ...], int]:
    roles: list[tuple[int, int, Role]] = []
    after = 0
    for start, kind, token in _lexer.get_tokens_unprocessed(text + _PROBE, _STACKS[state]):
        if start + len(token) > len(text) + 1:
            after = _state_of(kind)
        if start < len(text) and (role := _role(kind, text, start + len(token))):
            roles.append((start, min(len(token), len(text) - start), role))
    return tuple(roles), after


_MARKDOWN = re.compile(
    r"(?P<heading>^#{1,6} .*)|(?P<comment><!--.*?-->)|(?P<call>!?\[[^\]]*\]\([^)]*\))"
    r"|(?P<string>`[^`]+`)"
)


def markdown_roles(text: str, state: int) -> tuple[tuple[tuple[int, int, Role], ...], int]:
    """Return the same for a line of Markdown.  `state` is 1 inside a block of code.

    >>> markdown_roles("See `x`", 0)
    (((4, 3, 'string'),), 0)
    """
    if text.startswith("```"):
        return ((0, len(text), "comment"),), 1 - min(state, 1)
    if state:
        return line_roles(text, 0)[0], 1
    found = _MARKDOWN.finditer(text[:_LONGEST])
    return tuple((one.start(), len(one[0]), cast(Role, one.lastgroup)) for one in found), 0


ROLES: Final[dict[Language, LineRoles]] = {"python": line_roles, "markdown": markdown_roles}


def _state_of(kind: _TokenType) -> int:
    if not _within(kind, String):
        return 0
    return 2 if _within(kind, String.Single) else 1


def _role(kind: _TokenType, text: str, end: int) -> Role | None:
    if _within(kind, Comment):
        return "comment"
    if _within(kind, String) and kind is not String.Affix:
        return "string"
    if _within(kind, Number):
        return "number"
    if _within(kind, Keyword) or kind is Operator.Word:
        return "keyword"
    if kind is Name.Decorator or (_within(kind, Name) and text[end : end + 1] == "("):
        return "call"
    return None


def _within(kind: _TokenType, family: _TokenType) -> bool:
    return kind[: len(family)] == family
