"""The operations of a trace, in columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from app.contract.records import Cause, Frame, LoopPass, Operation, Phase, Reason, SetUp, Status
from app.contract.spots import FileId, line_and_file, spot
from app.session.trace.columns import (
    NONE,
    Columns,
    SharedValues,
    of_form,
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
        self._passes = array("q", (0, 0, 0))
        self._numbers: dict[tuple[int, ...], int] = {}
        """By the number of the pass around and the pass: plain tuples, which the collector of
        garbage leaves alone."""
        self._recent: dict[int, list[LoopPass]] = {OUTSIDE: []}

    def add(self, outer: int, one: tuple[int, int, int]) -> int:
        """Add a pass: the spot of its loop, its entry and how many passes went before.

        Raises OverflowError, and adds nothing, where a number needs more than 64 bits.
        """
        self._passes.extend(array("q", one))
        self._outer.append(outer)
        return len(self._outer) - 1

    def number(self, passes: Iterable[LoopPass]) -> int:
        """Return the number of the innermost of some passes, in each other; raises as `add`."""
        number = OUTSIDE
        for one in passes:
            told = one.spot, one.entry, one.passed
            found = self._numbers.get((number, *told))
            if found is None:
                found = self._numbers[number, *told] = self.add(number, told)
            number = found
        return number

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


class Operations(Columns[Operation]):
    """The operations in the order in which they were first told of."""

    def __init__(self, files: FileIds) -> None:
        super().__init__(OperationForm)
        self.parents = array("q")
        self.occurrences = array("q")
        self.saved_bytes = array("q")
        self.seconds = array("d")
        self.events = array("q")
        self.passes = LoopPasses(files)
        self.loops = array("i")
        self.parts = SharedValues(Parts)
        self.parts.number(_ALONE)
        self.part = array("i")
        self.tensors = array("q")
        """The inputs, outputs and mutated tensors of each, one after the other."""
        self.ends = array("I")
        """Where each of the three ends."""
        self._columns = (
            self.ids, self.parents, self.occurrences, self.saved_bytes, self.events, self.form,
            self.seconds, self.loops, self.part,
        )  # fmt: skip

    def add(
        self,
        number: int,
        form: int,
        parent: int | None,
        occurrence: int,
        inputs: Sequence[int],
        outputs: Sequence[int],
        mutates: Sequence[int],
        saved_bytes: int,
        seconds: float,
        event: int,
        loops: int,
        parts: int = ALONE,
    ) -> None:
        """Add an operation; `form`, `loops` and `parts` are numbers.

        Raises OverflowError, and adds nothing, where one of the integers needs more than 64 bits.
        """
        place = len(self.ids)
        begin = len(self.tensors)
        first = begin + len(inputs)
        second = first + len(outputs)
        around = NONE if parent is None else parent
        try:
            self.tensors.extend((*inputs, *outputs, *mutates))
            self._append(
                (number, around, occurrence, saved_bytes, event, form, seconds, loops, parts)
            )
        except OverflowError:
            del self.tensors[begin:]
            raise
        self.ends.extend((first, second, second + len(mutates)))
        self.places.put(number, place)

    def add_record(self, operation: Operation) -> None:
        """Add an operation of a document; raises as `add` does."""
        form, loops = self.forms.number(_form(operation)), self.passes.number(operation.loops)
        self.add(
            operation.id, form, operation.parent, operation.occurrence, operation.inputs,
            operation.outputs, operation.mutates, operation.saved_bytes, operation.seconds,
            operation.event, loops, self.parts.number(_parts(operation)),
        )  # fmt: skip

    def set_parts(self, place: int, parts: Parts) -> None:
        self.part[place] = self.parts.number(parts)

    def form_at(self, place: int) -> OperationForm:
        form: OperationForm = self.forms.values[self.form[place]]
        return form

    def inputs(self, place: int) -> Sequence[int]:
        ends = self.ends
        return self.tensors[ends[3 * place - 1] if place else 0 : ends[3 * place]]

    def outputs(self, place: int) -> Sequence[int]:
        return self.tensors[self.ends[3 * place] : self.ends[3 * place + 1]]

    def made(self, place: int) -> Sequence[int]:
        """Return the outputs and the mutated tensors."""
        return self.tensors[self.ends[3 * place] : self.ends[3 * place + 2]]

    def changes(self, place: int) -> bool:
        """Return whether a call changed something in place."""
        return self.form_at(place).in_place or self.ends[3 * place + 1] != self.ends[3 * place + 2]


_form = attrgetter(*OperationForm._fields)
_parts = attrgetter(*Parts._fields)


def _tensors(part: int) -> Any:
    """Return what reads the inputs (0), outputs (1) or mutated tensors (2)."""

    def read(operation: Any) -> list[int]:
        of, end = operation.of, 3 * operation.at + part
        return of.tensors[of.ends[end - 1] if end else 0 : of.ends[end]].tolist()  # type: ignore[no-any-return]

    return read


def _part(index: int) -> Any:
    return lambda operation: operation.of.parts.values[operation.of.part[operation.at]][index]


Operations._record = record_of(
    Operation,
    {name: of_form(index) for index, name in enumerate(OperationForm._fields)}
    | {name: _part(index) for index, name in enumerate(Parts._fields)}
    | {name: _tensors(part) for part, name in enumerate(("inputs", "outputs", "mutates"))}
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
