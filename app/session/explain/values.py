"""What the summary of a tensor's values says."""

from __future__ import annotations

import math

from app.contract.records import Number, Summary


def is_zero(summary: Summary) -> bool:
    """Whether every element is known to be 0."""
    return 0 < summary.numel == summary.zeros or summary.min == 0 == summary.max


def is_finite(summary: Summary) -> bool:
    """Whether no NaN and no infinity was seen."""
    return not summary.nan and not summary.inf


def some_nan(summary: Summary) -> bool:
    return summary.nan > 0


def some_inf(summary: Summary) -> bool:
    return summary.inf > 0


def some_zero(summary: Summary) -> bool:
    return summary.zeros > 0


def least(summary: Summary) -> float:
    """The least element; NaN where it is not known."""
    return _real(summary.min)


def greatest(summary: Summary) -> float:
    """The greatest element; NaN where it is not known."""
    return _real(summary.max)


def _real(value: Number | None) -> float:
    return math.nan if value is None else float(value)
