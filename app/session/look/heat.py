"""Heat maps: how much of the colour of its sign a value takes, zero being plain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

_PLAIN_BELOW: Final = 0.004
_LEAST: Final = 0.15


def strength(value: float, largest: float) -> float:
    """From 0 (as good as nothing) to 1, in a map whose largest magnitude is `largest`."""
    share = min(1.0, abs(value) / largest) if largest else 0.0
    return 0.0 if share < _PLAIN_BELOW else _LEAST + (1 - _LEAST) * share


def largest_of(rows: Iterable[Sequence[float]]) -> float:
    """The largest finite magnitude, 0 where there is none."""
    return max((abs(one) for row in rows for one in row if math.isfinite(one)), default=0.0)
