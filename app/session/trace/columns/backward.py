"""What backward passes did, in columns: autograd's nodes, the steps through them, the readings of
gradients after them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import Any, NamedTuple

from app.contract.records import (
    AutogradNode,
    BackwardStep,
    GradientReading,
    SavedTensor,
    Summary,
)
from app.session.trace.columns.columns import (
    NONE,
    Columns,
    ColumnsById,
    Lists,
    SharedValues,
    column_of,
    list_at,
    or_none,
    record_of,
)
from app.session.trace.values.summaries import Summaries


class StepForm(NamedTuple):
    """The fields that steps share with others, as in `BackwardStep`."""

    grad_fn: str
    shape: list[int]


class BackwardSteps(Columns[BackwardStep]):
    """The steps of all backward passes; each pass knows the places of its steps."""

    _names = ("form", "operations", "tensors", "events", "makers", "nodes", "values")
    operations: array[int]
    tensors: array[int]
    events: array[int]
    makers: array[int]
    nodes: array[int]
    values: array[int]
    """Numbers of `summaries`, or NONE where no gradient arrived."""

    def __init__(self, summaries: Summaries) -> None:
        super().__init__(StepForm)
        self.summaries = summaries

    def extend(
        self,
        forms: Sequence[int],
        operations: Iterable[int | None],
        tensors: Iterable[int | None],
        events: Sequence[int],
        makers: Iterable[int | None],
        nodes: Iterable[int | None],
        values: Iterable[int | None],
    ) -> range:
        """Add steps, whose forms and values are numbers, and return their places.

        Raises OverflowError, and adds nothing, where an integer needs more than 64 bits.
        """
        begin = len(self)
        some = [column_of(one) for one in (operations, tensors, makers, nodes, values)]
        self._extend((forms, *some[:2], events, *some[2:]))
        return range(begin, len(self))

    def add_records(self, steps: Sequence[BackwardStep]) -> None:
        """Add steps of a document; raises as `extend` does."""
        operations, tensors, events, makers, nodes = zip(*map(_own_of_step, steps), strict=True)
        self.extend(
            self.forms.numbers_of(steps), operations, tensors,
            events, makers, nodes, [self.summaries.add_or_none(step.grad) for step in steps],
        )  # fmt: skip


_own_of_step = attrgetter("operation", "tensor", "event", "made_in", "node")


def _summary(record: Any) -> Summary | None:
    number = record.of.values[record.at]
    return None if number == NONE else record.of.summaries[number]


BackwardSteps._record = record_of(
    BackwardStep,
    StepForm,
    {
        "operation": lambda step: or_none(step.of.operations[step.at]),
        "grad": _summary,
        "tensor": lambda step: or_none(step.of.tensors[step.at]),
        "event": lambda step: step.of.events[step.at],
        "made_in": lambda step: or_none(step.of.makers[step.at]),
        "node": lambda step: or_none(step.of.nodes[step.at]),
    },
)


class NodeForm(NamedTuple):
    """The field that nodes share with others, as in `AutogradNode`."""

    name: str


class SavedForm(NamedTuple):
    """The fields that saved tensors share with others, as in `SavedTensor`."""

    name: str
    dtype: str
    bytes: int
    shape: list[int]


class Nodes(ColumnsById[AutogradNode]):
    """The autograd nodes.  Their lists are what they pass gradients on to and, two numbers for each
    saved tensor, its form and its storage."""

    _names = ("ids", "form", "operations", "tensors")
    operations: array[int]
    tensors: array[int]

    def __init__(self) -> None:
        super().__init__(NodeForm, lists=2)
        self.saved_forms = SharedValues(SavedForm)

    def extend(
        self,
        numbers: Sequence[int],
        forms: Sequence[int],
        operations: Iterable[int | None],
        tensors: Iterable[int | None],
        lists: Sequence[Sequence[int]],
    ) -> None:
        """Add nodes with new ids; `forms` are numbers, `lists` two for each.

        Raises OverflowError, and adds nothing, where an integer needs more than 64 bits.
        """
        self._extend((numbers, forms, column_of(operations), column_of(tensors)), lists)

    def add_records(self, nodes: Sequence[AutogradNode]) -> None:
        """Add nodes of a document; raises as `extend` does."""
        numbers, operations, tensors = zip(*map(_own_of_node, nodes), strict=True)
        saved = [one for node in nodes for one in node.saved]
        storages = column_of(one.storage for one in saved)
        pairs = zip(self.saved_forms.numbers_of(saved), storages, strict=True)
        lists: list[Sequence[int]] = []
        for node in nodes:
            lists += node.next, list(chain.from_iterable(islice(pairs, len(node.saved))))
        self.extend(numbers, self.forms.numbers_of(nodes), operations, tensors, lists)

    def connect(self, ids: Sequence[Sequence[int]]) -> None:
        """Replace the indices of the nodes that each node passes gradients on to by their ids.

        `ids` has, for each node, the ids that its indices refer to.
        """
        rest, self.lists = self.lists, Lists(2)
        self.lists.extend([
            numbers
            for place, known in enumerate(ids)
            for numbers in (
                [known[one] for one in rest.at(place, 0, 0) if 0 <= one < len(known)],
                rest.at(place, 1, 1),
            )
        ])  # fmt: skip

    def following(self, place: int) -> Sequence[int]:
        """Return the ids of the nodes that one passes gradients on to."""
        return self.lists.at(place, 0, 0)

    def saved(self, place: int) -> list[SavedTensor]:
        numbers = self.lists.at(place, 1, 1)
        return [
            SavedTensor(form.name, form.shape, form.dtype, form.bytes, or_none(storage))
            for form, storage in zip(
                map(self.saved_forms.values.__getitem__, numbers[::2]), numbers[1::2], strict=True
            )
        ]


_own_of_node = attrgetter("id", "operation", "tensor")

Nodes._record = record_of(
    AutogradNode,
    NodeForm,
    {
        "id": lambda node: node.of.ids[node.at],
        "operation": lambda node: or_none(node.of.operations[node.at]),
        "tensor": lambda node: or_none(node.of.tensors[node.at]),
        "next": list_at(0),
        "saved": lambda node: node.of.saved(node.at),
    },
)


class ReadingForm(NamedTuple):
    """The field that readings share with others, as in `GradientReading`."""

    shape: list[int] | None


class Readings(Columns[GradientReading]):
    """The readings of gradients, in order."""

    _names = ("form", "tensors", "events", "values")
    tensors: array[int]
    events: array[int]
    values: array[int]
    """Numbers of `summaries`, or NONE."""

    def __init__(self, summaries: Summaries) -> None:
        super().__init__(ReadingForm)
        self.summaries = summaries

    def add(self, tensor: int, event: int, values: int | None, shape: list[int] | None) -> None:
        """Add a reading; `values` is a number.  Raises OverflowError as `Columns` do."""
        form = self.forms.number((shape,))
        self._extend(((form,), (tensor,), (event,), column_of((values,))))

    def add_records(self, readings: Iterable[GradientReading]) -> None:
        for one in readings:
            values = self.summaries.add_or_none(one.grad)
            self.add(one.tensor, one.event, values, one.shape)


Readings._record = record_of(
    GradientReading,
    ReadingForm,
    {
        "tensor": lambda reading: reading.of.tensors[reading.at],
        "event": lambda reading: reading.of.events[reading.at],
        "grad": _summary,
    },
)
