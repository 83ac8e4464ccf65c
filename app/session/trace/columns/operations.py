"""The operations of a trace, in columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from app.contract.records import Cause, Frame, LoopPass, Operation, Phase, Reason, SetUp, Status
from app.contract.spots import FileId, line_and_file, spot
from app.session.trace.columns.columns import (
    ColumnsById,
    SharedValues,
    column_of,
    extended,
    list_at,
    or_none,
    record_of,
)
from app.session.trace.files import FileIds


class OperationForm(NamedTuple):
    """The fields that operations share with others, as in `Operation`."""

    name: str
    qualified_name: str
    line: int | None
    end_line: int | None
    column: int | None
    end_column: int | None
    module: int | None
    phase: Phase
    in_place: bool
    status: Status
    reason: Reason
    would_record: bool
    cause: Cause | None
    grad_mode: bool
    inference: bool
    set_up: SetUp | None
    file: FileId
    stack: tuple[Frame, ...]
    call_columns: tuple[int | None, ...]
    grad_fn: list[str]

    @property
    def spot(self) -> int | None:
        return None if self.line is None else spot(self.file, self.line)


class Parts(NamedTuple):
    """What an operation is part of."""

    optimizer_step: int | None
    backward_pass: int | None
    recomputation: int | None


_ALONE = Parts(None, None, None)
ALONE = 0
"""Its number."""
OUTSIDE = 0
"""The number of no pass of any loop."""


_RECENT = 1_000


class LoopPasses:
    """The passes of loops, each by a number with the number of the pass around it."""

    def __init__(self, files: FileIds) -> None:
        self._files = files
        self._outer = array("i", (OUTSIDE,))
        self._passes = array("i", (0, 0, 0))
        self._numbers: dict[tuple[int, ...], int] = {}
        """By the number of the pass around and the pass: plain tuples, which the collector of
        garbage leaves alone."""
        self._recent: dict[int, list[LoopPass]] = {OUTSIDE: []}

    def __len__(self) -> int:
        return len(self._outer)

    def extend(self, outer: Sequence[int], passes: Iterable[tuple[int, ...]]) -> None:
        """Add passes: the spots of their loops, their entries and how many passes went before.

        They may lie in each other; they get the numbers from `len` on.

        Raises OverflowError, and adds nothing, where a number needs more than 64 bits.
        """
        self._passes = extended(self._passes, list(chain.from_iterable(passes)))
        self._outer.extend(outer)

    def numbers_of(self, many: Iterable[Sequence[LoopPass]]) -> list[int]:
        """Return for each of several lists of passes, in each other, the number of the innermost.

        Raises as `extend`.
        """
        known, first = self._numbers, len(self)
        fresh: dict[tuple[int, ...], int] = {}
        numbers, number, before = [], OUTSIDE, None
        for passes in many:
            if passes != before:
                number, before = OUTSIDE, passes
                for line, entry, passed, file in passes:
                    key = number, spot(file, line), entry, passed
                    found = known.get(key)
                    if found is None:
                        found = fresh.setdefault(key, first + len(fresh))
                    number = found
            numbers.append(number)
        self.extend([key[0] for key in fresh], [key[1:] for key in fresh])
        known.update(fresh)
        return numbers

    def __getitem__(self, number: int) -> list[LoopPass]:
        inner = []
        while (found := self._recent.get(number)) is None:
            inner.append(number)
            number = self._outer[number]
        if len(self._recent) > _RECENT:
            self._recent = {OUTSIDE: []}
        for one in reversed(inner):
            at, entry, passed = self._passes[3 * one : 3 * one + 3]
            line, file = line_and_file(at)
            found = [*found, LoopPass(line, entry, passed, self._files[file])]
            self._recent[one] = found
        return found

    @property
    def files(self) -> Iterable[int]:
        """The files that have loops."""
        return {line_and_file(at)[1] for at in self._passes[::3]}

    def are_same(self, one: int, other: int) -> bool:
        """Return whether two numbers are of the same pass of the same loops."""
        while one != other:
            if self._passes[3 * one : 3 * one + 3] != self._passes[3 * other : 3 * other + 3]:
                return False
            one, other = self._outer[one], self._outer[other]
        return True


class Operations(ColumnsById[Operation]):
    """The operations in the order of their first rows."""

    _names = (
        "ids", "form", "parents", "occurrences", "saved_bytes", "seconds", "events", "loops", "part"
    )  # fmt: skip
    parents: array[int]
    occurrences: array[int]
    saved_bytes: array[int]
    events: array[int]
    loops: array[int]
    """Numbers of `passes`."""
    part: array[int]
    """Numbers of `parts`."""

    def __init__(self, files: FileIds) -> None:
        super().__init__(OperationForm, lists=3)
        self.seconds = array("d")
        self.passes = LoopPasses(files)
        self.parts = SharedValues(Parts)
        self.parts.number(_ALONE)

    def extend(
        self,
        numbers: Sequence[int],
        forms: Sequence[int],
        parents: Iterable[int | None],
        occurrences: Sequence[int],
        saved_bytes: Sequence[int],
        seconds: Sequence[float],
        events: Sequence[int],
        loops: Sequence[int],
        tensors: Sequence[Sequence[int]],
        parts: Sequence[int] = (),
    ) -> None:
        """Add operations with new ids; `forms`, `loops` and `parts` are numbers.

        `tensors` are the inputs, the outputs and the mutated tensors of each.  Raises
        OverflowError, and adds nothing, where one of the integers needs more than 64 bits.
        """
        around, parts = column_of(parents), parts or [ALONE] * len(numbers)
        self._extend(
            (numbers, forms, around, occurrences, saved_bytes, seconds, events, loops, parts),
            tensors,
        )

    def add_records(self, operations: Sequence[Operation]) -> None:
        """Add operations of a document; raises as `extend` does."""
        numbers, parents, occurrences, saved_bytes, seconds, events = zip(
            *map(_own, operations), strict=True
        )
        self.extend(
            numbers, self.forms.numbers_of(operations), parents, occurrences,
            saved_bytes, seconds, events, self.passes.numbers_of(one.loops for one in operations),
            list(chain.from_iterable(map(_tensors, operations))),
            self.parts.numbers_of(operations),
        )  # fmt: skip

    def set_parts(self, place: int, parts: Parts) -> None:
        self.part[place] = self.parts.number(parts)

    def form_at(self, place: int) -> OperationForm:
        form: OperationForm = self.forms.values[self.form[place]]
        return form

    def inputs(self, place: int) -> Sequence[int]:
        return self.lists.at(place, 0, 0)

    def outputs(self, place: int) -> Sequence[int]:
        return self.lists.at(place, 1, 1)

    def taken_and_made(
        self, places: Iterable[int]
    ) -> Iterator[tuple[int, Sequence[int], Sequence[int]]]:
        """Yield the place of each of some operations, what it took, and what it made or mutated."""
        items, ends = self.lists.items, self.lists.ends
        for place in places:
            at = 3 * place
            first, end = ends[at], ends[at + 2]
            taken = items[ends[at - 1] if at else 0 : first]
            yield place, taken, (items[first],) if end - first == 1 else items[first:end]


_own = attrgetter("id", "parent", "occurrence", "saved_bytes", "seconds", "event")
_tensors = attrgetter("inputs", "outputs", "mutates")


def _part(index: int) -> Any:
    return lambda operation: operation.of.parts.values[operation.of.part[operation.at]][index]


Operations._record = record_of(
    Operation,
    OperationForm,
    {name: _part(index) for index, name in enumerate(Parts._fields)}
    | {name: list_at(index) for index, name in enumerate(("inputs", "outputs", "mutates"))}
    | {
        "id": lambda operation: operation.of.ids[operation.at],
        "parent": lambda operation: or_none(operation.of.parents[operation.at]),
        "occurrence": lambda operation: operation.of.occurrences[operation.at],
        "saved_bytes": lambda operation: operation.of.saved_bytes[operation.at],
        "seconds": lambda operation: operation.of.seconds[operation.at],
        "event": lambda operation: operation.of.events[operation.at],
        "loops": lambda operation: operation.of.passes[operation.of.loops[operation.at]],
    },
)
