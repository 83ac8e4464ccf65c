"""The tree of groups over the drawn operations.

A group always holds operations that follow each other in time.  Values flow forward in time, so
whatever is folded, the picture has no cycles that the run did not have.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isqrt
from typing import Literal, NamedTuple, assert_never

from app.session.words import repeat_words, section_words

GroupKind = Literal[
    "root", "module", "call", "function", "line", "loop", "iteration", "step", "backward", "setup",
    "preparation", "section",
]  # fmt: skip
ROOT = ""
"""The key of the group that holds everything."""
_INSIDE = ">"
_MANY = "+"
_PASS = re.compile(r"(loop:[^>/]*)/\d+")
_LEAST_ALIKE = 3
"""From this many equal modules in a row on, they are drawn as one with a count."""
_LEAST_PREPARATION = 3
"""From this many set-up operations in a row on a line on, they are a group."""
REPEAT = "loop:repeat:"
"""What the parts of repeats begin with that no loop in the text makes."""
_LEAST_ROLLED = 40
"""What repeats is a group if it has at least so many operations: fewer can be read one by one."""
_LONGEST_PERIOD = 24
_MOST_INSIDE = 200
"""A group with more contents is divided into sections."""


class Step(NamedTuple):
    """One step of the path from the whole run down to an operation.

    `part` distinguishes it from its siblings, and finds it again after the snippet was edited.
    """

    kind: GroupKind
    part: str
    title: str
    line: int | None = None
    number: int = 0
    """Which pass of a loop or call of a module, from 0; distinguishes two runs of one loop, or two
    steps."""
    operation: int | None = None
    """The composite call."""
    module: int | None = None

    @property
    def is_of_repeats(self) -> bool:
        """Whether it is of a repeat found in the run, rather than of a loop in the text."""
        return self.part.startswith(REPEAT)


@dataclass(frozen=True, slots=True)
class Group:
    """`contents` are keys of groups and positions of operations (indices into `Tree.order`)."""

    key: str
    step: Step
    parent: str
    depth: int
    """How many groups lie around it, the passes of loops not counted."""
    start: int
    end: int
    """The positions that it spans; `end` is the first one after it."""
    contents: tuple[str | int, ...]
    build: int
    """Equal for groups of the same operations with the same fate."""
    has_modules: bool
    """Somewhere inside."""

    @property
    def kind(self) -> GroupKind:
        return self.step.kind

    @property
    def size(self) -> int:
        """The number of its operations."""
        return self.end - self.start


def any_pass(key: str) -> str:
    """Return the key of a group without the passes of the loops around it."""
    return _PASS.sub(r"\1/*", key) if "/" in key else key


class Tree:
    """All groups by key, outer ones first.  Made once for a trace, and never changed."""

    def __init__(
        self, order: Sequence[int], groups: dict[str, Group], home: list[str], whole: bool
    ) -> None:
        self.order = order
        """Operation ids in the order of the run."""
        self.groups = groups
        self._whole = whole
        self._home = home
        self._position: dict[int, int] = {id_: place for place, id_ in enumerate(order)}
        self._children: dict[str, tuple[Group, ...]] = {}
        self._place_among: dict[str, int] = {}
        """Of a group among its siblings, once those have been asked for."""
        self.any_pass = cache(any_pass)
        """`any_pass`, which each step of the timeline asks about every pass of a long loop."""

    def __contains__(self, key: str) -> bool:
        return key in self.groups

    def __getitem__(self, key: str) -> Group:
        return self.groups[key]

    def home(self, operation: int) -> str | None:
        """Return the key of the innermost group around an operation; None if it is not drawn."""
        place = self._position.get(operation)
        return None if place is None else self._home[place]

    def position(self, operation: int) -> int | None:
        """Return the position of an operation in `order`, or None."""
        return self._position.get(operation)

    def ancestors(self, key: str) -> Iterator[Group]:
        """The groups around a group, inner ones first, without the root."""
        while key != ROOT:
            key = self.groups[key].parent
            if key != ROOT:
                yield self.groups[key]

    def children(self, key: str) -> tuple[Group, ...]:
        """The groups right inside a group, in the order of the run."""
        found = self._children.get(key)
        if found is None:
            inside = [inner for inner in self.groups[key].contents if isinstance(inner, str)]
            self._place_among.update({inner: place for place, inner in enumerate(inside)})
            found = self._children[key] = tuple(self.groups[inner] for inner in inside)
        return found

    def operations(self, key: str) -> Sequence[int]:
        """The ids of all operations inside a group, or inside several alike (`many`)."""
        members = self.members(key)
        return self.order[members[0].start : members[-1].end] if members else ()

    def members(self, key: str) -> Sequence[Group]:
        """Return the groups of a key: one, or several alike ones drawn as one."""
        if key in self.groups:
            return [self.groups[key]]
        first, _, count = key.rpartition(_MANY)
        if not first or first not in self.groups or not count.isdecimal():
            return []
        siblings = self.children(self.groups[first].parent)
        start = self._place_among[first]
        return siblings[start : start + int(count)]

    def can_open(self, group: Group) -> bool:
        """Return whether its contents can be drawn; at the level of modules, calls cannot."""
        return not self._whole or group.kind != "module" or group.has_modules

    def can_stack(self, one: Group, other: Group) -> bool:
        """Return whether two neighbours are alike, so that they are drawn as one with a count."""
        if one.kind == "iteration":
            return other.kind == "iteration"
        return _series(one) == _series(other) is not None and one.build == other.build

    def least_stack(self, group: Group) -> int:
        return 2 if group.kind == "iteration" else _LEAST_ALIKE


def _series(group: Group) -> str | None:
    """The function that is called, or the list or Sequential that a module is an item of.

    Items have numbers for names.
    """
    if group.kind == "function":
        return group.step.part
    outer, _, name = group.step.title.rpartition(".")
    return outer if group.kind == "module" and name.isdecimal() else None


def many(groups: Sequence[Group]) -> str:
    """Return the key of several alike groups drawn as one."""
    return f"{groups[0].key}{_MANY}{len(groups)}"


@dataclass(slots=True, eq=False)
class _Draft:
    """A group while it is being filled."""

    step: Step
    start: int
    end: int = 0
    contents: list[_Draft | int] = field(default_factory=list)
    has_modules: bool = False
    """Somewhere inside."""


def grow(
    order: Sequence[int],
    chains: Sequence[Sequence[Step]],
    builds: Sequence[int],
    *,
    whole: bool,
    names: Sequence[str] = (),
) -> Tree:
    """The tree over operations, each with its chain of groups from the outermost to the innermost.

    `builds` says of each operation what it is, for telling which groups are alike, and `names` how
    it is called.  A group that would hold a single thing is left out, but for composite calls,
    passes of loops and functions that hold a loop; with `whole`, modules are groups even if they
    hold a single operation.
    """
    root = _Draft(Step("root", ROOT, ""), 0, len(order))
    open_ = [root]

    def close(end: int) -> None:
        draft = open_.pop()
        draft.end = end
        outer = open_[-1]
        outer.contents.extend(_kept(draft, whole))
        outer.has_modules |= draft.has_modules or draft.step.kind == "module"

    for place, chain in enumerate(chains):
        shared = _shared(open_, chain)
        while len(open_) > shared + 1:
            close(place)
        open_.extend(_Draft(step, place) for step in chain[shared:])
        open_[-1].contents.append(place)
    while len(open_) > 1:
        close(len(order))
    _roll(root, builds, names)
    _divide(root)
    return _named(root, order, builds, whole)


def _shared(open_: Sequence[_Draft], chain: Sequence[Step]) -> int:
    """Return how many of the open groups, without the root, contain the next operation."""
    shared = 0
    for draft, step in zip(open_[1:], chain, strict=False):
        if draft.step is not step and draft.step != step:
            break
        shared += 1
    return shared


def _kept(draft: _Draft, whole: bool) -> list[_Draft | int]:
    """Return a finished group, or its contents if the group itself is not useful."""
    contents = draft.contents
    match draft.step.kind:
        case "call" | "iteration":
            return [draft]
        case "loop":
            return _kept_loop(draft)
        case "preparation" if len(contents) < _LEAST_PREPARATION:
            return contents
        case "module" if whole and not draft.has_modules:
            return [draft]
        case "function" if _is_loop(contents[0]):
            return [draft]
        case (
            "root" | "module" | "function" | "line" | "step" | "backward" | "setup"
            | "preparation" | "section"
        ):  # fmt: skip
            return [draft] if len(contents) > 1 else contents
        case _:
            assert_never(draft.step.kind)


def _is_loop(content: _Draft | int) -> bool:
    return isinstance(content, _Draft) and content.step.kind == "loop"


def _kept_loop(loop: _Draft) -> list[_Draft | int]:
    """Return the modules of a loop over modules with one pass each, or the loop."""
    passes = [inner for inner in loop.contents if isinstance(inner, _Draft)]
    if len(passes) == 1:
        return passes[0].contents
    modules = {
        inner.step.part
        for one in passes
        for inner in one.contents
        if isinstance(inner, _Draft) and inner.step.kind == "module" and len(one.contents) == 1
    }
    if len(modules) == len(passes):
        return [inner for one in passes for inner in one.contents]
    return [loop]


def _roll(root: _Draft, builds: Sequence[int], names: Sequence[str]) -> None:
    """Put what repeats (block, gate, sigmoid, mul) into groups like a loop and its passes."""
    drafts = [root]
    for draft in drafts:
        drafts.extend(inner for inner in draft.contents if isinstance(inner, _Draft))
    alike: dict[int, int] = {}
    """What equal groups have in common, by the `id()` of each."""
    for draft in reversed(drafts):
        kinds = [builds[i] if isinstance(i, int) else alike[id(i)] for i in draft.contents]
        alike[id(draft)] = hash((draft.step.kind, *kinds))
        if draft.step.kind == "loop":
            continue
        for start, period, count in reversed(repeats(kinds)):
            end = start + period * count
            if _end(draft.contents[end - 1]) - _start(draft.contents[start]) >= _LEAST_ROLLED:
                units = [draft.contents[i : i + period] for i in range(start, end, period)]
                draft.contents[start:end] = [_rolled(units, names)]


def _rolled(units: Sequence[list[_Draft | int]], names: Sequence[str]) -> _Draft:
    """Return one group for several equal sequences, with a pass for each."""
    first, last = units[0], units[-1]
    called = [names[i] if isinstance(i, int) else _short(i.step) for i in first]
    part = f"{REPEAT}{len(first)}"
    passes: list[_Draft | int] = [
        _Draft(
            Step("iteration", part, repeat_words(number), number=number),
            _start(unit[0]), _end(unit[-1]), unit, _have_modules(unit),
        )
        for number, unit in enumerate(units)
    ]  # fmt: skip
    step = Step("loop", part, ", ".join(called))
    return _Draft(step, _start(first[0]), _end(last[-1]), passes, _have_modules(first))


def _short(step: Step) -> str:
    """Return the title, of a module the last name in its path without the number of an item."""
    outer, _, name = step.title.rstrip(".0123456789").rpartition(".")
    return name if outer and step.kind == "module" else step.title


def _start(of: _Draft | int) -> int:
    return of if isinstance(of, int) else of.start


def _end(of: _Draft | int) -> int:
    return of + 1 if isinstance(of, int) else of.end


def _have_modules(contents: Sequence[_Draft | int]) -> bool:
    return any(
        isinstance(inner, _Draft) and (inner.has_modules or inner.step.kind == "module")
        for inner in contents
    )


def repeats(kinds: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return what repeats in a sequence, in order: where it starts, its length, how often it is.

    Units are at least two long, follow each other at least three times, and are as short as they
    can be; of those that overlap the one that spans most is chosen.
    """
    found: list[tuple[int, int, int]] = []
    for period in range(2, min(_LONGEST_PERIOD, len(kinds) // _LEAST_ALIKE) + 1):
        run = 0
        for place in range(len(kinds) - period + 1):
            if place + period < len(kinds) and kinds[place] == kinds[place + period]:
                run += 1
                continue
            start, count = place - run, run // period + 1
            if count >= _LEAST_ALIKE and len(set(kinds[start : start + period])) > 1:
                found.append((start, period, count))
            run = 0
    chosen: list[tuple[int, int, int]] = []
    for start, period, count in sorted(found, key=lambda one: (-one[1] * one[2], one[1], one[0])):
        end = start + period * count
        if all(end <= other or start >= other + long * times for other, long, times in chosen):
            chosen.append((start, period, count))
    return sorted(chosen)


def _divide(root: _Draft) -> None:
    """Divide groups that are too large for one picture into equal sections."""
    waiting = [root]
    while waiting:
        draft = waiting.pop()
        contents = draft.contents
        waiting.extend(inner for inner in contents if isinstance(inner, _Draft))
        if len(contents) > _MOST_INSIDE and draft.step.kind != "loop":
            share = max(-(-len(contents) // _MOST_INSIDE), isqrt(len(contents)))
            draft.contents = [
                _section(contents[start : start + share], number)
                for number, start in enumerate(range(0, len(contents), share))
            ]


def _section(contents: list[_Draft | int], number: int) -> _Draft:
    first, last = contents[0], contents[-1]
    step = Step("section", f"section:{number}", section_words(number), number=number)
    return _Draft(step, _start(first), _end(last), contents, _have_modules(contents))


def _named(root: _Draft, order: Sequence[int], builds: Sequence[int], whole: bool) -> Tree:
    """Return the tree, with a key and a place for every group."""
    namer = _Namer()
    groups: dict[str, Group] = {}
    home = [ROOT] * len(order)
    waiting = deque([(root, ROOT, ROOT, ROOT, 0)])
    found: list[tuple[str, _Draft, str, int, tuple[str | int, ...]]] = []
    while waiting:
        draft, key, parent, around, depth = waiting.popleft()
        inside: list[str | int] = []
        deeper = depth + (draft.step.kind not in ("root", "loop"))
        for inner in draft.contents:
            if isinstance(inner, int):
                home[inner] = key
                inside.append(inner)
                continue
            name = namer.key(inner.step, key, around)
            context = around if inner.step.kind == "module" else name
            waiting.append((inner, name, key, context, deeper))
            inside.append(name)
        found.append((key, draft, parent, depth, tuple(inside)))
    kinds: dict[str, int] = {}
    for key, draft, _, _, contents in reversed(found):
        parts = (builds[i] if isinstance(i, int) else kinds[i] for i in contents)
        kinds[key] = hash((draft.step.kind, *parts))
    for key, draft, parent, depth, contents in found:
        groups[key] = Group(
            key, draft.step, parent, depth, draft.start, draft.end, contents, kinds[key],
            draft.has_modules,
        )  # fmt: skip
    return Tree(order, groups, home, whole)


class _Namer:
    """Gives each group a readable key of its own, which names it again in a later run."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def key(self, step: Step, parent: str, around: str) -> str:
        """`around` is the nearest group that is not a module: a module's part is its whole path."""
        if step.kind == "iteration":
            wanted = f"{parent}/{step.number}"
        else:
            outer = around if step.kind == "module" else parent
            wanted = f"{outer}{_INSIDE}{step.part}" if outer else step.part
        before = self._used.get(wanted, 0)
        self._used[wanted] = before + 1
        return f"{wanted}#{before}" if before else wanted
