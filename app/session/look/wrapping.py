"""Where a line of text may end: at spaces, and beside Chinese letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from unicodedata import east_asian_width

from app.session.language import HAN

_OPENING, _CLOSING = "（“《", "，。：；、？！）”》…"
"""What may not end a line, and what may not begin one."""


@cache
def _chinese() -> re.Pattern[str]:
    return re.compile(f"[{HAN}]")  # which takes long, and English needs it not


def may_break(before: str, after: str) -> bool:
    """Return whether a line may end between two letters, without a space.

    >>> may_break("梯", "度"), may_break("度", "。"), may_break("）", "w"), may_break("w", "x")
    (True, False, True, False)
    """
    if before in _OPENING or after in _CLOSING:
        return False
    return any(not one.isascii() and bool(_chinese().match(one)) for one in (before, after))


def unbroken(word: str) -> Iterator[str]:
    """Yield the parts of a word that stay together.

    >>> list(unbroken("（x）是叶子。"))
    ['（x）', '是', '叶', '子。']
    """
    if word.isascii() or not _chinese().search(word):
        yield word
        return
    start = 0
    for place, (before, after) in enumerate(pairwise(word), 1):
        if may_break(before, after):
            yield word[start:place]
            start = place
    yield word[start:]


def terminal_width(text: str) -> int:
    """Return how many columns a terminal takes for a text: a Chinese letter takes two.

    >>> terminal_width("norm"), terminal_width("范数")
    (4, 4)
    """
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, up to a width in a terminal."""
    return text + " " * (width - terminal_width(text))


def wrapped(text: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    """Break a text into lines of at most `width`, as `width_of` measures them."""
    lines = [""]
    for word in text.split():
        space = " " if lines[-1] else ""
        for part in unbroken(word):
            longer = lines[-1] + space + part
            if lines[-1] and width_of(longer) > width:
                lines.append(part)
            else:
                lines[-1] = longer
            space = ""
    return lines if lines[0] else []
