"""The order of the items in each row, so that few links cross.

A depth-first walk sets out branch by branch; then sweeps down and up sort each row by the mean
place of the linked items in the row before.  The items of a cluster stay together, and clusters
that share rows have one order in all of them: their frames become rectangles that cannot overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graphviz_render.layered.crossings import count_crossings
from graphviz_render.layered.rows import BORDER, Rows
from graphviz_render.problem import OUTSIDE, Problem, innermost_first

_FEW_SWEEPS: Final = 4
_MANY_SWEEPS: Final = 16
_SMALL: Final = 3000
"""Up to so many items it is worth to count crossings, sweep often and keep the best."""


def order_rows(rows: Rows, problem: Problem) -> list[int]:
    """Sort `rows.rows`.  Returns each item's place in its row."""
    _walk(rows)
    places = [0] * len(rows.row_of)
    _number(rows.rows, places)
    sorter = _Sorter(rows, problem.parents) if problem.parents else None
    if len(places) > _SMALL:
        for sweep in range(_FEW_SWEEPS):
            _sweep(rows, places, sweep % 2 == 0, sorter)
        return places
    return _best_of_sweeps(rows, places, sorter)


def _best_of_sweeps(rows: Rows, places: list[int], sorter: _Sorter | None) -> list[int]:
    best, least, since = [row[:] for row in rows.rows], -1, 0
    for sweep in range(_MANY_SWEEPS):
        _sweep(rows, places, sweep % 2 == 0, sorter)
        crossings = count_crossings(rows, places)
        since += 1
        if least < 0 or crossings < least:
            best, least, since = [row[:] for row in rows.rows], crossings, 0
        if least == 0 or since > 4:
            break
    rows.rows = best
    _number(best, places)
    return places


def _walk(rows: Rows) -> None:
    """Fill the rows in the order in which a walk along the links meets their items."""
    row_of, downs = rows.row_of, rows.downs
    seen = bytearray(len(row_of))
    walked: list[list[int]] = [[] for _ in rows.rows]
    for start in range(len(row_of)):
        if rows.ups[start] or seen[start]:
            continue
        trail = [start]
        while trail:
            item = trail.pop()
            if not seen[item]:
                seen[item] = 1
                walked[row_of[item]].append(item)
                trail.extend(reversed(downs[item]))
    rows.rows = walked


def _number(rows: Iterable[list[int]], places: list[int]) -> None:
    for row in rows:
        for place, item in enumerate(row):
            places[item] = place


def _sweep(rows: Rows, places: list[int], down: bool, sorter: _Sorter | None) -> None:
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
            row.sort(key=keys.__getitem__)
        else:
            row = rows.rows[number] = sorter.sort(number, row, keys)
        for place, item in enumerate(row):
            places[item] = place


class _Sorter:
    """Sorts a row by keys within clusters, and clusters within clusters."""

    def __init__(self, rows: Rows, parents: list[int]) -> None:
        self._rows = rows
        self._parents = parents
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
        """Items by key; where clusters stand among them, they stand in their own order."""
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
