"""What saved tensors keep alive for backward, at every moment of a run."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import accumulate, repeat
from typing import TYPE_CHECKING, NamedTuple

from app.session.trace.columns.columns import NONE

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.trace.columns.kept import Kept


class Amount(NamedTuple):
    """Bytes that saved tensors keep alive; `only` of them are kept by nothing else.

    The others are alive anyway: weights, inputs, whatever a variable of the program holds.  Which
    they are shows when the graph lets go of them: memory that was kept only for backward is freed.
    """

    total: int = 0
    only: int = 0

    @property
    def anyway(self) -> int:
        return self.total - self.only

    def plus(self, other: Amount) -> Amount:
        return Amount(self.total + other.total, self.only + other.only)


NOTHING = Amount()


def _changes(kept: Kept, sizes: Iterable[int]) -> dict[int, int]:
    """Return by how much a sum changes at each event, with a size for each record."""
    changes: dict[int, int] = defaultdict(int)
    for begin, end, size in zip(kept.events, kept.ends, sizes, strict=True):
        changes[begin] += size
        if end != NONE:
            changes[end] -= size
    return changes


class KeptBytes:
    """A step function over the events of a run; each storage counts once."""

    def __init__(self, run: Run) -> None:
        # Not the run, which has this: a circle would outlive it.
        self._tensors, self._operations = run.tensor_columns, run.operation_columns
        self._modules = run.modules
        self._columns = kept = run.kept_columns
        self._only = self._only_for_backward()
        """For each record its bytes if nothing else kept the storage, else 0."""
        self._bytes = [kept.forms.values[form].bytes for form in kept.form]
        totals = _changes(kept, self._bytes)
        only = _changes(kept, self._only)
        self._events = sorted(totals)
        sums = (accumulate(map(of.__getitem__, self._events)) for of in (totals, only))
        self._amounts = list(map(Amount, *sums))

    def _only_for_backward(self) -> list[int]:
        kept = self._columns
        held = self._held if NONE in kept.ends else frozenset[int]()
        found = []
        for form, storage in zip(kept.form, kept.storages, strict=True):
            size, outlived = kept.forms.values[form]
            is_held = storage in held if outlived is None else outlived
            found.append(0 if is_held else size)
        return found

    @property
    def _held(self) -> frozenset[int]:
        """The storages of leaves and of what variables named: for what was kept to the end."""
        tensors = self._tensors
        is_leaf = [form.is_leaf for form in tensors.forms.values]
        is_named = [label.name is not None for label in tensors.labels.values]
        return frozenset(
            storage
            for storage, form, label in zip(
                tensors.storages, tensors.form, tensors.label, strict=True
            )
            if is_leaf[form] or is_named[label]
        )

    def at(self, event: int) -> Amount:
        """Return what is kept when everything up to an event has happened."""
        place = bisect_right(self._events, event)
        return self._amounts[place - 1] if place else NOTHING

    @cached_property
    def peak(self) -> Amount:
        """The most that was kept at a moment."""
        return max(self._amounts, default=NOTHING)

    @cached_property
    def _of_operations(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """What each operation keeps that none before it has kept in this run: all, and only."""
        kept, seen = self._columns, set[int]()
        totals: dict[int, int] = defaultdict(int)
        only: dict[int, int] = defaultdict(int)
        for operation, memory, size, own in zip(
            kept.operations, kept.memories, self._bytes, self._only, strict=True
        ):
            if memory not in seen and operation != NONE:
                seen.add(memory)
                totals[operation] += size
                only[operation] += own
        return dict(totals), dict(only)

    def of(self, operations: Collection[int]) -> Amount:
        """Return the sum of what some operations keep, as `Operation.saved_bytes` has it."""
        nothing = repeat(0)
        return Amount(*(sum(map(one.get, operations, nothing)) for one in self._of_operations))

    @cached_property
    def by_module(self) -> Mapping[str, Amount]:
        """What the operations in each module keep, by its path, modules inside it included."""
        columns = self._operations
        totals, only = self._of_operations
        found: dict[str, Amount] = defaultdict(Amount)
        for operation, total in totals.items():
            place = columns.places.get(operation)
            inside = None if place is None else columns.form_at(place).module
            while inside is not None:
                module = self._modules[inside]
                found[module.path] = found[module.path].plus(Amount(total, only[operation]))
                inside = module.parent
        return found

    def peaks(self, by: Mapping[int, int]) -> dict[int, int]:
        """Return the most bytes at a moment for groups of operations, which `by` names."""
        kept = self._columns
        changes: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for operation, begin, end, total in zip(
            kept.operations, kept.events, kept.ends, self._bytes, strict=True
        ):
            if (group := by.get(operation)) is not None:
                changes[group][begin] += total
                if end != NONE:
                    changes[group][end] -= total
        return {
            group: max(accumulate(size for _, size in sorted(own.items())))
            for group, own in changes.items()
        }
