"""The rows of the gradient table as a tree, by the modules that hold the parameters."""

from __future__ import annotations

import heapq
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, groupby
from typing import Final

from app.gui.panels.gradients.rows import GradientRow

_PART: Final = re.compile(r"\.?[^.\[\]]+|\.?\[[^\]]*\]?|.")
_MOST_PARTS: Final = 24
"""The depth of the tree, which is built by recursion."""
_LEAST_RUN: Final = 6
"""Neighbours with one reason are joined from this number on; numbered ones sooner."""
_LEAST_NUMBERED_RUN: Final = 3
_MOST_LINES: Final = 12
"""Groups are closed at first if the table had more lines than this with them open."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table, or a group that opens to `children`.

    `rows` are their numbers.  `why` is the reason that all of them share, or None.
    """

    key: str
    label: str
    rows: tuple[int, ...]
    why: str | None
    children: tuple[Entry, ...] = ()


@dataclass(slots=True)
class _Node:
    rows: list[int] = field(default_factory=list)
    kids: dict[str, _Node] = field(default_factory=dict)


def flat(rows: Sequence[GradientRow], numbers: Sequence[int]) -> tuple[Entry, ...]:
    """Return an entry for each of these rows, with its whole name."""
    return tuple(
        Entry(f"{rows[one].gradient.name}#{one}", rows[one].label, (one,), rows[one].said)
        for one in numbers
    )


def tree(rows: Sequence[GradientRow]) -> tuple[Entry, ...]:
    """Return the rows grouped by the parts of their names, in the order of the run.

    While some are covered, none are joined for their reasons: groups would say what is not turned
    over, and move as it is.  Takes about 20 microseconds for each row.
    """
    root = _Node()
    for number, row in enumerate(rows):
        node = root
        for part in _parts(row.gradient.name):
            node = node.kids.setdefault(part, _Node())
        node.rows.append(number)
    joins = not any(row.is_covered for row in rows)
    return tuple(_entries(root, "", rows, joins=joins))


def pruned(entries: Sequence[Entry], rows: Container[int]) -> tuple[Entry, ...]:
    """Return the entries with only these rows, and no group without any."""
    found = []
    for entry in entries:
        if not entry.children:
            found += [entry] if entry.rows[0] in rows else []
        elif children := pruned(entry.children, rows):
            found.append(_group(entry.key, entry.label, children))
    return tuple(found)


def _parts(name: str) -> list[str]:
    """Split a name, so that the parts together are the name again.

    >>> _parts('model.net[0]["a.b"].weight')
    ['model', '.net', '[0]', '["a.b"]', '.weight']
    """
    found = _PART.findall(name)
    return [*found[: _MOST_PARTS - 1], "".join(found[_MOST_PARTS - 1 :])][: len(found)]


def _entries(
    node: _Node, path: str, rows: Sequence[GradientRow], *, joins: bool
) -> Iterator[Entry]:
    for part, kid in node.kids.items():
        name = part
        while not kid.rows and len(kid.kids) == 1:  # alone, a part says nothing
            ((part, kid),) = kid.kids.items()
            name += part
        label, key = name.removeprefix("."), path + name
        for one in kid.rows:
            times = rows[one].label.removeprefix(rows[one].gradient.name)
            yield Entry(f"{key}#{one}", label + times, (one,), rows[one].said)
        if kid.kids:
            inside = list(_entries(kid, key, rows, joins=joins))
            yield _group(key, label, _joined(inside) if joins else inside)


def _group(key: str, label: str, children: Sequence[Entry]) -> Entry:
    whys = {child.why for child in children}
    rows = tuple(chain.from_iterable(child.rows for child in children))
    return Entry(key, label, rows, whys.pop() if len(whys) == 1 else None, tuple(children))


def _joined(entries: list[Entry]) -> list[Entry]:
    """Join neighbours for the same reason to one group, where others have other reasons."""
    if len({entry.why for entry in entries}) == 1:
        return entries
    found: list[Entry] = []
    for why, group in groupby(entries, key=lambda entry: entry.why):
        run = list(group)
        first, last = run[0], run[-1]
        label, is_numbered = _range(first.label, last.label)
        if why is None or len(run) < (_LEAST_NUMBERED_RUN if is_numbered else _LEAST_RUN):
            found += run
        else:
            found.append(_group(f"{first.key}…{last.key}", label, run))
    return found


def _range(first: str, last: str) -> tuple[str, bool]:
    """Name a run of neighbours; return whether they are numbered, too.

    >>> _range("0", "11"), _range("[0]", "[11]"), _range("conv1.weight", "layer4")
    (('0–11', True), ('[0–11]', True), ('conv1 … layer4', False))
    """
    numbers = first.strip("[]"), last.strip("[]")
    if all(one.isdecimal() for one in numbers):
        return first.replace(numbers[0], "–".join(numbers)), True
    return " … ".join(label.partition(".")[0] for label in (first, last)), False


def opened_at_first(entries: Sequence[Entry]) -> frozenset[str]:
    """Return the keys of the groups to open: those with several reasons, then the outermost."""
    found: set[str] = set()
    lines = len(entries)
    order = count()
    waiting: list[tuple[bool, int, int, Entry]] = []

    def wait(some: Sequence[Entry], *, are_outermost: bool) -> None:
        for entry in some:
            if entry.children and (entry.why is None or are_outermost):
                place = entry.why is not None, len(entry.children), next(order)
                heapq.heappush(waiting, (*place, entry))

    wait(entries, are_outermost=True)
    while waiting:
        _, more, _, entry = heapq.heappop(waiting)
        if lines + more <= _MOST_LINES or len(entries) == 1 > len(found):
            found.add(entry.key)
            lines += more
            wait(entry.children, are_outermost=False)
    return frozenset(found)


def visible(
    entries: Sequence[Entry], is_open: Mapping[str, bool], depth: int = 0
) -> Iterator[tuple[int, Entry]]:
    """Yield the entries that are not in a closed group, each with its depth."""
    for entry in entries:
        yield depth, entry
        if entry.children and is_open.get(entry.key, False):
            yield from visible(entry.children, is_open, depth + 1)
