"""Counts the operations of a run while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from app.session.trace.columns.columns import NONE
from app.session.trace.columns.operations import OperationForm, Operations
from app.session.trace.columns.tensors import Tensors


class GrowingCount:
    """The `operation_count` of a run that goes on, so far.

    It may be off by a few: what a library computes for the first values of parameters, and which
    new tensors have values that left torch before, is known only from the complete record.
    """

    def __init__(self, made: Operations, tensors: Tensors) -> None:
        self._made, self._tensors = made, tensors
        self._seen = self._count = 0
        self._counts: list[bool] = []
        """By the number of a form, whether its operations count, but for those on buffers."""
        self._in_place: set[int] = set()
        """The numbers of those forms that may be on buffers."""
        self._around: set[int] = set()
        """The calls around others so far."""

    def so_far(self) -> int:
        made, first = self._made, self._seen
        for number, form in enumerate(made.forms.values[len(self._counts) :], len(self._counts)):
            self._counts.append(_counts(form))
            if form.in_place and self._counts[number]:
                self._in_place.add(number)
        self._seen = len(made)
        around = {*made.parents[first:]} - self._around - {NONE}
        aside = [one for one in around if made.places.get(one) is not None]
        aside.extend(self._around.intersection(made.ids[first:]))
        self._around |= around
        self._count += sum(map(self._counts.__getitem__, made.form[first:]))
        self._count -= sum(self._counts[made.form[made.places[one]]] for one in aside)
        if self._in_place:
            forms = enumerate(made.form[first:], first)
            changing = [place for place, form in forms if form in self._in_place]
            self._count -= sum(map(self._are_buffers, made.taken_and_made(changing)))
        return self._count

    def _are_buffers(self, operation: tuple[int, Sequence[int], Sequence[int]]) -> bool:
        """Return whether all that an operation made or changed are buffers of modules."""
        return all(self._tensors.form_of(one).kind == "buffer" for one in operation[2])


def _counts(form: OperationForm) -> bool:
    if form.phase != "forward" or form.reason == "source":
        return False
    if form.set_up is not None and form.status != "recorded":
        return False
    cause = form.cause
    if cause is None or cause.kind != "library":
        return True
    return not form.in_place and cause.module != "torch.nn.init"
