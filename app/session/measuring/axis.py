"""The axis of the times of several modes: its range, its ticks and its unit."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from app.session.measuring.statistics import spread_of

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_BEYOND = 4.0
"""A time this many middle halves above the box is far off: it does not stretch the axis."""


class TimeAxis(NamedTuple):
    """From `low` to `high` seconds; `ticks` are seconds, written in a `unit` of `scale` seconds."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str
    scale: float
    beyond: int
    """The number of times above `high`, which are drawn at the end."""

    def share(self, seconds: float) -> float:
        """Return the place of a time on the axis, from 0 to 1."""
        return min(1.0, max(0.0, (seconds - self.low) / (self.high - self.low)))

    def label(self, tick: float) -> str:
        return f"{tick / self.scale:.6g}"

    def figure(self, seconds: float) -> str:
        """Return a time in the unit, with three digits or more.

        >>> axis = TimeAxis(0, 1, (), "ms", 1e-3, 0)
        >>> axis.figure(0.4871), axis.figure(0.0123), axis.figure(0.000052)
        ('487', '12.3', '0.052')
        """
        value = seconds / self.scale
        decimals = max(0, min(3, 2 - floor(log10(value)))) if value > 0 else 0
        return f"{value:.{decimals}f}"


def time_axis(series: Sequence[Sequence[float]], most_ticks: int) -> TimeAxis | None:
    """Return the axis for several series of seconds, None if there is no time.

    It does not begin at zero, and ends where a few slow rounds lie far off.
    """
    known = [list(one) for one in series if one]
    if not known:
        return None
    numbers = [seconds for one in known for seconds in one]
    low, high = min(numbers), max(map(_end, known))
    if high - low < 0.05 * high:
        low, high = 0.975 * low, 1.025 * high
    scale, unit = next((one for one in _UNITS if high >= one[0]), _UNITS[-1])
    step = nice_step((high - low) / scale, most_ticks) * scale
    low = floor(low / step) * step
    ticks = [place * step for place in range(ceil(low / step - 1e-9), floor(high / step) + 1)]
    beyond = sum(seconds > high for seconds in numbers)
    return TimeAxis(low, high, tuple(ticks), unit, scale, beyond)


def _end(numbers: Sequence[float]) -> float:
    spread = spread_of(numbers)
    limit = spread.high + _BEYOND * (spread.high - spread.low)
    return max((one for one in numbers if one <= limit), default=spread.high)


def nice_step(width: float, most: int) -> float:
    """Return the least of 1, 2, 5, 10, … that divides a width into `most` parts or fewer."""
    power = 10.0 ** floor(log10(width / most))
    steps = (power, 2 * power, 5 * power)
    return next((step for step in steps if width / step <= most), 10 * power)
