"""The longest common subsequence of two sequences, as long as they differ in little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

Pair = tuple[int, int]
"""A place in the first sequence and the place in the second that belongs to it."""

_MOST_EDITS = 400
"""From this many differences on the pairs are found by occurrence, in linear time."""


def common(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Pair]:
    """Return the most places of equal items that ascend on both sides.

    Takes time in proportion to length times differences.  Sequences with more than `_MOST_EDITS`
    differences get pairs that ascend, and may be fewer than possible.

    >>> common("linear", "linar")
    [(0, 0), (1, 1), (2, 2), (4, 3), (5, 4)]
    """
    start = _equal_from_start(first, second)
    rest = min(len(first), len(second)) - start
    end = _equal_from_start(first[::-1][:rest], second[::-1][:rest])
    inner = first[start : len(first) - end], second[start : len(second) - end]
    return [
        *((at, at) for at in range(start)),
        *((start + one, start + other) for one, other in _inner(*inner)),
        *((len(first) - at, len(second) - at) for at in range(end, 0, -1)),
    ]


def between(first: Sequence[Hashable], second: Sequence[Hashable]) -> Iterator[tuple[range, range]]:
    """Yield the places of both that lie before each pair of equal items, then those after the last.

    >>> list(between("linear", "linar"))[-2:]
    [(range(5, 5), range(4, 4)), (range(6, 6), range(5, 5))]
    """
    after = 0, 0
    for one, other in [*common(first, second), (len(first), len(second))]:
        yield range(after[0], one), range(after[1], other)
        after = one + 1, other + 1


def _equal_from_start(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


def _inner(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Pair]:
    if not first or not second or set(first).isdisjoint(second):
        return []
    found = _shortest_edit(first, second)
    return _by_occurrence(first, second) if found is None else found


def _shortest_edit(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Pair] | None:
    """Return the pairs left by the fewest edits (Myers, 1986); None if they are too many.

    `reached[k]` is how far the first sequence is used up on diagonal `k`, which is the place in
    the first minus the place in the second.
    """
    ends = len(first), len(second)
    reached = {1: 0}
    history: list[dict[int, int]] = []
    for edits in range(min(sum(ends), _MOST_EDITS) + 1):
        history.append(reached.copy())
        for diagonal in range(-edits, edits + 1, 2):
            at = _furthest(reached, diagonal, edits)
            while at < ends[0] and at - diagonal < ends[1] and first[at] == second[at - diagonal]:
                at += 1
            reached[diagonal] = at
            if at >= ends[0] and at - diagonal >= ends[1]:
                return list(_traced_back(history, ends))[::-1]
    return None


def _furthest(reached: dict[int, int], diagonal: int, edits: int) -> int:
    """Return where the next edit leads on a diagonal: an insertion or a deletion."""
    inserts = diagonal == -edits or (
        diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
    )
    return reached[diagonal + 1] if inserts else reached[diagonal - 1] + 1


def _traced_back(history: list[dict[int, int]], ends: tuple[int, int]) -> Iterator[Pair]:
    """Yield the equal places on the path back from the ends."""
    at, diagonal = ends[0], ends[0] - ends[1]
    for edits in range(len(history) - 1, -1, -1):
        reached = history[edits]
        inserts = diagonal == -edits or (
            diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
        )
        before = diagonal + 1 if inserts else diagonal - 1
        start = 0 if edits == 0 else reached[before] + (not inserts)
        while at > start:
            at -= 1
            yield at, at - diagonal
        at, diagonal = reached[before], before


def _by_occurrence(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[Pair]:
    """Pair each item, first to last, with the next equal one that is not far away."""
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for at in range(len(second) - 1, -1, -1):
        places[second[at]].append(at)
    pairs: list[Pair] = []
    behind = -1
    for at, item in enumerate(first):
        waiting = places.get(item)
        while waiting and waiting[-1] <= behind:
            waiting.pop()
        if waiting and waiting[-1] - behind <= _MOST_EDITS:
            behind = waiting.pop()
            pairs.append((at, behind))
    return pairs
