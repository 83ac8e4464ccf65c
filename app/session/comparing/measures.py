"""What can be counted and measured of two runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from app.contract.records import Tensor
from app.session.language import number, tr
from app.session.numbers import duration, short, size
from app.session.run import Run
from app.session.summary.counts import status_counts
from app.session.summary.leaf_grads import counted, leaf_grads

if TYPE_CHECKING:
    from app.session.comparing.differences import Differences


class Measure(NamedTuple):
    """A measure of both runs in words; `shares` of a common scale from 0 to 1 where it has one.

    `is_equal` is None where a difference says nothing: no two runs take equally long.
    """

    title: str
    first: str
    second: str
    shares: tuple[float, float] | None
    is_equal: bool | None


def measures(first: Run, second: Run, differ: Differences) -> list[Measure]:
    """Return what is compared of two runs that `differ`.  Takes time in proportion to them."""
    runs = first, second
    recorded, all_units = zip(*map(_recorded, runs), strict=True)
    kept = [run.saved_bytes for run in runs]
    back = [sum(len(one.steps) for one in run.trace.backward_passes) for run in runs]
    leaves = [counted(leaf_grads(run)) for run in runs]
    trained = [run.trace.training for run in runs]
    found = [
        _counted(tr("Operations recorded"), _operations(recorded, all_units, differ), recorded),
        _counted(tr("Kept for backward"), list(map(size, kept)), kept),
        _counted(tr("Backward steps"), list(map(number, back)), back),
        _counted(
            tr("Leaves with a .grad"),
            [_of(*count) for count in leaves],
            [count.filled for count in leaves],
        ),
    ]
    if any(trained):
        states = [(one.trained, one.parameters) if one else (0, 0) for one in trained]
        words = [_of(*state) for state in states]
        found.append(_counted(tr("Parameters trained"), words, [state[0] for state in states]))
    losses = [_loss(run) for run in runs]
    if any(losses):
        words = ["–" if loss is None else _value(loss) for loss in losses]
        same = None not in losses and words[0] == words[1]
        found.append(Measure(tr("loss"), words[0], words[1], None, same))
    seconds = [duration(run.trace.run.seconds) for run in runs]
    found.append(Measure(tr("Time, traced"), seconds[0], seconds[1], None, None))
    return found


def _counted(title: str, words: list[str], counts: tuple[int, ...] | list[int]) -> Measure:
    largest = max(*counts, 1)
    shares = counts[0] / largest, counts[1] / largest
    return Measure(title, words[0], words[1], shares, words[0] == words[1])


def _operations(recorded: Sequence[int], units: Sequence[int], differ: Differences) -> list[str]:
    first, second = map(_of, recorded, units)
    if first == second and not differ.records_the_same:
        second = tr("{count}, others").format(count=second)
    return [first, second]


def _of(count: int, total: int) -> str:
    return tr("{count} of {total}").format(count=number(count), total=number(total))


def _recorded(run: Run) -> tuple[int, int]:
    counts = status_counts(run)
    return counts["recorded"], sum(counts.values())


def _loss(run: Run) -> Tensor | None:
    """Return the number that the last `backward()` began at, or None."""
    for backward in reversed(run.trace.backward_passes):
        roots = [run.tensors[root] for root in backward.roots if root in run.tensors]
        if backward.call == "backward" and roots and roots[0].summary.numel == 1:
            return roots[0]
    return None


def _value(loss: Tensor) -> str:
    return short(loss.summary.norm if loss.summary.min is None else loss.summary.min, 4)
