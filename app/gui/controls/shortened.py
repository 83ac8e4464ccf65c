"""Texts that are longer than there is room for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

MOST = 500


def shortened(text: str, most: int = MOST) -> str:
    """Return the beginning of a text that is longer than `most` characters.

    >>> shortened("a long message", 8)
    'a long…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def ends_of(text: str, room: float) -> str:
    """Return what eliding a text to `room` pixels can show of its ends.

    Each character takes at least a pixel, and to measure 100,000 takes ten milliseconds.

    >>> ends_of("abcdefghij", 2), ends_of("abc", 2)
    ('abchij', 'abc')
    """
    most = max(0, int(room)) + 1
    return text if len(text) <= 2 * most else text[:most] + text[-most:]


def cut_name(name: str, width: Callable[[str], float], room: float) -> str:
    """Return a dotted name with its middle cut so that it fits; its last part stays whole.

    >>> cut_name("word_embeddings.weight", len, 14), cut_name("weight", len, 5)
    ('word_e….weight', 'weig…')
    """
    name = ends_of(name, room)
    if width(name) <= room:
        return name
    head, dot, last = name.rpartition(".")
    if not dot or width(f"…{dot}{last}") > room:
        head, last = name, "…"
    else:
        last = f"…{dot}{last}"
    fits = bisect_right(range(len(head)), room, key=lambda count: width(head[:count] + last))
    return head[: max(0, fits - 1)] + last
