"""Whether two series of measurements differ: medians, a rank test, its interval."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, combinations_with_replacement
from math import exp, log
from statistics import median, quantiles
from typing import NamedTuple

from app.contract.messages import LEAST_ROUNDS

_LEAST_EFFECT = 0.02
"""A difference smaller than this share does not matter, however sure it is."""
_CHANCE = 0.05


class Spread(NamedTuple):
    """The median, and the middle half between two quartiles."""

    median: float
    low: float
    high: float


class Difference(NamedTuple):
    """How much more one series takes than another in a round of its median, judged by the ratios
    in all rounds, and the interval that holds it with 95 % confidence."""

    middle: float
    low: float
    high: float
    is_real: bool
    """It is sure, and at least 2 % of the first series."""

    @property
    def is_sure(self) -> bool:
        """Whether zero is outside the interval."""
        return not self.low <= 0 <= self.high


def spread_of(numbers: Sequence[float]) -> Spread:
    """Return the spread of at least one number."""
    if len(numbers) == 1:
        return Spread(numbers[0], numbers[0], numbers[0])
    low, middle, high = quantiles(numbers, n=4, method="inclusive")
    return Spread(middle, low, high)


def compare(base: Sequence[float], other: Sequence[float]) -> Difference | None:
    """Compare rounds of two series of positive times, pair by pair; None if there are too few.

    What slows a machine down multiplies times, so the rounds are compared by their ratios: one
    that took a hundred times as long because of another program cannot make the difference larger
    than the time itself.  The interval belongs to Wilcoxon's signed-rank test on the logarithms
    (Hodges and Lehmann, 1963): zero lies outside exactly where the ranks would be so uneven in
    less than 5 % of cases if chance alone tossed their signs.
    """
    pairs = [log(another) - log(one) for one, another in zip(base, other, strict=False)]
    if len(pairs) < LEAST_ROUNDS:
        return None
    means = sorted((one + another) / 2 for one, another in combinations_with_replacement(pairs, 2))
    cut = _uneven(len(pairs))
    usual = median(base)
    middle, low, high = (
        usual * (1 - exp(mean)) for mean in (median(means), means[-1 - cut], means[cut])
    )
    found = Difference(middle, low, high, False)
    matters = abs(middle) >= _LEAST_EFFECT * usual
    return found._replace(is_real=found.is_sure and matters)


def _uneven(count: int) -> int:
    """Return how many of the means of pairs lie outside an interval of 95 %, on each side.

    It is the largest sum of ranks that chance gives, it or a smaller one, in less than 2.5 %.
    """
    counts = [1]
    for rank in range(1, count + 1):
        longer = counts + [0] * rank
        for total, one_count in enumerate(counts):
            longer[total + rank] += one_count
        counts = longer
    shares = accumulate(one / (1 << count) for one in counts)
    return sum(1 for share in shares if share < _CHANCE / 2) - 1
