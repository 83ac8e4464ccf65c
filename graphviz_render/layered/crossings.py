"""Counts and reduces crossings of links between neighbouring rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import Final

from graphviz_render.layered.rows import BORDER, LANE, Rows

_ROUNDS: Final = 8


def count_crossings(rows: Rows, places: list[int]) -> int:
    return sum(_between(row, rows.downs, places) for row in rows.rows)


def _between(row: list[int], downs: list[list[int]], places: list[int]) -> int:
    """Return the inversions among the lower ends, with the upper ends in order.

    An insertion sort by bisection: rows are short where this is asked.
    """
    met: list[int] = []
    crossings = 0
    for item in row:
        ends = sorted([places[lower] for lower in downs[item]])
        for end in ends:
            crossings += len(met) - bisect_right(met, end)
        for end in ends:
            insort(met, end)
    return crossings


def exchange_neighbours(
    rows: Rows, places: list[int], held: Sequence[float | None] | None = None
) -> int:
    """Let neighbours change places while that removes crossings; return how many it removed.

    Borders stay where they are, so no item leaves its cluster; nor do two items that are both
    `held` change places.  A path over several rows may have to move in all of them before that
    pays, so swaps that cost nothing are tried as well, and undone if they gain nothing.
    """
    total = _exchange_rows(rows, places, held)
    for _ in range(_ROUNDS):
        before = [row[:] for row in rows.rows]
        gone = _exchange_rows(rows, places, held, loosely=True)
        gone += _exchange_rows(rows, places, held)
        if gone <= 0:
            for old, row in zip(before, rows.rows, strict=True):
                row[:] = old
                for place, item in enumerate(row):
                    places[item] = place
            break
        total += gone
    return total


def _exchange_rows(
    rows: Rows, places: list[int], held: Sequence[float | None] | None, *, loosely: bool = False
) -> int:
    """Exchange neighbours once from the last row to the first, or until no row improves."""
    total = 0
    while True:
        gone = sum(_exchange(row, rows, places, held, loosely) for row in reversed(rows.rows))
        total += gone
        if loosely or not gone:
            return total


def _exchange(
    row: list[int],
    rows: Rows,
    places: list[int],
    held: Sequence[float | None] | None,
    loosely: bool,
) -> int:
    gone = 0
    for place in range(len(row) - 1):
        left, right = row[place], row[place + 1]
        if not _may_exchange(left, right, rows, held):
            continue
        fewer = 0
        for links in (rows.ups, rows.downs):
            fewer += _crossings(links[left], links[right], places)
            fewer -= _crossings(links[right], links[left], places)
        if fewer > 0 or (
            loosely and not fewer and (_is_loose(left, rows) or _is_loose(right, rows))
        ):
            row[place], row[place + 1] = right, left
            places[left], places[right] = place + 1, place
            gone += fewer
    return gone


def _may_exchange(left: int, right: int, rows: Rows, held: Sequence[float | None] | None) -> bool:
    if rows.kinds[left] == BORDER or rows.kinds[right] == BORDER:
        return False
    return held is None or held[left] is None or held[right] is None


def _is_loose(item: int, rows: Rows) -> bool:
    """Return whether an item has only one link."""
    return len(rows.ups[item]) + len(rows.downs[item]) < 2 or rows.kinds[item] == LANE


def _crossings(left: list[int], right: list[int], places: list[int]) -> int:
    """Return the crossings of the links of two neighbours with a row beside theirs."""
    if not left or not right:
        return 0
    ends = sorted([places[item] for item in right])
    return sum([bisect_left(ends, places[item]) for item in left])
