"""How many links between neighbouring rows cross."""

from __future__ import annotations

from bisect import bisect_right, insort

from graphviz_render.layered.rows import Rows


def count_crossings(rows: Rows, places: list[int]) -> int:
    return sum(_between(row, rows.downs, places) for row in rows.rows)


def _between(row: list[int], downs: list[list[int]], places: list[int]) -> int:
    """The inversions among the lower ends, with the upper ends in order.

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
