"""The tensors of a trace, in columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from app.contract.records import Tensor, TensorKind
from app.contract.spots import FileId
from app.session.trace.columns.columns import (
    ColumnsById,
    SharedValues,
    column_of,
    or_none,
    record_of,
)
from app.session.trace.values.summaries import Summaries


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


class Tensors(ColumnsById[Tensor]):
    """The tensors in the order of their first rows."""

    _names = ("ids", "form", "bases", "storages", "identities", "label", "values")
    bases: array[int]
    storages: array[int]
    identities: array[int]
    label: array[int]
    """Numbers of `labels`."""
    values: array[int]
    """Numbers of `summaries`."""

    def __init__(self, summaries: Summaries) -> None:
        super().__init__(TensorForm)
        self.summaries = summaries
        self.labels = SharedValues(Label)

    def extend(
        self,
        numbers: Sequence[int],
        forms: Sequence[int],
        bases: Iterable[int | None],
        storages: Sequence[int],
        identities: Sequence[int],
        labels: Sequence[int],
        summaries: Sequence[int],
    ) -> None:
        """Add tensors with new ids; `forms`, `labels` and `summaries` are numbers.

        Raises OverflowError, and adds nothing, where an integer needs more than 64 bits.
        """
        views = column_of(bases)
        self._extend((numbers, forms, views, storages, identities, labels, summaries))

    def replace(
        self,
        place: int,
        form: int,
        is_view_of: int | None,
        storage: int,
        identity: int,
        label: int,
        summary: int,
    ) -> None:
        """Replace a tensor; raises OverflowError, and changes nothing, as `extend` does."""
        (base,) = column_of((is_view_of,))
        self._replace(place, (self.ids[place], form, base, storage, identity, label, summary))

    def add_records(self, tensors: Sequence[Tensor]) -> None:
        """Add tensors of a document; raises as `extend` does."""
        numbers, bases, storages, identities = zip(*map(_own, tensors), strict=True)
        self.extend(
            numbers, self.forms.numbers_of(tensors), bases, storages,
            identities, self.labels.numbers_of(tensors),
            [self.summaries.add_record(one.summary) for one in tensors],
        )  # fmt: skip

    def form_of(self, number: int) -> TensorForm:
        """Return the form of the tensor with this id."""
        form: TensorForm = self.forms.values[self.form[self.places[number]]]
        return form

    def label_of(self, number: int) -> Label:
        """Return the name and the place of the tensor with this id."""
        return self.labels.values[self.label[self.places[number]]]

    def set_values(self, place: int, summary: int) -> None:
        self._set("values", place, summary)

    def set_label(self, place: int, label: Label) -> None:
        self.label[place] = self.labels.number(label)

    def set_kind(self, place: int, kind: TensorKind) -> None:
        form = self.forms.values[self.form[place]]
        self.form[place] = self.forms.number(form._replace(kind=kind))


_own = attrgetter("id", "is_view_of", "storage", "identity")


Tensors._record = record_of(
    Tensor,
    TensorForm,
    {
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
