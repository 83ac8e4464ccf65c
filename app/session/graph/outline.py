"""The run as a tree of rows: groups and operations with status and line.

It is what the picture shows, for whoever reads instead of looking.  Nothing here is made for all
rows at once: a row is worked out when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import isqrt
from typing import Final

from app.contract.records import Operation
from app.session.graph.grouping.groups import ROOT, Group, Tree
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.language import listing
from app.session.run import Run
from app.session.words import fates, line_words, status_words

Thing = str | int
"""A group by its key, or an operation by its position in the tree's order.

A group with very many contents is listed in sections, whose keys are not in the tree.
"""
_WIDE: Final = 500
_LEAST_SHARE: Final = 100
_SECTION: Final = "~"


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """`detail` is a variable or a module; `words` the status, or what a group holds."""

    title: str
    detail: str
    status: StatusKey
    words: str
    line: int | None

    @property
    def spoken(self) -> str:
        """The row in one sentence."""
        what = f"{self.title} {self.detail}".strip()
        return listing(filter(None, (what, self.words, line_words(self.line))))


class Outline:
    """The rows of one tree; immutable, made once for a trace."""

    def __init__(self, run: Run, tree: Tree) -> None:
        self.tree = tree
        self._run = run
        operations = (run.operations[id_] for id_ in tree.order)
        statuses = [STATUS_OF_REASON[operation.reason] for operation in operations]
        self._sections = dict(self._divided())
        self._until: dict[StatusKey, array[int]] = {
            status: array("L", accumulate((one == status for one in statuses), initial=0))
            for status in sorted(set(statuses))
        }
        self._calls = {
            group.step.operation: key
            for key, group in tree.groups.items()
            if group.step.operation is not None
        }

    def _divided(self) -> Iterator[tuple[str, _Section]]:
        """Yield the sections of groups with very many contents."""
        for key, group in self.tree.groups.items():
            if len(group.contents) > _WIDE:
                share = _share(group.contents)
                for number, start in enumerate(range(0, len(group.contents), share)):
                    inside = group.contents[start : start + share]
                    yield f"{key}{_SECTION}{number}", _Section(key, inside)

    def __contains__(self, key: str) -> bool:
        return key in self.tree or key in self._sections

    def keys(self) -> Iterator[str]:
        """Yield the keys of everything with rows inside."""
        yield from self.tree.groups
        yield from self._sections

    def contents(self, key: str) -> tuple[Thing, ...]:
        """Return the direct contents of a group or a section, in the order of the run."""
        if key in self._sections:
            return self._sections[key].contents
        inside = self.tree[key].contents
        if len(inside) <= _WIDE:
            return inside
        share = _share(inside)
        return tuple(f"{key}{_SECTION}{number}" for number in range(-(-len(inside) // share)))

    def row(self, thing: Thing) -> OutlineRow:
        if isinstance(thing, int):
            return self._operation(thing)
        if thing in self._sections:
            section = self._sections[thing]
            first, last = (self.row(section.contents[end]) for end in (0, -1))
            return self._summed(f"{first.title} … {last.title}", "", None, self.span(thing))
        return self._group(self.tree[thing])

    def span(self, thing: Thing) -> tuple[int, int]:
        """The positions of the first operation of a row, and of the first one after it."""
        if isinstance(thing, int):
            return thing, thing + 1
        if thing in self._sections:
            contents = self._sections[thing].contents
            return self.span(contents[0])[0], self.span(contents[-1])[1]
        return self.tree[thing].start, self.tree[thing].end

    def operation(self, thing: Thing) -> int:
        """The id of an operation, or of the first one in a group."""
        return self.tree.order[self.span(thing)[0]]

    def place(self, operation: int) -> Thing | None:
        """Return the row of an operation (for a composite call, its group), or None."""
        return self._calls.get(operation, self.tree.position(operation))

    def parent(self, thing: Thing) -> str:
        """Return the key of the group or section directly around a row."""
        if isinstance(thing, str) and thing in self._sections:
            return self._sections[thing].group
        if isinstance(thing, str):
            around = self.tree[thing].parent
        else:
            around = self.tree.home(self.tree.order[thing]) or ROOT
        contents = self.tree[around].contents
        if len(contents) <= _WIDE:
            return around
        return f"{around}{_SECTION}{self._place_in(around, thing) // _share(contents)}"

    def _place_in(self, around: str, thing: Thing) -> int:
        """Return the place of a row in its group, whose contents are in the order of the run."""
        contents = self.tree[around].contents
        wanted = self.span(thing)[0]
        return bisect_left(contents, wanted, key=lambda one: self.span(one)[0])

    def _operation(self, place: int) -> OutlineRow:
        operation = self._run.operations[self.tree.order[place]]
        return OutlineRow(
            operation.name,
            self._detail(operation),
            STATUS_OF_REASON[operation.reason],
            status_words(operation),
            operation.spot,
        )

    def _detail(self, operation: Operation) -> str:
        """Return the variable of its result, or the module in which it ran."""
        names = (self._run.name(made) for made in operation.outputs)
        if name := next(filter(None, names), ""):
            return f"→ {name}"
        return "" if operation.module is None else self._run.modules[operation.module].path

    def _group(self, group: Group) -> OutlineRow:
        module = group.step.module
        detail = "" if module is None else self._run.modules[module].type
        span = (group.start, group.end)
        return self._summed(group.step.title, detail, group.step.line, span)

    def _summed(
        self, title: str, detail: str, line: int | None, span: tuple[int, int]
    ) -> OutlineRow:
        start, end = span
        counts = {status: until[end] - until[start] for status, until in self._until.items()}
        recorded = counts.pop("recorded", 0)
        skipped = sum(count for status, count in counts.items() if status != "neutral")
        most: StatusKey = max(counts, key=lambda one: counts[one]) if counts else "neutral"
        status = "recorded" if recorded else most
        return OutlineRow(title, detail, status, fates(recorded, skipped, end - start), line)


def _share(contents: tuple[Thing, ...]) -> int:
    """Return the size of a section of a group with many contents."""
    return max(_LEAST_SHARE, isqrt(len(contents)))


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of a group's contents."""

    group: str
    contents: tuple[Thing, ...]


class Filtered:
    """The rows of an outline that lead to some operations, and no others."""

    def __init__(self, outline: Outline, operations: Iterable[int]) -> None:
        self.outline = outline
        places = (outline.place(operation) for operation in operations)
        found = {place for place in places if place is not None}
        self._calls = {place for place in found if isinstance(place, str)}
        self._starts = sorted(outline.tree[key].start for key in self._calls)
        self._places = sorted({place for place in found if isinstance(place, int)})
        self._reached = sorted({*self._places, *self._starts})
        self._known: dict[str, tuple[Thing, ...]] = {}

    def contents(self, key: str) -> tuple[Thing, ...]:
        """Return the direct contents of a group that were found or contain something found."""
        if key not in self._known:
            inside = self.outline.contents(key)
            self._known[key] = tuple(thing for thing in inside if self._holds(thing))
        return self._known[key]

    def count(self, key: str) -> int:
        """Return the number of operations found in a group."""
        start, end = self.outline.span(key)
        inside = bisect_left(self._places, end) - bisect_left(self._places, start)
        return inside + bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def _holds(self, thing: Thing) -> bool:
        start, end = self.outline.span(thing)
        reached = self._reached if isinstance(thing, str) else self._places
        at = bisect_left(reached, start)
        return at < len(reached) and reached[at] < end
