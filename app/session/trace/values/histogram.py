"""How the values of a small tensor are spread; those of a large one: `coarse`."""

from __future__ import annotations

from collections.abc import Sequence

BINS = 12


def histogram(values: Sequence[float], bins: int = BINS) -> list[int]:
    """How many finite values lie in each of `bins` equal parts between the least and the greatest.

    >>> histogram([0.0, 0.1, 0.5, 1.0], 2)
    [2, 2]

    Equal values all lie in the middle.  Raises ValueError where there are none.
    """
    low, high = min(values), max(values)
    counts = [0] * bins
    for value in values:
        share = (value - low) / (high - low) if high > low else 0.5
        counts[min(bins - 1, int(share * bins))] += 1
    return counts
