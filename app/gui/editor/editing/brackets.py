"""Finding the partner of a bracket."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_OPENERS: Final = {closing: opening for opening, closing in _PAIRS.items()}
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_MARK: Final = re.compile(r"[\"'#]")
# Each to the end of the line where it is not closed.
_QUOTED: Final = re.compile(
    r"""
    \"{3} .*? (?: \"{3} | $ )  |  '{3} .*? (?: '{3} | $ )
    | " (?: \\. | [^"\\] )* (?: " | $ )  |  ' (?: \\. | [^'\\] )* (?: ' | $ )
    | \# .*
    """,
    re.VERBOSE,
)
_FARTHEST: Final = 20_000
"""Characters: how far a partner is looked for, and of a line that is read for its strings."""


def match(text: str, position: int) -> tuple[int, int] | None:
    """Return the positions of the bracket at `position` (or just before it) and of its partner.

    None where there is no bracket, it has no partner, or that is over 20,000 characters away.
    Brackets in strings and comments, as far as their line shows it, have partners only there.

    >>> match("f(x[1])", 1)
    (1, 6)
    """
    for at in (position, position - 1):
        if 0 <= at < len(text) and (text[at] in _PAIRS or text[at] in _OPENERS):
            partner = _partner(text, at)
            return None if partner is None else (at, partner)
    return None


def code_of(line: str) -> str:
    """Return a line with the characters of strings and comments replaced by spaces.

    >>> code_of("f('(', # )")
    'f(   ,    '
    """
    code = list(line)
    for first, last in _spans(line, 0, len(line)):
        code[first:last] = " " * (last - first)
    return "".join(code)


def _partner(text: str, at: int) -> int | None:
    opens = text[at] in _PAIRS
    span = _span_around(text, at)
    low, high = (at, at + _FARTHEST) if opens else (at - _FARTHEST, at + 1)
    if span is not None:
        low, high = max(low, span[0]), min(high, span[1])
        found = [one.start() for one in _BRACKET.finditer(text, low, high)]
        places = iter(found if opens else found[::-1])
    else:
        places = _in_code(text, max(0, low), min(len(text), high), forward=opens)
    return _balanced(text, places, _PAIRS if opens else _OPENERS)


def _balanced(text: str, places: Iterator[int], partners: dict[str, str]) -> int | None:
    """Return where the first bracket is closed, reading in the direction of `places`."""
    wanted: list[str] = []
    for place in places:
        character = text[place]
        if character in partners:
            wanted.append(partners[character])
        elif not wanted or wanted.pop() != character:
            return None
        elif not wanted:
            return place
    return None


def _in_code(text: str, low: int, high: int, *, forward: bool) -> Iterator[int]:
    """Yield the places of brackets from `low` to `high` outside strings and comments.

    Lines are read one by one, backward from `high` if not `forward`: a partner is mostly near.
    """
    at = low if forward else high - 1
    while low <= at < high:
        start, end = text.rfind("\n", 0, at) + 1, _line_end(text, at)
        quoted = _spans(text, start, end)
        found = [one.start() for one in _BRACKET.finditer(text, max(start, low), min(end, high))]
        for place in found if forward else found[::-1]:
            if not any(first <= place < last for first, last in quoted):
                yield place
        at = end + 1 if forward else start - 1


def _span_around(text: str, at: int) -> tuple[int, int] | None:
    """Return the range of the string or comment around a place, or None."""
    start = text.rfind("\n", 0, at) + 1
    spans = _spans(text, start, _line_end(text, at))
    return next((span for span in spans if span[0] <= at < span[1]), None)


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the ranges of strings and comments; a line that is too long to read is one of them."""
    if end - start > _FARTHEST:
        return [(start, end)]
    first = _MARK.search(text, start, end)
    if first is None:
        return []
    return [found.span() for found in _QUOTED.finditer(text, first.start(), end)]


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)
