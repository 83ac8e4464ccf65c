"""The values of a tensor before they are drawn: a heat map and a histogram, or how they spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from app.contract.records import Summary
from app.session.histogram import histogram


@dataclass(frozen=True, slots=True)
class ValuesPicture:
    """`rows` and `counts` of a small tensor; of a large one, where its values lie."""

    rows: tuple[tuple[float, ...], ...] = ()
    counts: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0


def picture_of(summary: Summary) -> ValuesPicture | None:
    """None where there is nothing to see: one value, no finite ones, complex ones."""
    if summary.numel < 2 or summary.norm is None:
        return None
    if summary.values is None:
        return _spread(summary)
    rows = tuple(tuple(row) for row in as_rows(summary.values))
    finite = [value for row in rows for value in row if math.isfinite(value)]
    if not finite:
        return None
    return ValuesPicture(rows, tuple(histogram(finite)), min(finite), max(finite))


def _spread(summary: Summary) -> ValuesPicture | None:
    """Of a large tensor the trace holds no values: where they lie, from its figures."""
    figures = (summary.min, summary.max, summary.mean, summary.std)
    low, high, mean, deviation = (
        value if isinstance(value, int | float) else None for value in figures
    )
    if low is None or high is None or mean is None or deviation is None or not low < high:
        return None
    return ValuesPicture(low=low, high=high, mean=mean, deviation=deviation)


def as_rows(values: Any) -> list[list[float]]:
    """A tensor's nested values as rows: the last axis across, all others down.

    Numbers stand as floats; "nan", "inf" and "-inf" become the floats they name.
    """
    if not isinstance(values, list):
        return [[float(values)]]
    if not values or not isinstance(values[0], list):
        return [[float(value) for value in values]]
    return [row for part in values for row in as_rows(part)]
