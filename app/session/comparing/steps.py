"""The steps of two runs in one order, which is that of both."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.contract.records import BackwardStep, Operation
from app.session.comparing.sequences import between
from app.session.timeline import History, Moment

Step = tuple[int | None, int | None]
"""A moment of the first run, of the second, or of both, by its position; see `History`."""


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The steps of both runs; positions are those of `History`."""

    rows: Sequence[Step]
    first: Places
    second: Places

    def first_at(self, position: int) -> int:
        """Return the position of the first run while the second is at `position`."""
        return self.first.position(self.second.row(position))


@dataclass(frozen=True)
class Places:
    """Where the steps of one run are among those of both: ascending numbers of rows, from 1."""

    rows: Sequence[int]
    all_rows: int

    @cached_property
    def end(self) -> int:
        return len(self.rows) + 1

    @property
    def last(self) -> int:
        """The row of the last step; 0 without steps."""
        return self.rows[-1] if self.rows else 0

    def row(self, position: int) -> int:
        """Return the row of a position; one behind the last row for the end of the run."""
        if position >= self.end:
            return self.all_rows + 1
        return self.rows[position - 1] if position > 0 else 0

    def position(self, row: int) -> int:
        """Return the position that the run has reached at a row: its end after its last step."""
        return self.end if row > self.last else bisect_right(self.rows, row)


def by_time(first: Sequence[float], second: Sequence[float]) -> Steps:
    """Put the steps of two runs into the order of their times, which ascend in each."""
    times = [(time, side, n) for side, each in enumerate((first, second))
             for n, time in enumerate(each, 1)]  # fmt: skip
    order = sorted(times)
    rows = [(n, None) if side == 0 else (None, n) for _, side, n in order]
    return _steps(rows)


def _steps(rows: Sequence[Step]) -> Steps:
    found = [
        Places([at for at, row in enumerate(rows, 1) if row[side] is not None], len(rows))
        for side in (0, 1)
    ]
    return Steps(rows, *found)


def steps(first: History, second: History, pairs: Mapping[int, int]) -> Steps:
    """Align the steps of two runs; `pairs` has the operations that belong together."""
    here = {other: other for other in pairs.values()}
    names = [
        [_name(history, moment, shared) for moment in history.moments]
        for history, shared in ((first, pairs), (second, here))
    ]
    rows: list[Step] = []
    for ours, theirs in between(*names):
        rows += ((place + 1, None) for place in ours)
        rows += ((None, place + 1) for place in theirs)
        if ours.stop < len(first):
            rows.append((ours.stop + 1, theirs.stop + 1))
    return _steps(rows)


def _name(history: History, moment: Moment, shared: Mapping[int, int]) -> Hashable:
    """Return what a step is called in both runs."""
    record = moment.records[0]
    if isinstance(record, Operation):
        return moment.kind, record.qualified_name, shared.get(record.id, -1)
    if isinstance(record, BackwardStep):
        name = None if record.tensor is None else history.run.name(record.tensor)
        maker = None if record.operation is None else shared.get(record.operation, -1)
        return moment.kind, record.grad_fn, maker, name
    return (moment.kind,)
