"""What autograd kept for backward, in columns."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from app.contract.messages import KeptRow, MemoryRow, OperationRow, ReleasedRow
from app.contract.records import KeptStorage
from app.session.trace.columns.columns import NONE, Columns, column_of, or_none, record_of
from app.session.trace.partial import Losses


class KeptForm(NamedTuple):
    """The fields that records share with others, as in `KeptStorage`."""

    bytes: int
    outlived: bool | None


class Kept(Columns[KeptStorage]):
    """Storages while they were kept, by the event at which that began."""

    _names = ("form", "memories", "events", "ends", "operations", "storages")
    memories: array[int]
    events: array[int]
    ends: array[int]
    operations: array[int]
    storages: array[int]

    def __init__(self) -> None:
        super().__init__(KeptForm)

    def extend(
        self,
        forms: Collection[int],
        memories: Collection[int],
        events: Collection[int],
        ends: Iterable[int | None],
        operations: Iterable[int | None],
        storages: Iterable[int | None],
    ) -> None:
        """Add records, whose forms are numbers; raises OverflowError as `Columns` do."""
        some = map(column_of, (ends, operations, storages))
        self._extend((forms, memories, events, *some))

    def add_records(self, records: Sequence[KeptStorage]) -> None:
        """Add records of a document; raises as `extend` does."""
        forms = self.forms.numbers_of(records)
        self.extend(forms, *zip(*map(_own, records), strict=True))


_own = attrgetter("memory", "event", "end_event", "operation", "storage")

Kept._record = record_of(
    KeptStorage,
    KeptForm,
    {
        "memory": lambda kept: kept.of.memories[kept.at],
        "event": lambda kept: kept.of.events[kept.at],
        "end_event": lambda kept: or_none(kept.of.ends[kept.at]),
        "operation": lambda kept: or_none(kept.of.operations[kept.at]),
        "storage": lambda kept: or_none(kept.of.storages[kept.at]),
    },
)


class KeptRows:
    """The rows about what is kept, until the run is over."""

    def __init__(self, losses: Losses) -> None:
        self._losses = losses
        self._memories: dict[int, MemoryRow] = {}
        self._counted: set[int] = set()
        """The storages whose bytes are those of an operation."""
        self._begun: list[tuple[int, int, int]] = []
        """Event, storage, operation or NONE."""
        self._ended: list[tuple[int, int, bool]] = []
        """Event, storage, whether something else kept it alive."""

    def add_memories(self, rows: Sequence[MemoryRow]) -> None:
        self._memories.update((row.id, row) for row in rows)

    def bytes_of(self, rows: Sequence[OperationRow]) -> list[int]:
        """Return the bytes that each operation keeps, each storage counted once in the run."""
        known, counted, fresh, found = self._memories, self._counted, set[int](), []
        for row in rows:
            total = 0
            for number in row.kept:
                if number in known and number not in counted and number not in fresh:
                    total += known[number].bytes
                    fresh.add(number)
            found.append(total)
        return found

    def add_operations(self, rows: Sequence[OperationRow]) -> None:
        for row in rows:
            if row.kept:
                self._counted.update(row.kept)
                self._begin(row.event, row.kept, row.id)

    def add_made(self, row: KeptRow) -> None:
        self._begin(row.event, row.kept, NONE)

    def _begin(self, event: int, numbers: Sequence[int], operation: int) -> None:
        known = [number for number in numbers if number in self._memories]
        if len(known) < len(numbers):
            self._losses.lose(len(numbers) - len(known))
        self._begun += [(event, number, operation) for number in known]

    def add_released(self, row: ReleasedRow) -> None:
        for numbers, outlived in ((row.freed, False), (row.outlived, True)):
            self._ended += [(row.end_event, number, outlived) for number in numbers]

    def settle(self) -> Kept:
        """Return what was kept, from when to when.  Calls inside others were sent late."""
        ends: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for event, number, outlived in sorted(self._ended, reverse=True):
            ends[number].append((event, outlived))
        kept, found = Kept(), sorted(self._begun)
        over: list[tuple[int | None, bool | None]] = []
        for event, number, _ in found:
            rest = ends[number]
            while rest and rest[-1][0] < event:  # where its beginning is lost
                rest.pop()
            over.append(rest.pop() if rest else (None, None))
        if found:
            events, numbers, operations = zip(*found, strict=True)
            rows = [self._memories[number] for number in numbers]
            forms = [
                kept.forms.number((row.bytes, outlived))
                for row, (_, outlived) in zip(rows, over, strict=True)
            ]
            kept.extend(
                forms, numbers, events, [event for event, _ in over],
                map(or_none, operations), [row.storage for row in rows],
            )  # fmt: skip
        return kept
