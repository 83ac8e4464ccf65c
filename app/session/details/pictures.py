"""Pictures of a tensor's values as data: a heat map and a histogram, or their spread.

Up to 64 values are all there.  Of more, the heat map shows an evenly spaced grid, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from app.contract.records import Picture, Summary
from app.session.language import listing, number, tr
from app.session.trace.values.coarse import grid, spread
from app.session.trace.values.histogram import histogram


@dataclass(frozen=True, slots=True)
class ValuesPicture:
    """A picture, computed once for each selection; painting only draws it."""

    rows: tuple[tuple[float, ...], ...] = ()
    counts: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    shown: str = ""
    """How many of the values the heat map shows, if not all."""
    strange: str = ""
    """The counts of NaN and infinity, which are not in the histogram."""


@dataclass(frozen=True, slots=True)
class CurvePicture:
    """A figure over the iterations; None where nothing is known."""

    values: tuple[float | None, ...]
    is_update: bool = False
    """Whether it is the ratio of updates, which has a usual value."""


def picture_of(summary: Summary) -> ValuesPicture | None:
    """Return a picture; None for a single value, complex values, or no finite ones."""
    if summary.numel < 2 or summary.norm is None:
        return None
    if summary.picture is not None:
        return _of_many(summary, summary.picture)
    if summary.values is None:
        return _spread(summary)
    rows = tuple(tuple(row) for row in as_rows(summary.values))
    finite = [value for row in rows for value in row if math.isfinite(value)]
    if not finite:
        return None
    ends = min(finite), max(finite)
    return ValuesPicture(rows, tuple(histogram(finite)), *ends, strange=_strange(summary))


def _of_many(summary: Summary, picture: Picture) -> ValuesPicture:
    shown = picture.rows * picture.columns
    count, numel = number(shown), number(summary.numel)
    note = tr("{count} of {numel} values").format(count=count, numel=numel)
    return ValuesPicture(
        tuple(map(tuple, grid(picture))),
        tuple(spread(picture)),
        picture.low,
        picture.high,
        shown=note if shown < summary.numel else "",
        strange=_strange(summary),
    )


def _strange(summary: Summary) -> str:
    """Return the counts of NaN and infinity."""
    parts = ((summary.nan, "NaN"), (summary.inf, "Inf"))
    found = [(count, word) for count, word in parts if count]
    return listing(f"{number(n)} {word}" for n, word in found)


def _spread(summary: Summary) -> ValuesPicture | None:
    """Return the spread from the figures, for a trace without values."""
    figures = (summary.min, summary.max, summary.mean, summary.std)
    low, high, mean, deviation = (
        value if isinstance(value, int | float) else None for value in figures
    )
    if low is None or high is None or mean is None or deviation is None or not low < high:
        return None
    return ValuesPicture(low=low, high=high, mean=mean, deviation=deviation)


def as_rows(values: Any) -> list[list[float]]:
    """Return a tensor's nested values as rows: the last axis across, all others down.

    Numbers become floats, and so do the names "nan", "inf" and "-inf".
    """
    if not isinstance(values, list):
        return [[float(values)]]
    if not values or not isinstance(values[0], list):
        return [[float(value) for value in values]]
    return [row for part in values for row in as_rows(part)]
