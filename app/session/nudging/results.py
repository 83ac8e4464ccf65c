"""The runs with a moved value, as they arrive, and what they say beside `.grad`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.contract.messages import NUDGE_CELLS, NotNudgedRow, NudgedRow, NudgeFoundRow
from app.session.language import tr
from app.session.nudging.target import Target
from app.session.received import received

REFERENCE_STEPS = (0.1, 0.01)
"""Steps that the table always has, so that one sees the change over ε near `.grad`."""
_FAR = 0.1
_SPACING, _BEFORE, _AFTER = 0.1, 6, 5
"""The runs that are drawn from the start: their distance, and how many on each side."""


class NudgeOutcome(NamedTuple):
    """The result of a run: the value in the dtype of the leaf, and the loss, NaN if it has none."""

    value: float
    loss: float
    error: str | None = None
    """Why it has none."""


class NudgeRow(NamedTuple):
    """A line of the table: a step, and what the loss does about it."""

    step: float
    change: float
    slope: float
    off: float
    """How far `slope` is from `.grad`."""


@dataclass(slots=True)
class Nudging:
    """An element of a leaf, and the losses of the runs in which it had other values.

    It takes what the runs send, which is not trusted.
    """

    target: Target
    element: tuple[int, ...]
    place: tuple[int, ...] | None = None
    """Where the child moves it, once it has found that."""
    value: float = 0.0
    grad: float = 0.0
    cells: list[list[float]] = field(default_factory=list)
    """The elements around it, at most 4 rows and columns, with `corner` the index of the first."""
    seconds: float = 0.0
    """How long one run takes: the quickest so far, as other programs may be busy."""
    failure: str | None = None
    """Why nothing is nudged."""
    runs: dict[float, NudgeOutcome] = field(default_factory=dict)
    """By the value that was asked for."""
    count: int = 0
    """The number of runs so far, and the seconds of all of them."""
    total: float = 0.0

    @property
    def name(self) -> str:
        return self.target.element_name(self.element)

    @property
    def corner(self) -> tuple[int, int]:
        """The row and column of the first of `cells`."""
        row, column = (one - one % NUDGE_CELLS for one in (0, 0, *self.element)[-2:])
        return row, column

    def at(self, element: tuple[int, ...]) -> Nudging:
        """Return what is known of another element of the leaf: its value, if it is in `cells`."""
        other = Nudging(self.target, element)
        row, column = (0, 0, *element)[-2:]
        top, left = other.corner
        if (element[:-2], other.corner) == (self.element[:-2], self.corner):
            other.cells = self.cells
        else:
            rows, columns = (1, 1, *self.target.shape)[-2:]
            width = min(NUDGE_CELLS, columns - left)
            other.cells = [[math.nan] * width for _ in range(min(NUDGE_CELLS, rows - top))]
        other.value = other.cells[row - top][column - left]
        return other

    def add(self, batch: Iterable[Any]) -> None:
        """Add rows; ignore what cannot be understood."""
        for row in received(batch, NudgeFoundRow, NudgedRow, NotNudgedRow):
            match row:
                case NudgeFoundRow():
                    self._found(row)
                case NudgedRow():
                    self._nudged(row)
                case NotNudgedRow():
                    self.failure = refused(self.target, row.reason)

    def _found(self, row: NudgeFoundRow) -> None:
        self.place, self.value, self.seconds = tuple(row.place), row.value, row.seconds
        self.grad = float(row.grad)
        self.cells = [[float(one) for one in line] for line in row.cells]
        self.count += 2
        self.total += 2 * row.seconds
        for loss in row.losses:
            self._compare(float(loss))

    def _nudged(self, row: NudgedRow) -> None:
        self.count += 1
        self.total += row.seconds
        self.seconds = min(self.seconds, row.seconds)
        if row.asked == self.value:
            if row.loss is None:
                self.failure = refused(self.target, row.error or "")
                return
            self._compare(float(row.loss))
        loss = math.nan if row.loss is None else float(row.loss)
        self.runs[row.asked] = NudgeOutcome(row.value, loss, row.error)

    def _compare(self, loss: float) -> None:
        """Refuse a run without a change whose loss is not that of the traced run."""
        if loss != self.target.loss and self.failure is None:
            text = tr("Two equal runs differ by {difference:.2g}: fix the seed.")
            self.failure = text.format(difference=abs(loss - self.target.loss))

    # ------------------------------------------------------------------------------ what to run

    def series(self) -> list[float]:
        """Return the values that are run from the start, in the order in which they are wanted."""
        far = sorted((_SPACING * place for place in range(-_BEFORE, _AFTER + 1)), key=abs)
        wanted = [self.value, *(self.moved_by(step) for step in (*REFERENCE_STEPS, *far) if step)]
        return [value for value in dict.fromkeys(wanted) if value not in self.runs]

    def moved_by(self, step: float) -> float:
        """Return the value that is asked for with a step."""
        return round(self.value + step, 9)

    # ---------------------------------------------------------------------------- what they say

    def row(self, value: float) -> NudgeRow | None:
        """Return the line of the table for a value, None if there is no run or no step."""
        outcome = self.runs.get(value)
        if outcome is None or outcome.value == self.value or math.isnan(outcome.loss):
            return None
        step, change = outcome.value - self.value, outcome.loss - self.target.loss
        return NudgeRow(step, change, change / step, abs(change / step - self.grad))

    @property
    def misses(self) -> bool:
        """Whether steps to both sides together are far off `.grad`, which no bend explains."""
        step = REFERENCE_STEPS[0]
        rows = [self.row(self.moved_by(one)) for one in (step, -step)]
        slopes = [row.slope for row in rows if row is not None]
        slope = sum(slopes) / 2
        return len(slopes) == 2 and abs(slope - self.grad) > _FAR * max(abs(self.grad), abs(slope))

    def rings(self) -> list[NudgeOutcome]:
        """Return the runs with a finite loss, by value."""
        return sorted(one for one in self.runs.values() if math.isfinite(one.loss))


def refused(target: Target, reason: str) -> str:
    """Return the sentence for a reason of the child's: the program's error, or what it does."""
    text = tr("{name} cannot be nudged: {reason}.")
    return text.format(name=target.name, reason=reason.rstrip("."))


def on_grid(value: float, steps: int, step: float) -> float:
    """Return a value some steps further, without the trailing digits of sums.

    >>> on_grid(-1.0, 30, 0.01), on_grid(0.3, -1, 0.001)
    (-0.7, 0.299)
    """
    return round(value + steps * step, 9) if steps else value
