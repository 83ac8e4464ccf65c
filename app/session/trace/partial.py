"""Where the record of a run ends before the run did, and what was lost in transit."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from app.contract.records import Partial, PartialBecause, Phase, RunInfo, RunStatus, Trace
from app.session.source.still_to_come import may_train_yet

if TYPE_CHECKING:
    from app.session.trace.rows import RowTables

_OF_STATUS: dict[RunStatus, PartialBecause] = {
    "stopped": "stopped",
    "timeout": "timeout",
    "crashed": "crashed",
    "out_of_memory": "out_of_memory",
    "raised": "raised",
    "running": "running",
}
_CUT_SHORT: tuple[PartialBecause, ...] = (
    "stopped", "timeout", "max_ops", "lost_rows", "running",
)  # fmt: skip


_AGAIN: tuple[PartialBecause, ...] = ("stopped", "timeout", "max_ops")
"""Where the record is whole up to its end."""
_ROUNDS = 3
"""After so many iterations, the rest is taken for more of the same."""


@dataclass(slots=True)
class Losses:
    """What is known to be missing, while rows arrive."""

    rows: int = 0
    last_event: int = 0
    first_loss: int | None = None
    """The last event before anything was lost."""
    cut_at: int | None = None
    """The event after which `max_ops` ended the record."""

    def lose(self, rows: int) -> None:
        self.rows += max(0, rows)
        if self.first_loss is None:
            self.first_loss = self.last_event

    def truncated(self, event: int) -> None:
        self.cut_at = event if self.cut_at is None else min(self.cut_at, event)

    @property
    def is_truncated(self) -> bool:
        return self.cut_at is not None


def is_cut_short(info: RunInfo) -> bool:
    """Return whether the program would have gone on where the record ends.

    An error, a crash and a lack of memory are the program's own end.  `Run.is_cut_short` asks, too,
    whether that matters.
    """
    return info.partial is not None and info.partial.because in _CUT_SHORT


def goes_round(trace: Trace) -> bool:
    """Return whether a record that was cut short holds several whole iterations, so that what did
    not happen in them does not happen in the next ones either.

    An iteration ends with an optimizer step or, where none ever comes, when gradients are cleared.
    Where the program has yet to run other code that trains, nothing is known.
    """
    if trace.run.partial is None or trace.run.partial.because not in _AGAIN:
        return False
    ends = [one.spot for one in trace.optimizer_steps if one.end_event is not None]
    rounds = Counter(ends or _cleared_passes(trace))
    return max(rounds.values(), default=0) >= _ROUNDS and not may_train_yet(trace)


def _cleared_passes(trace: Trace) -> Iterator[int | None]:
    """Yield where each backward pass began after which a gradient was cleared before the next."""
    cleared = sorted(f.event for f in trace.facts if f.kind in ("grad_cleared", "grad_zeroed"))
    passes = trace.backward_passes
    for one, following in pairwise(passes):
        if bisect(cleared, one.event) < bisect(cleared, following.event):
            yield one.spot


def has_gaps(info: RunInfo) -> bool:
    """Return whether the program went on after the end of its record."""
    return info.partial is not None and info.partial.because in ("max_ops", "lost_rows")


def partial_of(info: RunInfo, losses: Losses, tables: RowTables) -> Partial | None:
    """Return the first reason why the record ends, or None where it holds the whole run."""
    ends: list[tuple[int, PartialBecause]] = []
    if losses.cut_at is not None:
        last = max(tables.operations.events, default=0)
        ends.append((max(losses.cut_at, last), "max_ops"))
    missing = [note.event for note in tables.notes if note.code == "incomplete"]
    if losses.first_loss is not None:
        missing.append(losses.first_loss)
    if missing:
        ends.append((min(missing), "lost_rows"))
    if (because := _OF_STATUS.get(info.status)) is not None:
        ends.append((losses.last_event, because))
    if not ends:
        return None
    event, because = min(ends, key=lambda end: end[0])
    return Partial(because, event, _inside(event, because, tables))


def _inside(event: int, because: PartialBecause, tables: RowTables) -> Phase:
    failed = tables.failed_call
    if because == "raised" and failed is not None and failed.backward_pass is not None:
        return "backward"
    for backward in tables.passes.values():
        if backward.interrupted and backward.event <= event and because in ("stopped", "timeout"):
            return "backward"
        if backward.event <= event and (backward.end_event is None or event < backward.end_event):
            return "backward"
    broken = tables.broken_step
    ends_it = broken is not None and broken == max(tables.optimizer_steps, default=None)
    if ends_it and because in ("stopped", "timeout", "raised", "out_of_memory"):
        last = max(tables.operations.events, default=0)
        if last <= (tables.optimizer_steps[broken or 0].end_event or 0):
            return "optimizer"
    for step in tables.optimizer_steps.values():
        if step.event <= event and (step.end_event is None or event < step.end_event):
            return "optimizer"
    return "forward"
