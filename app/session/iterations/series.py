"""The iterations of each parameter, and from when on something is wrong with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite, isnan
from typing import Literal, NamedTuple

from app.contract.records import Iteration, Number
from app.session.language import number, tr
from app.session.run import Run

_FEWEST = 3
"""Fewer iterations are not reported as a state."""
_FEWEST_GROWING = 4
_FEWEST_EXPLODING = 8
_LATE_FACTOR = 1.1
"""What explodes grows so much an iteration in its last third, too."""
_GROWTH, _FACTOR = 10.0, 1.2
"""What counts as growing: so much in all, and so much an iteration."""
_RISING = 0.75
"""The share of iterations in which what grows has to rise."""

BeganKind = Literal["nan", "inf", "grows", "zero", "unchanged"]
"""From bad to worth knowing: what is worst of a group is the first of these."""
_ORDER: dict[BeganKind, int] = {"nan": 0, "inf": 1, "grows": 2, "zero": 3, "unchanged": 4}


class Began(NamedTuple):
    """Something that lasts to the end, from an iteration on (0-based; in words from 1)."""

    kind: BeganKind
    at: int
    factor: float = 0.0
    """How much what grows grows in an iteration."""

    @property
    def title(self) -> str:
        """What is not finite since when, for a line of its own."""
        text = tr("NaN from iteration {iteration}")
        if self.kind == "inf":
            text = tr("infinite from iteration {iteration}")
        return text.format(iteration=number(self.at + 1))

    @property
    def text(self) -> str:
        """A few words, as in a column "From when on"."""
        at = number(self.at + 1)
        match self.kind:
            case "nan":
                return tr("NaN from {iteration}").format(iteration=at)
            case "inf":
                return tr("Inf from {iteration}").format(iteration=at)
            case "grows":
                text = tr("grows ×{factor} from {iteration}")
                return text.format(factor=f"{self.factor:.1f}", iteration=at)
            case "zero":
                return tr("zero from {iteration}").format(iteration=at)
            case "unchanged":
                return tr("no change after {iteration}").format(iteration=number(self.at))


@dataclass(slots=True)
class Series:
    """A parameter over the iterations of its optimizer; None where nothing is known."""

    events: list[int] = field(default_factory=list)
    grads: list[float | None] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    ratios: list[float | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Curve:
    """The loss over all iterations, or the norm of all gradients where no loss is known."""

    events: list[int]
    values: list[float | None]
    is_loss: bool


def iterations_of(run: Run) -> Sequence[Iteration]:
    """Return the iterations of a training; backward passes on lines of their own are not."""
    found = run.trace.iterations
    if any(one.optimizer >= 0 for one in found):
        return found
    spots = {one.spot for one in run.trace.backward_passes if one.call == "backward" and one.ok}
    return found if len(spots) == 1 else []


def by_optimizer(iterations: Iterable[Iteration]) -> list[list[Iteration]]:
    """Return the iterations of each optimizer."""
    found: dict[int, list[Iteration]] = {}
    for one in iterations:
        found.setdefault(one.optimizer, []).append(one)
    return list(found.values())


def main_events(iterations: Iterable[Iteration]) -> list[int]:
    """Return the events of the iterations of the optimizer that has most of them."""
    return [one.event for one in max(by_optimizer(iterations), key=len, default=[])]


def number_at(iterations: Iterable[Iteration], event: int) -> int:
    """Return the number, from 1, of the iteration at an event among those of its optimizer."""
    known = list(iterations)
    optimizers = {one.optimizer for one in known if one.event == event}
    return sum(one.optimizer in optimizers and one.event <= event for one in known)


def series_of(run: Run, only: int | None = None) -> dict[int, Series]:
    """Return the series of the parameters, by identity; perhaps `only` that of one."""
    found: dict[int, Series] = {}
    for iteration in iterations_of(run):
        for update in iteration.of:
            if only is not None and update.tensor != only:
                continue
            one = found.setdefault(update.tensor, Series())
            one.events.append(iteration.event)
            one.grads.append(as_float(update.grad_norm))
            one.values.append(as_float(update.value_norm) or 0.0)
            one.ratios.append(as_float(update.update_ratio))
    return found


def joined(several: Sequence[Series]) -> Series:
    """Return the series of all of several parameters of one optimizer, as if they were one."""
    longest = max(several, key=lambda one: len(one.events))
    alike = [one for one in several if one.events == longest.events]
    if len(alike) == 1:
        return longest
    changes = [
        [
            None if ratio is None else ratio * value
            for ratio, value in zip(one.ratios, one.values, strict=True)
        ]
        for one in alike
    ]
    by_iteration = zip(*(one.values for one in alike), strict=True)
    values = [combined(column) or 0.0 for column in by_iteration]
    changed = [combined(column) for column in zip(*changes, strict=True)]
    return Series(
        longest.events,
        [combined(column) for column in zip(*(one.grads for one in alike), strict=True)],
        values,
        [
            None if change is None or not value else change / value
            for change, value in zip(changed, values, strict=True)
        ],
    )


def curve_of(run: Run) -> Curve:
    iterations = iterations_of(run)
    losses = [as_float(one.loss) for one in iterations]
    events = [one.event for one in iterations]
    if any(loss is not None for loss in losses):
        return Curve(events, losses, True)
    norms = [combined([as_float(update.grad_norm) for update in one.of]) for one in iterations]
    return Curve(events, norms, False)


def combined(norms: Sequence[float | None]) -> float | None:
    """Return the norm of all of several tensors; None if none is known.

    >>> combined([3.0, None, 4.0]), combined([None])
    (5.0, None)
    """
    known = [norm for norm in norms if norm is not None]
    return sum(norm * norm for norm in known) ** 0.5 if known else None


def as_float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def iteration_at(events: Sequence[int], event: int | None) -> int | None:
    """Return the last iteration up to an event (None: the end); None before the first.

    >>> iteration_at([10, 20], 15), iteration_at([10, 20], None), iteration_at([10, 20], 5)
    (0, 1, None)
    """
    found = len(events) if event is None else bisect_right(events, event)
    return found - 1 if found else None


def first_bad(values: Sequence[float | None]) -> int | None:
    """Return the first iteration whose value is not finite, or None.

    >>> first_bad([1.0, None, float("inf")]), first_bad([1.0, None])
    (2, None)
    """
    found = (i for i, one in enumerate(values) if one is not None and not isfinite(one))
    return next(found, None)


def began(series: Series) -> Began | None:
    """Return from when on something is wrong, the worst if there are several."""
    grads = series.grads
    for at, one in enumerate(grads):
        if one is not None and not isfinite(one):
            return Began("nan" if isnan(one) else "inf", at)
    if (growing := _growing(grads)) is not None:
        return growing
    zero = _last_run(grads, lambda one: one == 0)
    if len(grads) - zero >= _FEWEST:
        return Began("zero", zero)
    ratios = series.ratios
    still = _last_run(ratios, lambda one: one == 0)
    if still > 0 and len(ratios) - still >= _FEWEST:
        return Began("unchanged", still)
    return None


def worst(found: Sequence[Began]) -> Began | None:
    """Return the worst of several, the earliest of those."""
    return min(found, key=lambda one: (_ORDER[one.kind], one.at), default=None)


def growth_before(series: Series, at: int) -> Began | None:
    """Return the growth that ends just before an iteration."""
    return _growing(series.grads[:at])


def explodes(norms: Sequence[float | None], losses: Sequence[float | None]) -> Began | None:
    """Return the growth of a norm that lasts to the end and takes the loss with it.

    A norm that grows while the loss falls is usual: warm-ups and small initial values do that.
    """
    growth, known = _growing(norms), [one for one in losses if one is not None and isfinite(one)]
    if growth is None or len(known) < len(norms):
        return None
    rest, loss = [one or 0.0 for one in norms[growth.at :]], known[growth.at :]
    count = len(rest) - 1
    late = rest[-1 - count // 3 :]
    goes_on = rest[-1] == max(rest) and late[-1] >= late[0] * _LATE_FACTOR ** (len(late) - 1)
    rising = sum(a < b for a, b in pairwise(loss))
    rises = rising >= _RISING * count and loss[-1] == max(known) and loss[-1] >= 2 * loss[0] > 0
    return growth if count >= _FEWEST_EXPLODING and goes_on and rises else None


def _growing(values: Sequence[float | None]) -> Began | None:
    known = [one for one in values if one is not None and isfinite(one)]
    if len(known) < len(values) or len(known) <= _FEWEST_GROWING or known[-1] <= 0:
        return None
    start = max(range(len(known)), key=lambda i: (-known[i], i))  # the last of the least
    if start == len(known) - 1 or known[start] <= 0:
        return None
    count = len(known) - 1 - start
    growth = known[-1] / known[start]
    rising = sum(a < b for a, b in pairwise(known[start:]))
    factor = growth ** (1 / count)
    is_growth = count >= _FEWEST_GROWING and growth >= _GROWTH and factor >= _FACTOR
    return Began("grows", start, factor) if is_growth and rising >= _RISING * count else None


def _last_run(values: Sequence[float | None], test: Callable[[float | None], bool]) -> int:
    """Return the first index from which on all values satisfy `test`."""
    place = len(values)
    while place and test(values[place - 1]):
        place -= 1
    return place
