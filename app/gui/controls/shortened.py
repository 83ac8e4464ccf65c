"""Texts of any length, such as a snippet's error message, in labels that lay out all at once."""

from __future__ import annotations

MOST = 500


def shortened(text: str, most: int = MOST) -> str:
    """Return the beginning of a text that is longer than `most` characters.

    >>> shortened("a long message", 8)
    'a long…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
