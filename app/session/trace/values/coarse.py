"""Reads the picture of a large tensor (`app.contract.records.Picture`)."""

from __future__ import annotations

import binascii
import math
from collections.abc import Sequence

from app.contract.records import PICTURE_BINS, PICTURE_LEVELS, PICTURE_NOT_FINITE, Picture

_MOST = 4096
_SAMPLED_BINS = 12
"""Fewer than of all values: each part is to hold enough of a sample."""


def check(picture: Picture) -> None:
    """Raise ValueError with the reason if the picture is not valid."""
    if min(picture.rows, picture.columns) < 1 or picture.rows * picture.columns > _MOST:
        raise ValueError(f"expected up to {_MOST} values, got {picture.rows} x {picture.columns}")
    if len(_levels(picture)) != picture.rows * picture.columns:
        raise ValueError("the levels do not fill the rows and columns")
    if not (math.isfinite(picture.low) and math.isfinite(picture.high - picture.low)):
        raise ValueError("its ends are not finite")
    if not picture.low < picture.high:
        raise ValueError("it ends where it begins")
    if picture.counts is not None and (
        len(picture.counts) != PICTURE_BINS or min(picture.counts) < 0
    ):
        raise ValueError(f"expected {PICTURE_BINS} counts, none negative")


def _levels(picture: Picture) -> bytes:
    """Return the levels.  Raises ValueError if they are not base64."""
    try:
        return binascii.a2b_base64(picture.levels, strict_mode=True)
    except binascii.Error as error:
        raise ValueError(f"the levels are not base64: {error}") from None


def grid(picture: Picture, most_rows: int = _MOST) -> list[list[float]]:
    """Return the values on the grid, accurate to half a level; NaN for what is not finite.

    What may be zero is zero, so that it is not shown as if it had a sign.  Of more than `most_rows`
    only so many are given, evenly spaced.
    """
    step = (picture.high - picture.low) / PICTURE_LEVELS
    values = [
        _value(picture.low + (level + 0.5) * step, step / 2) for level in range(PICTURE_LEVELS)
    ]
    values += [math.nan] * (PICTURE_NOT_FINITE + 1 - PICTURE_LEVELS)
    levels, width = _levels(picture), picture.columns
    skipped = -(-picture.rows // most_rows)
    return [
        [values[level] for level in levels[start : start + width]]
        for start in range(0, len(levels), width * skipped)
    ]


def _value(middle: float, half: float) -> float:
    return 0.0 if abs(middle) <= half else middle


def spread(picture: Picture) -> Sequence[int]:
    """Return the number of values in each of equal parts from the least to the greatest.

    Of all values where they were counted, else of those on the grid.
    """
    if picture.counts is not None:
        return picture.counts
    found = [0] * _SAMPLED_BINS
    for level in _levels(picture):
        if level < PICTURE_LEVELS:
            found[level * _SAMPLED_BINS // PICTURE_LEVELS] += 1
    return found
