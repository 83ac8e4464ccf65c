"""What groups of operations held at a moment of the run."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Final

from app.contract.records import Gradient
from app.session.graph.held import Held, leaves_of, statuses
from app.session.graph.payloads import StatusKey
from app.session.run import Run

if TYPE_CHECKING:
    from app.session.timeline.history import Snapshot


_MANY: Final = 500
"""Groups with more operations than this are sorted ahead, not while a picture is painted."""
_MOST: Final = 1_000_000
"""The number of operations in remembered groups; beyond it the least recently used are dropped."""


class Contents:
    """What groups held at a moment.  Sorts a group's events once, then searches them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: OrderedDict[tuple[int, int], _Content] = OrderedDict()
        self._count = 0
        self._lock = Lock()

    def look_ahead(self, groups: Iterable[Sequence[int]]) -> None:
        """Sort large groups in advance, in the thread that makes the picture."""
        for operations in groups:
            if len(operations) > _MANY:
                self._content(operations)

    def at(self, then: Snapshot, operations: Sequence[int]) -> Held | None:
        """Return what a range of operations held at a moment; None if none had happened."""
        return self._content(operations).at(then)

    def _content(self, operations: Sequence[int]) -> _Content:
        key = (operations[0], operations[-1])
        with self._lock:
            if (content := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return content
        content = _Content(self._run, operations)
        with self._lock:
            self._keep(key, content)
        return content

    def _keep(self, key: tuple[int, int], content: _Content) -> None:
        if key in self._known:  # the other thread was there first
            return
        self._known[key] = content
        self._count += content.size
        while self._count > _MOST and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            self._count -= oldest.size


class _Content:
    def __init__(self, run: Run, operations: Sequence[int]) -> None:
        made = run.operation_columns
        events = [made.events[place] for place in made.places.of(operations)]
        self._run = run
        self.size = len(events)
        self._events: dict[StatusKey, list[int]] = defaultdict(list)
        for status, event in zip(statuses(run, operations), events, strict=True):
            self._events[status].append(event)
        cutting = run.cutting
        self._cuts = [
            event for one, event in zip(operations, events, strict=True) if one in cutting
        ]
        self._leaves = leaves_of(run, operations)

    def at(self, then: Snapshot) -> Held | None:
        def is_set(row: Gradient) -> bool:
            change = then.grad(self._run.identity(row.tensor))
            return change is not None and change.kind != "cleared"

        counts = {
            status: count
            for status, events in self._events.items()
            if (count := bisect_right(events, then.now))
        }
        cut = bool(self._cuts) and self._cuts[0] <= then.now
        return Held.of(counts, self._leaves, is_set=is_set, cut=cut) if counts else None
