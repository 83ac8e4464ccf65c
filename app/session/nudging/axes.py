"""The two axes of the plot: values of the element, and losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.session.measuring.axis import nice_step
from app.session.nudging.results import NudgeOutcome, Nudging

_LEFT, _RIGHT = 0.65, 0.55
"""What is shown beside the value of the traced run."""
_BESIDE = 0.1
"""What is shown beyond a value that was dragged further."""
_TANGENT = 0.25
"""How far the tangent reaches to each side, at least."""
_ROOM = 0.08


class Axis(NamedTuple):
    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    def share(self, value: float) -> float:
        """Return the place of a value, from 0 at the low end to 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def label(self, tick: float) -> str:
        """
        >>> axis_of(-1.65, -0.45, 6).label(-1.2), axis_of(0, 50_000, 5).label(20_000)
        ('−1.2', '20000')
        """
        text = f"{abs(tick):.{self.decimals}f}"
        return f"−{text}" if tick < 0 and float(text) else text


def axis_of(low: float, high: float, most: int) -> Axis:
    """Return an axis with at most `most` + 1 ticks at round numbers."""
    step = nice_step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(place * step for place in range(first, last + 1))
    return Axis(low, high, ticks, decimals)


def value_axis(nudging: Nudging, shown: float, most: int) -> Axis:
    """Return the axis around the value of the traced run, with the one that is shown."""
    low = min(nudging.value - _LEFT, shown - _BESIDE)
    high = max(nudging.value + _RIGHT, shown + _BESIDE)
    return axis_of(low, high, most)


def loss_axis(nudging: Nudging, rings: Sequence[NudgeOutcome], most: int) -> Axis:
    """Return the axis of the losses of runs and of the tangent, with room above and below."""
    loss = nudging.target.loss
    losses = [loss, *(one.loss for one in rings)]
    if math.isfinite(nudging.grad):
        reach = nudging.grad * _TANGENT
        losses += [loss - reach, loss + reach]
    low, high = min(losses), max(losses)
    if high - low < (least := max(1e-6 * abs(loss), 1e-12)):
        low, high = low - least / 2, high + least / 2
    room = _ROOM * (high - low)
    return axis_of(low - room, high + room, most)


def tangent(nudging: Nudging, shown: float, values: Axis, losses: Axis) -> Sequence[float] | None:
    """Return the ends of the line with slope `.grad`, as two values, as far as both axes reach."""
    grad = nudging.grad
    if not math.isfinite(grad):
        return None
    low = max(values.low, min(nudging.value - _TANGENT, shown - _TANGENT))
    high = min(values.high, max(nudging.value + _TANGENT, shown + _TANGENT))
    if grad:
        ends = [(one - nudging.target.loss) / grad + nudging.value for one in losses[:2]]
        low, high = max(low, min(ends)), min(high, max(ends))
    return (low, high)
