"""What differs between two runs: operations, gradients, what trains, bytes kept for backward."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from app.contract.records import Gradient, Operation, Summary, TrainState
from app.session.comparing.alignment import Alignment, align
from app.session.run import Run
from app.session.trace.values.summaries import flatten

GradientChange = Literal["appeared", "vanished", "values", "reason"]
"""How a `.grad` differs: None in the first run only, None in the second run only, other values,
or None in both for different reasons."""


TOLERANCE: Final = 1e-6
"""Values that differ by less, relative to the largest of their `.grad`, count as equal: the order
of a sum already makes as much."""


class StatusDifference(NamedTuple):
    """An operation of both runs that was recorded in only one, or skipped for another reason."""

    first: Operation
    second: Operation


class GradientDifference(NamedTuple):
    """A row of the gradient tables, by name; None where only one run has the row."""

    name: str
    first: Gradient | None
    second: Gradient | None
    change: GradientChange


class TrainingDifference(NamedTuple):
    """A parameter to which something else happened; None where only one run has it."""

    name: str
    first: TrainState | None
    second: TrainState | None


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between a first and a second run.

    `kept` are the bytes that autograd kept for backward, first and second; `recorded` the numbers
    of recorded operations.
    """

    alignment: Alignment
    statuses: tuple[StatusDifference, ...]
    only_first: tuple[Operation, ...]
    only_second: tuple[Operation, ...]
    gradients: tuple[GradientDifference, ...]
    training: tuple[TrainingDifference, ...]
    recorded: tuple[int, int]
    kept: tuple[int, int]
    close: frozenset[str]
    """The rows whose values are equal within `TOLERANCE` and not to the last bit."""

    @property
    def fates(self) -> list[StatusDifference]:
        """The operations that only one of the runs recorded."""
        return [
            both for both in self.statuses
            if (both.first.status == "recorded") != (both.second.status == "recorded")
        ]  # fmt: skip

    @property
    def records_the_same(self) -> bool:
        """Whether both recorded the same operations."""
        only = (*self.only_first, *self.only_second)
        return not self.fates and all(one.status != "recorded" for one in only)

    @property
    def none(self) -> bool:
        """Whether both recorded the same and every `.grad` is equal."""
        return (
            not (
                self.statuses
                or self.only_first
                or self.only_second
                or self.gradients
                or self.training
            )
            and self.kept[0] == self.kept[1]
        )


def differences(
    first: Run, second: Run, is_wanted: Callable[[], bool] = lambda: True
) -> Differences:
    """Compare two runs, of one text or of two.

    Raises StoppedError soon after `is_wanted` says no.
    """
    alignment = align(first, second, is_wanted)
    pairs = [
        StatusDifference(first.operations[one], second.operations[other])
        for one, other in alignment.pairs.items()
    ]
    runs = first, second
    rows = _rows(first), _rows(second)
    gradients = tuple(_gradients(*rows))
    return Differences(
        alignment,
        tuple(pair for pair in pairs if pair.first.reason != pair.second.reason),
        tuple(
            first.operations[one]
            for one, other in alignment.rows
            if other is None and one is not None
        ),
        tuple(
            second.operations[other]
            for one, other in alignment.rows
            if one is None and other is not None
        ),
        gradients,
        tuple(_training(_states(first), _states(second))),
        _both(sum(one.status == "recorded" for one in run.units) for run in runs),
        (first.saved_bytes, second.saved_bytes),
        frozenset(_close(*rows, gradients)),
    )


def _both(numbers: Iterator[int]) -> tuple[int, int]:
    first, second = numbers
    return first, second


def _rows(run: Run) -> dict[str, Gradient]:
    return {row.name: row for row in run.trace.gradients}


def _gradients(
    first: Mapping[str, Gradient], second: Mapping[str, Gradient]
) -> Iterator[GradientDifference]:
    for name in {**first, **second}:
        one, other = first.get(name), second.get(name)
        change = _change(one, other)
        if change is not None:
            yield GradientDifference(name, one, other, change)


def _close(
    first: Mapping[str, Gradient],
    second: Mapping[str, Gradient],
    changed: Iterable[GradientDifference],
) -> set[str]:
    """Return the rows whose `.grad` is another one and yet does not count as changed."""
    unequal = {
        name for name in first.keys() & second.keys() if first[name].grad != second[name].grad
    }
    return unequal.difference(row.name for row in changed)


def are_close(one: Summary, other: Summary) -> bool:
    """Return whether all that is known of two gradients is equal within the tolerance."""
    if (one.numel, one.nan, one.inf, one.zeros) != (other.numel, other.nan, other.inf, other.zeros):
        return False
    try:
        before, after = flatten(one.values), flatten(other.values)
    except ValueError:
        return False
    figures = ("min", "max", "mean", "std")
    before = [*before, *(getattr(one, name) for name in figures)]
    after = [*after, *(getattr(other, name) for name in figures)]
    scale = max(map(_magnitude, before))
    return _near(before, after, scale) and _near([one.norm], [other.norm], _magnitude(one.norm))


def _near(before: Sequence[Any], after: Sequence[Any], scale: float) -> bool:
    return len(before) == len(after) and all(
        abs(one - other) <= TOLERANCE * scale
        if isinstance(one, float | int) and isinstance(other, float | int)
        else one == other
        for one, other in zip(before, after, strict=True)
    )


def _magnitude(value: object) -> float:
    return abs(value) if isinstance(value, float | int) else 0.0


def _change(one: Gradient | None, other: Gradient | None) -> GradientChange | None:
    before = None if one is None else one.grad
    after = None if other is None else other.grad
    if before is not None and after is not None:
        return None if before == after or are_close(before, after) else "values"
    if before is not None or after is not None:
        return "vanished" if after is None else "appeared"
    if one is None or other is None:
        return None
    return None if one.why.code == other.why.code else "reason"


def _states(run: Run) -> dict[str, TrainState]:
    groups = [] if run.trace.training is None else run.trace.training.groups
    return {name: group.state for group in groups for name in group.names}


def _training(
    first: Mapping[str, TrainState], second: Mapping[str, TrainState]
) -> Iterator[TrainingDifference]:
    for name in {**first, **second}:
        states = first.get(name), second.get(name)
        if states[0] != states[1]:
            yield TrainingDifference(name, *states)
