"""The run as a tree of rows: groups and operations, each with its status in words and its line.

It is what the picture shows, for whoever reads instead of looking.  Nothing here is made for all
rows at once: a row is worked out when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate

from app.contract.records import Operation
from app.session.graph.groups import ROOT, Group, Tree
from app.session.graph_items import STATUS_OF_REASON, StatusKey
from app.session.index import TraceIndex
from app.session.words import status_words

Thing = str | int
"""A group by its key, or an operation by its position in the tree's order."""


@dataclass(frozen=True, slots=True)
class Row:
    """`detail` is a variable or a module; `words` the status, or what a group holds."""

    title: str
    detail: str
    status: StatusKey
    words: str
    line: int | None

    @property
    def spoken(self) -> str:
        """The row in one sentence."""
        place = f"line {self.line}" if self.line is not None else ""
        return ", ".join(filter(None, (f"{self.title} {self.detail}".strip(), self.words, place)))


class Outline:
    """The rows of one tree, made once for a trace and never changed."""

    def __init__(self, index: TraceIndex, tree: Tree) -> None:
        self.tree = tree
        self._index = index
        operations = (index.operations[id_] for id_ in tree.order)
        statuses = [STATUS_OF_REASON[operation.reason] for operation in operations]
        self._until: dict[StatusKey, array[int]] = {
            status: array("L", accumulate((one == status for one in statuses), initial=0))
            for status in sorted(set(statuses))
        }
        self._calls = {
            group.step.operation: key
            for key, group in tree.groups.items()
            if group.step.operation is not None
        }

    def contents(self, key: str) -> tuple[Thing, ...]:
        """What lies right inside a group, in the order of the run."""
        return self.tree[key].contents

    def row(self, thing: Thing) -> Row:
        return self._group(self.tree[thing]) if isinstance(thing, str) else self._operation(thing)

    def operation(self, thing: Thing) -> int:
        """The id of an operation, or of the first one in a group."""
        return self.tree.order[self.tree[thing].start if isinstance(thing, str) else thing]

    def place(self, operation: int) -> Thing | None:
        """The row of an operation, by its id: of a composite call its group; None without any."""
        return self._calls.get(operation, self.tree.position(operation))

    def parent(self, thing: Thing) -> str:
        """The key of the group right around a row."""
        if isinstance(thing, str):
            return self.tree[thing].parent
        return self.tree.home(self.tree.order[thing]) or ROOT

    def _operation(self, place: int) -> Row:
        operation = self._index.operations[self.tree.order[place]]
        return Row(
            operation.name,
            self._detail(operation),
            STATUS_OF_REASON[operation.reason],
            status_words(operation),
            operation.line,
        )

    def _detail(self, operation: Operation) -> str:
        """The variable that it went to, or the module that it ran in."""
        names = (self._index.name(made) for made in operation.outputs)
        if name := next(filter(None, names), ""):
            return f"→ {name}"
        return "" if operation.module is None else self._index.modules[operation.module].path

    def _group(self, group: Group) -> Row:
        counts = {
            status: until[group.end] - until[group.start] for status, until in self._until.items()
        }
        recorded = counts.pop("recorded", 0)
        skipped = sum(count for status, count in counts.items() if status != "neutral")
        words = [f"{recorded:,} recorded"] if recorded else []
        if skipped:
            words.append(f"{skipped:,} skipped")
        most: StatusKey = max(counts, key=lambda one: counts[one]) if counts else "neutral"
        detail = ""
        if group.step.module is not None:
            detail = self._index.modules[group.step.module].type
        return Row(
            group.step.title,
            detail,
            "recorded" if recorded else most,
            ", ".join(words) or f"{group.size:,} sources",
            group.step.line,
        )


class Filtered:
    """The rows of an outline that lead to some operations, and no others."""

    def __init__(self, outline: Outline, operations: Iterable[int]) -> None:
        self.outline = outline
        places = (outline.place(operation) for operation in operations)
        found = {place for place in places if place is not None}
        self._calls: Collection[str] = {place for place in found if isinstance(place, str)}
        starts = (outline.tree[key].start for key in self._calls)
        self._places = sorted({place for place in found if isinstance(place, int)})
        self._reached = sorted({*self._places, *starts})
        self._known: dict[str, tuple[Thing, ...]] = {}

    def contents(self, key: str) -> tuple[Thing, ...]:
        """What lies right inside a group and is found, or holds what is."""
        if key not in self._known:
            inside = self.outline.contents(key)
            self._known[key] = tuple(thing for thing in inside if self._holds(thing))
        return self._known[key]

    def count(self, key: str) -> int:
        """How many operations are found in a group, itself included."""
        group = self.outline.tree[key]
        inside = bisect_left(self._places, group.end) - bisect_left(self._places, group.start)
        return inside + sum(
            group.start <= self.outline.tree[call].start < group.end for call in self._calls
        )

    def _holds(self, thing: Thing) -> bool:
        if isinstance(thing, int):
            at = bisect_left(self._places, thing)
            return at < len(self._places) and self._places[at] == thing
        group = self.outline.tree[thing]
        at = bisect_left(self._reached, group.start)
        return at < len(self._reached) and self._reached[at] < group.end
