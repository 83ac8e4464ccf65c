"""The tensors of a trace, in columns."""

from __future__ import annotations

from array import array
from operator import attrgetter
from typing import NamedTuple

from app.contract.records import Tensor, TensorKind
from app.contract.spots import FileId
from app.session.trace.columns import (
    NONE,
    Columns,
    SharedValues,
    of_form,
    or_none,
    record_of,
)
from app.session.trace.summaries import Summaries


class TensorForm(NamedTuple):
    """The fields that tensors share with others, as in `Tensor`."""

    kind: TensorKind
    dtype: str
    device: str
    requires_grad: bool
    is_leaf: bool
    is_inference: bool
    grad_fn: str | None
    shape: list[int]


class Label(NamedTuple):
    """The name of a tensor and the place that gave it."""

    name: str | None
    line: int | None
    file: FileId


class Tensors(Columns[Tensor]):
    """The tensors in the order in which they were first told of."""

    def __init__(self, summaries: Summaries) -> None:
        super().__init__(TensorForm)
        self.summaries = summaries
        self.bases = array("q")
        self.storages = array("q")
        self.identities = array("q")
        self.labels = SharedValues(Label)
        self.label = array("i")
        self.values = array("q")
        self._columns = (
            self.ids, self.bases, self.storages, self.identities, self.form, self.label, self.values
        )  # fmt: skip

    def put(
        self,
        number: int,
        form: int,
        is_view_of: int | None,
        storage: int,
        identity: int,
        label: int,
        summary: int,
    ) -> None:
        """Add a tensor, or replace the one of this id; `form`, `label`, `summary` are numbers.

        Raises OverflowError, and changes nothing, where an integer needs more than 64 bits.
        """
        base = NONE if is_view_of is None else is_view_of
        end, place = len(self.ids), self.places.get(number)
        self._append((number, base, storage, identity, form, label, summary))
        if place is None:
            self.places.put(number, end)
        else:
            for column in self._columns:
                column[place] = column.pop()

    def add_record(self, tensor: Tensor) -> None:
        """Add a tensor of a document; raises as `put` does."""
        form, label = self.forms.number(_form(tensor)), self.labels.number(_label(tensor))
        summary = self.summaries.add_record(tensor.summary)
        about = (tensor.is_view_of, tensor.storage, tensor.identity)
        self.put(tensor.id, form, *about, label, summary)

    def set_label(self, place: int, label: Label) -> None:
        self.label[place] = self.labels.number(label)

    def set_kind(self, place: int, kind: TensorKind) -> None:
        form = self.forms.values[self.form[place]]
        self.form[place] = self.forms.number(form._replace(kind=kind))


_form = attrgetter(*TensorForm._fields)
_label = attrgetter(*Label._fields)


Tensors._record = record_of(
    Tensor,
    {name: of_form(index) for index, name in enumerate(TensorForm._fields)}
    | {
        "id": lambda tensor: tensor.of.ids[tensor.at],
        "name": lambda tensor: tensor.of.labels.values[tensor.of.label[tensor.at]].name,
        "line": lambda tensor: tensor.of.labels.values[tensor.of.label[tensor.at]].line,
        "file": lambda tensor: tensor.of.labels.values[tensor.of.label[tensor.at]].file,
        "is_view_of": lambda tensor: or_none(tensor.of.bases[tensor.at]),
        "storage": lambda tensor: tensor.of.storages[tensor.at],
        "identity": lambda tensor: tensor.of.identities[tensor.at],
        "summary": lambda tensor: tensor.of.summaries[tensor.of.values[tensor.at]],
    },
)
