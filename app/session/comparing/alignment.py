"""Which operations of two runs belong together.

Both runs are trees: modules, loops with their passes, functions, and calls, with operations as
leaves.  Things belong together if they are the same (an operation by its name, a module by its
path, a pass by its number), lie in groups that belong together, and come in the same order.  Lines
of the text only decide between several candidates, so inserting lines above changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.contract.records import Operation
from app.contract.spots import spot
from app.session.comparing.sequences import between, common
from app.session.graph.grouping.chains import tree_of
from app.session.graph.grouping.groups import ROOT, Group, Step
from app.session.run import Run
from app.session.source.files import texts_of

Row = tuple[int | None, int | None]
"""Ids of operations that belong together; None where one run has none."""


@dataclass(frozen=True)
class Alignment:
    """The operations of two runs, set-up left out, in an order that is that of both runs."""

    rows: Sequence[Row]
    groups: Mapping[str, str]
    """The key of a group of the second run by that of the group of the first it belongs to."""

    @cached_property
    def pairs(self) -> dict[int, int]:
        """The operation of the second run by that of the first."""
        return {one: other for one, other in self.rows if one is not None and other is not None}

    @property
    def share(self) -> float:
        """How much of both runs has a partner, from 0 to 1."""
        return 2 * len(self.pairs) / (len(self.rows) + len(self.pairs)) if self.rows else 1.0


class StoppedError(Exception):
    """Nobody waits for the comparison any more."""


def _always() -> bool:
    return True


def align(first: Run, second: Run, is_wanted: Callable[[], bool] = _always) -> Alignment:
    """Return which operations of two runs belong together.

    Raises StoppedError soon after `is_wanted` says no.
    """
    lines = dict(_lines_in_common(first, second))
    sides = _Side(first, lines), _Side(second, {line: line for line in lines.values()})
    return _Aligning(*sides).whole(is_wanted)


def _lines_in_common(first: Run, second: Run) -> Iterator[tuple[int, int]]:
    """Yield the spots of lines that say the same in a file of both runs."""
    texts = _texts(first), _texts(second)
    for name in texts[0].keys() & texts[1].keys():
        (one, lines), (other, others) = texts[0][name], texts[1][name]
        for at, to in common(lines, others):
            yield spot(one, at + 1), spot(other, to + 1)


def _texts(run: Run) -> dict[str | None, tuple[int, list[str]]]:
    """Return the numbers and lines of the files by their paths; the snippet's path is None."""
    paths = {file.id: file.path for file in run.trace.files[1:]}
    return {
        paths.get(file): (int(file), [line.strip() for line in text.split("\n")])
        for file, text, _ in reversed(texts_of(run.trace))  # the snippet wins over nameless files
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Thing:
    """A group, or an operation."""

    what: Hashable
    """What it is by its name: two of one run may be the same."""
    shape: Hashable
    """What it is by its contents, whatever the names of modules."""
    line: int | None
    """Its line in the second text; None where only one of the texts has that line."""
    group: Group | None
    operation: int | None
    height: int = 0
    """How many groups are inside each other in it, itself included."""


class _Side:
    """One of the two runs, as things inside things."""

    def __init__(self, run: Run, lines: Mapping[int, int]) -> None:
        self._lines = lines
        self._modules = run.modules
        units = run.units_beside_set_up
        self._tree = tree_of(run, units, whole_modules=True)
        self._operations = [self._operation(unit) for unit in units]
        self._groups: dict[str, _Thing] = {}
        for key in reversed(self._tree.groups):  # inner groups come after outer ones
            self._groups[key] = self._group(self._tree[key])

    def _operation(self, unit: Operation) -> _Thing:
        what = unit.qualified_name
        return _Thing(what, what, self._lines.get(unit.spot or 0), None, unit.id)

    def _group(self, group: Group) -> _Thing:
        step = group.step
        kind = self._kind(step)
        inside = list(self.contents(group))
        return _Thing(
            what=(*kind, step.part),
            shape=hash((kind, tuple(thing.shape for thing in inside))),
            line=self._lines.get(step.line or 0),
            group=group,
            operation=None,
            height=1 + max((thing.height for thing in inside), default=0),
        )

    def _kind(self, step: Step) -> tuple[object, ...]:
        if step.module is not None:
            return (step.kind, self._modules[step.module].type)
        return (step.kind, step.number) if step.kind == "iteration" else (step.kind,)

    def contents(self, group: Group) -> Iterator[_Thing]:
        """Yield what is inside; sections only divide what is too large for one picture."""
        for inner in group.contents:
            if isinstance(inner, int):
                yield self._operations[inner]
            elif self._tree[inner].kind == "section":
                yield from self.contents(self._tree[inner])
            else:
                yield self._groups[inner]

    def opened(self, things: Iterable[_Thing], height: int) -> list[_Thing]:
        """Return the contents of groups of this height, and other things as they are."""
        found: list[_Thing] = []
        for thing in things:
            if thing.group is not None and thing.height == height:
                found += self.contents(thing.group)
            else:
                found.append(thing)
        return found

    def operations(self, things: Iterable[_Thing]) -> Iterator[int]:
        """Yield the ids of all operations of things, in order."""
        for thing in things:
            if thing.operation is not None:
                yield thing.operation
            elif thing.group is not None:
                yield from self._tree.operations(thing.group.key)

    @property
    def root(self) -> _Thing:
        return self._groups[ROOT]


_SURENESS: tuple[Callable[[_Thing], Hashable], ...] = (
    lambda thing: thing if thing.line is None else (thing.what, thing.shape, thing.line),
    lambda thing: (thing.what, thing.shape),
    lambda thing: thing.what,
    lambda thing: thing.shape,
)
"""What is equal in two things that belong together, the surest first."""


_TOGETHER = -1
"""The step of two things that belong together."""
_Work = tuple[Sequence[_Thing], Sequence[_Thing], int]


class _Aligning:
    """Works through what is left to align in the order of the runs, however deep groups lie."""

    def __init__(self, first: _Side, second: _Side) -> None:
        self._first, self._second = first, second
        self._rows: list[Row] = []
        self._groups: dict[str, str] = {}

    def whole(self, is_wanted: Callable[[], bool]) -> Alignment:
        left: list[_Work] = [([self._first.root], [self._second.root], _TOGETHER)]
        while left:
            if not is_wanted():
                raise StoppedError
            left.extend(reversed(list(self._align(*left.pop()))))
        return Alignment(self._rows, self._groups)

    def _align(
        self, first: Sequence[_Thing], second: Sequence[_Thing], step: int
    ) -> Iterator[_Work]:
        """Yield what is left to do instead."""
        if step == _TOGETHER:
            yield from self._pair(first[0], second[0])
        elif not first or not second:
            self._rows.extend((one, None) for one in self._first.operations(first))
            self._rows.extend((None, other) for other in self._second.operations(second))
        elif step < len(_SURENESS):
            yield from _equal(first, second, step)
        elif height := max(thing.height for thing in (*first, *second)):
            # Only one of the runs has such a group, for instance a loop put around lines: what is
            # in it may be as high as what the other run has.
            yield self._first.opened(first, height), self._second.opened(second, height), 0
        else:
            yield first, (), 0
            yield (), second, 0

    def _pair(self, one: _Thing, other: _Thing) -> Iterator[_Work]:
        if one.group is None or other.group is None:
            self._rows.append((one.operation, other.operation))
        else:
            self._groups[one.group.key] = other.group.key
            yield [*self._first.contents(one.group)], [*self._second.contents(other.group)], 0


def _equal(first: Sequence[_Thing], second: Sequence[_Thing], step: int) -> Iterator[_Work]:
    """Pair what is equal enough at this step; what lies between is for the next one."""
    key = _SURENESS[step]
    for ours, theirs in between([key(one) for one in first], [key(one) for one in second]):
        at, to = ours.stop, theirs.stop
        yield first[ours.start : at], second[theirs.start : to], step + 1
        if at < len(first):
            yield [first[at]], [second[to]], _TOGETHER
