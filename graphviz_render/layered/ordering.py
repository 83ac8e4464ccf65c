"""The order of the items in each row, so that few links cross.

A depth-first walk sets out branch by branch; then sweeps down and up sort each row by the mean
place of the linked items in the row before.  The items of a cluster stay together, and clusters
that share rows have one order in all of them: their frames become rectangles that cannot overlap.
At last neighbours change places wherever that takes crossings away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from graphviz_render.layered.crossings import count_crossings, exchange_neighbours
from graphviz_render.layered.rows import BORDER, Rows
from graphviz_render.problem import OUTSIDE, Problem, clusters_around, innermost_first

_FEW_SWEEPS: Final = 4
_MANY_SWEEPS: Final = 16
_SMALL: Final = 3000
"""Up to so many items it is worth to count crossings, sweep often and keep the best."""
_PRICE: Final = 8
"""How many crossings more than in an order of its own the order before may cost."""


class Order(NamedTuple):
    """Rows in an order, each item's place in its row, and how many links cross.

    `crossings` is 0 where they are too many items to count crossings.
    """

    rows: list[list[int]]
    places: list[int]
    crossings: int


def order_rows(rows: Rows, problem: Problem, before: Sequence[float | None] = ()) -> list[int]:
    """Sort `rows.rows`.  Returns each item's place in its row.

    `before` says where nodes were across in the picture that this one follows: their order is kept,
    unless that makes far more lines cross.
    """
    held = _Held.of(rows, problem, before)
    order = _best_order(rows, problem, held)
    if held is not None and order.crossings > _PRICE:
        free = _best_order(rows, problem, None)
        if order.crossings > 2 * free.crossings + _PRICE:
            order = free
    rows.rows = order.rows
    return order.places


def _best_order(rows: Rows, problem: Problem, held: _Held | None) -> Order:
    """The order with fewer crossings, of those that two starts lead to.

    The second one is tried only where the first leaves crossings.
    """
    first = sorted_from(walked_down(rows), rows, problem, held)
    if not first.crossings:
        return first
    second = sorted_from(walked_up(rows), rows, problem, held)
    return min(first, second, key=lambda order: order.crossings)


def sorted_from(
    start: list[list[int]], rows: Rows, problem: Problem, held: _Held | None = None
) -> Order:
    """The order that sweeps make of `start`."""
    rows.rows = [held.arranged(row) if held else row[:] for row in start]
    places = [0] * len(rows.row_of)
    _number(rows.rows, places)
    sorter = _Sorter(rows, problem.parents, held) if problem.parents else None
    if len(places) > _SMALL:
        for sweep in range(_FEW_SWEEPS):
            _sweep(rows, places, sweep % 2 == 0, sorter, held)
        return Order(rows.rows, places, 0)
    crossings = _best_of_sweeps(rows, places, sorter, held)
    return Order(rows.rows, places, crossings)


def _best_of_sweeps(
    rows: Rows, places: list[int], sorter: _Sorter | None, held: _Held | None
) -> int:
    best, least, since = [row[:] for row in rows.rows], -1, 0
    for sweep in range(_MANY_SWEEPS):
        _sweep(rows, places, sweep % 2 == 0, sorter, held)
        crossings = count_crossings(rows, places)
        since += 1
        if least < 0 or crossings < least:
            best, least, since = [row[:] for row in rows.rows], crossings, 0
        if least == 0 or since > 4:
            break
    rows.rows = best
    _number(best, places)
    return least - exchange_neighbours(rows, places, held.across if held else None) if least else 0


class _Held:
    """The order of the picture before, which items and clusters keep among themselves."""

    def __init__(self, across: list[float | None], clusters: list[float | None]) -> None:
        self.across = across
        """For each item, None where it is new or a lane."""
        self.clusters = clusters
        """For each cluster the mean of what it holds."""

    @classmethod
    def of(cls, rows: Rows, problem: Problem, before: Sequence[float | None]) -> _Held | None:
        if not any(line is not None for line in before):
            return None
        sums: list[list[float]] = [[] for _ in problem.parents]
        for node, line in enumerate(before):
            if line is not None:
                for cluster in clusters_around(problem, node):
                    sums[cluster].append(line)
        rest: list[float | None] = [None] * (len(rows.row_of) - len(before))
        means = [sum(lines) / len(lines) if lines else None for lines in sums]
        return cls([*before, *rest], means)

    def arranged(self, row: list[int]) -> list[int]:
        """The row with what is held in its order, in the places that it takes up."""
        known = [(line, item) for item in row if (line := self.across[item]) is not None]
        if len(known) < 2:
            return row[:]
        following = iter(sorted(known))
        return [item if self.across[item] is None else next(following)[1] for item in row]

    def hold(self, row: list[int], keys: dict[int, float]) -> None:
        """Change the keys of a row that has its held items in order, so that they stay in order."""
        known = [item for item in row if self.across[item] is not None]
        if len(known) > 1:
            keys.update(zip(known, rising([keys[item] for item in known]), strict=True))

    def hold_parts(self, parts: list[_Part]) -> list[_Part]:
        known: list[tuple[float, _Part]] = []
        new: list[_Part] = []
        for part in parts:
            line = self.across[part[2][0]] if part[1] == OUTSIDE else self.clusters[part[1]]
            if line is None:
                new.append(part)
            else:
                known.append((line, part))
        known.sort(key=lambda pair: pair[0])
        keys = rising([part[0] for _, part in known])
        held = [(key, part[1], part[2]) for key, (_, part) in zip(keys, known, strict=True)]
        return held + new


def rising(keys: list[float]) -> list[float]:
    """Return the nearest keys that never fall.

    >>> rising([1.0, 4.0, 2.0, 5.0])
    [1.0, 3.0, 3.0, 5.0]
    """
    blocks: list[tuple[float, int]] = []
    for key in keys:
        count = 1
        while blocks and blocks[-1][0] > key:
            other, size = blocks.pop()
            key = (key * count + other * size) / (count + size)
            count += size
        blocks.append((key, count))
    return [key for key, count in blocks for _ in range(count)]


def walked_down(rows: Rows) -> list[list[int]]:
    """Rows in the order in which a walk along the links meets their items."""
    return _walked(rows, range(len(rows.row_of)), rows.ups, rows.downs)


def walked_up(rows: Rows) -> list[list[int]]:
    """The same against the links, from the last items on."""
    return _walked(rows, reversed(range(len(rows.row_of))), rows.downs, rows.ups)


def _walked(
    rows: Rows, items: Iterable[int], entering: list[list[int]], leaving: list[list[int]]
) -> list[list[int]]:
    seen = bytearray(len(rows.row_of))
    walked: list[list[int]] = [[] for _ in rows.rows]
    for start in items:
        if entering[start] or seen[start]:
            continue
        trail = [start]
        while trail:
            item = trail.pop()
            if not seen[item]:
                seen[item] = 1
                walked[rows.row_of[item]].append(item)
                trail.extend(reversed(leaving[item]))
    return walked


def _number(rows: Iterable[list[int]], places: list[int]) -> None:
    for row in rows:
        for place, item in enumerate(row):
            places[item] = place


def _sweep(
    rows: Rows, places: list[int], down: bool, sorter: _Sorter | None, held: _Held | None
) -> None:
    links = rows.ups if down else rows.downs
    keys: dict[int, float] = {}
    if sorter is not None:
        sorter.rank_clusters(places)
    for number in range(len(rows.rows)) if down else reversed(range(len(rows.rows))):
        row = rows.rows[number]
        if len(row) == 1:
            places[row[0]] = 0
            continue
        for item in row:
            linked = links[item]
            if len(linked) == 1:
                keys[item] = places[linked[0]]
            elif linked:
                keys[item] = sum([places[other] for other in linked]) / len(linked)
            else:
                keys[item] = places[item]
        if sorter is None:
            if held is not None:
                held.hold(row, keys)
            row.sort(key=keys.__getitem__)
        else:
            row = rows.rows[number] = sorter.sort(number, row, keys)
        for place, item in enumerate(row):
            places[item] = place


class _Sorter:
    """Sorts a row by keys within clusters, and clusters within clusters."""

    def __init__(self, rows: Rows, parents: list[int], held: _Held | None) -> None:
        self._rows = rows
        self._parents = parents
        self._held = held
        self._ranks = [0.0] * len(parents)
        self._present: list[list[int]] = [[] for _ in rows.rows]
        for cluster in innermost_first(parents):
            span = rows.spans[cluster]
            if span is not None:
                for row in range(span[0], span[1] + 1):
                    self._present[row].append(cluster)

    def rank_clusters(self, places: list[int]) -> None:
        """Fix the order of clusters for a sweep, by where their items lie on the average."""
        totals = [0.0] * len(self._parents)
        counts = [0] * len(self._parents)
        for item, home in enumerate(self._rows.cluster_of):
            if self._rows.kinds[item] == BORDER:
                continue
            share = (places[item] + 0.5) / len(self._rows.rows[self._rows.row_of[item]])
            while home != OUTSIDE:
                totals[home] += share
                counts[home] += 1
                home = self._parents[home]
        self._ranks = [total / (count or 1) for total, count in zip(totals, counts, strict=True)]
        if self._held is not None:
            self._hold_clusters(self._held.clusters)

    def _hold_clusters(self, lines: list[float | None]) -> None:
        """Let clusters that were there before exchange their ranks until they rise."""
        siblings: dict[int, list[tuple[float, int]]] = {}
        for cluster, line in enumerate(lines):
            if line is not None:
                siblings.setdefault(self._parents[cluster], []).append((line, cluster))
        for known in siblings.values():
            ranks = sorted([self._ranks[cluster] for _, cluster in known])
            for rank, (_, cluster) in zip(ranks, sorted(known), strict=True):
                self._ranks[cluster] = rank

    def sort(self, number: int, row: list[int], keys: dict[int, float]) -> list[int]:
        """The row in order, each cluster between its borders."""
        parts: dict[int, list[_Part]] = {OUTSIDE: []}
        for item in row:
            if self._rows.kinds[item] != BORDER:
                home = self._rows.cluster_of[item]
                parts.setdefault(home, []).append((keys[item], OUTSIDE, [item]))
        for cluster in self._present[number]:
            inside = parts.get(cluster, [])
            if inside:
                key = sum([part[0] for part in inside]) / len(inside)
            else:
                key = self._ranks[cluster] * len(row)
            span = self._rows.spans[cluster]
            left, right = self._rows.borders[cluster][number - (span[0] if span else 0)]
            items = [left, *self._in_order(inside), right]
            parts.setdefault(self._parents[cluster], []).append((key, cluster, items))
        return self._in_order(parts[OUTSIDE])

    def _in_order(self, parts: list[_Part]) -> list[int]:
        """Return the items by key; the clusters among them keep their own order."""
        if self._held is not None:
            parts = self._held.hold_parts(parts)
        clusters = sorted(
            [part for part in parts if part[1] != OUTSIDE],
            key=lambda part: (self._ranks[part[1]], part[1]),
        )
        ranked = iter(clusters)
        return [
            item
            for part in sorted(parts, key=lambda part: part[0])
            for item in (part if part[1] == OUTSIDE else next(ranked))[2]
        ]


_Part = tuple[float, int, list[int]]
"""Part of a row that stays together: its key, the cluster that it is if any, its items."""
