"""The numbers in the cells of a small heat map, which are left out if they do not fit."""

from __future__ import annotations

from collections.abc import Sequence

from app.session.numbers import short

_ROUNDED = 0.05
"""The largest relative change by rounding to one decimal."""


def map_numbers(rows: Sequence[Sequence[float]], most_characters: int) -> list[list[str]] | None:
    """A text for each value, alike in their decimals; None unless all of them fit and are true.

    >>> map_numbers([[2.0, -0.35]], 5), map_numbers([[2.0, 3.04]], 3)
    ([['2.00', '−0.35']], [['2.0', '3.0']])
    >>> map_numbers([[2.0, 0.04]], 3), map_numbers([[2.0, 1.2e-05]], 6)
    (None, None)
    """
    for decimals in (2, 1):
        if decimals == 1 and not all(_is_true(value) for row in rows for value in row):
            return None
        texts = [[short(value, decimals) for value in row] for row in rows]
        if all(len(text) <= most_characters for row in texts for text in row):
            return texts
    return None


def _is_true(value: float) -> bool:
    """Return whether one decimal is accurate enough: 0.04 would be 0.0."""
    return abs(round(value, 1) - value) <= _ROUNDED * abs(value)
