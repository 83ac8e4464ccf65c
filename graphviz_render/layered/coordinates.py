"""Where across its row each item lies: as many links straight as may be (Brandes and Koepf, 2001).

Items are chained into blocks, each on one line, four times: from above or below, leftmost or
rightmost.  Each of the four is packed, and each item gets the mean of its two middle places.  A
border of a cluster is always one block, so that frames are upright; links that cross it may bend.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from math import inf
from typing import Final

from graphviz_render.layered.rows import BORDER, LANE, NODE, Rows

_LEAST_CHAINS: Final = (1, 4, 16)
_LARGE: Final = 15_000
"""From this many items on, two directions are used instead of four, and no short chains."""
_TOO_WIDE: Final = 1.6
"""Times the widest row: columns that are straight side by side have then become stairs."""


def place_across(rows: Rows, places: list[int]) -> list[float]:
    """Return the line of each item, in pixels from some origin.  Items of a row keep the distance
    that their reaches require."""
    crossed = _crossed(rows, places)
    neighbours = _neighbours(rows)
    links = _straight_links(rows)
    widest = max(sum([rows.lefts[item] + rows.rights[item] for item in row]) for row in rows.rows)
    lines: list[float] = []
    is_large = len(places) > _LARGE
    for least in _LEAST_CHAINS[1:2] if is_large else _LEAST_CHAINS:
        if least > 1:
            links = _in_long_chains(rows, links, least)
        directions = (False,) if is_large else (False, True)
        lines = _in_all_ways(rows, places, links, crossed, neighbours, directions)
        if max(lines) - min(lines) <= _TOO_WIDE * widest:
            break
    return lines


def _in_all_ways(
    rows: Rows,
    places: list[int],
    links: list[list[int]],
    crossed: set[tuple[int, int]],
    neighbours: _Neighbours,
    directions: Iterable[bool],
) -> list[float]:
    layouts = []
    for upwards in directions:
        medians = _medians(_turned(links) if upwards else links, places)
        for mirrored in (False, True):
            root, chain = _align(rows.rows, places, medians, crossed, upwards, mirrored)
            lines = _pack(root, chain, neighbours, mirrored)
            layouts.append([lines[block] for block in root])
    return _balanced(layouts)


# ------------------------------------------------------------------------ what may be straight


_Paths = list[tuple[int, float]]
"""For each item how many nodes lie on the longest path from (or to) an end, and how many such paths
there are."""
_COUNTLESS: Final = 1e300


def _straight_links(rows: Rows) -> list[list[int]]:
    """Return, for each item, those above it that may share a line with it.

    These are the links that lie on the most of the longest paths.  So a side input, a skip
    connection or a short branch does not bend the column that it joins.
    """
    above = _longest_paths(rows.rows, rows.ups, rows.kinds)
    below = _longest_paths(reversed(rows.rows), rows.downs, rows.kinds)
    most_below = [max([below[down] for down in downs], default=(0, 0.0)) for downs in rows.downs]
    links = []
    for item, ups in enumerate(rows.ups):
        most = max([above[up] for up in ups], default=(0, 0.0))
        links.append([up for up in ups if above[up] == most and below[item] == most_below[up]])
    return links


def _longest_paths(rows: Iterable[list[int]], links: list[list[int]], kinds: bytearray) -> _Paths:
    """To each item along `links`, which lead back to the rows before."""
    paths: _Paths = [(0, 0.0)] * len(kinds)
    for row in rows:
        for item in row:
            length, count = 0, 1.0
            if len(links[item]) == 1:
                length, count = paths[links[item][0]]
            elif links[item]:
                before = [paths[other] for other in links[item]]
                length = max(before)[0]
                count = min(sum([count for long, count in before if long == length]), _COUNTLESS)
            paths[item] = (length + (kinds[item] == NODE), count)
    return paths


def _in_long_chains(rows: Rows, links: list[list[int]], least: int) -> list[list[int]]:
    """Return the links that join more than `least` nodes in a column; borders keep theirs."""
    above, below = [0] * len(links), [0] * len(links)
    turned = _turned(links)
    for length, joined, order in ((above, links, rows.rows), (below, turned, rows.rows[::-1])):
        for row in order:
            for item in row:
                before = max([length[other] for other in joined[item]], default=0)
                length[item] = before + (rows.kinds[item] == NODE)
    return [
        [up for up in ups if rows.kinds[up] == BORDER or above[up] + below[item] > least]
        for item, ups in enumerate(links)
    ]


def _medians(links: list[list[int]], places: list[int]) -> list[tuple[int, ...]]:
    """Return the middle one or two linked items of each item, leftmost first."""
    medians: list[tuple[int, ...]] = []
    for linked in links:
        if len(linked) > 1:
            linked = sorted(linked, key=places.__getitem__)
            last = len(linked) - 1
            medians.append(tuple(linked[last // 2 : (last + 1) // 2 + 1]))
        else:
            medians.append(tuple(linked))
    return medians


def _turned(links: list[list[int]]) -> list[list[int]]:
    """Return the same links from their upper ends."""
    turned: list[list[int]] = [[] for _ in links]
    for item, ups in enumerate(links):
        for up in ups:
            turned[up].append(item)
    return turned


def _crossed(rows: Rows, places: list[int]) -> set[tuple[int, int]]:
    """Return links (upper, lower) that cross one of higher priority: a border's, then a lane's."""
    crossed: set[tuple[int, int]] = set()
    kinds = rows.kinds
    for upper, lower in pairwise(rows.rows):
        if len(upper) == 1 or len(lower) == 1 or not any(kinds[item] for item in lower):
            continue
        lanes = [(item, rows.ups[item][0]) for item in lower if kinds[item] and rows.ups[item]]
        borders = [pair for pair in lanes if kinds[pair[0]] == BORDER]
        if borders:
            _mark(rows, upper, lower, borders, places, BORDER, crossed)
        lanes = [
            pair
            for pair in lanes
            if kinds[pair[0]] == LANE == kinds[pair[1]] and pair[::-1] not in crossed
        ]
        if lanes:
            _mark(rows, upper, lower, lanes, places, LANE, crossed)
    return crossed


def _mark(
    rows: Rows,
    upper: list[int],
    lower: list[int],
    inner: list[tuple[int, int]],
    places: list[int],
    kind: int,
    crossed: set[tuple[int, int]],
) -> None:
    """Mark what crosses the links `inner`, which come with their lower ends in order.

    Between two of them a link's upper end may lie between theirs only.
    """
    kinds = rows.kinds
    left, scanned = 0, 0
    stops = [*((places[low], places[up]) for low, up in inner), (len(lower) - 1, len(upper) - 1)]
    for place, right in stops:
        while scanned <= place:
            item = lower[scanned]
            scanned += 1
            for above in rows.ups[item]:
                if (not left <= places[above] <= right) and not (
                    kinds[item] == kind == kinds[above]
                ):
                    crossed.add((above, item))
        left = max(left, right)


# ----------------------------------------------------------------------------- one layout of four


def _align(
    rows: list[list[int]],
    places: list[int],
    medians: list[tuple[int, ...]],
    crossed: set[tuple[int, int]],
    upwards: bool,
    mirrored: bool,
) -> tuple[list[int], list[int]]:
    """The block of each item, by its first item; and the item after each in its block, or -1."""
    root = list(range(len(places)))
    chain = [-1] * len(places)
    for row in reversed(rows) if upwards else rows:
        last = len(places) if mirrored else -1
        for item in reversed(row) if mirrored else row:
            middle = medians[item]
            for other in reversed(middle) if mirrored else middle:
                place = places[other]
                if place >= last if mirrored else place <= last:
                    continue
                if crossed and ((item, other) if upwards else (other, item)) in crossed:
                    continue
                root[item] = root[other]
                chain[other] = item
                last = place
                break
    return root, chain


_Neighbours = tuple[list[int], list[int], list[float]]
"""For each item the item before it and after it in its row, or -1, and the distance to the
latter."""


def _neighbours(rows: Rows) -> _Neighbours:
    count = len(rows.row_of)
    before, after, distance = [-1] * count, [-1] * count, [0.0] * count
    lefts, rights = rows.lefts, rows.rights
    for row in rows.rows:
        for left, right in pairwise(row):
            after[left] = right
            before[right] = left
            distance[left] = rights[left] + lefts[right]
    return before, after, distance


def _pack(
    root: list[int], chain: list[int], neighbours: _Neighbours, mirrored: bool
) -> list[float]:
    """Each block as far to one side as its neighbours let it, then back against the others.

    The side is the left, or the right where `mirrored`: then all lines are negative.
    """
    before, after, distance = neighbours
    if mirrored:
        before, after = after, before
        distance = [distance[item] if item >= 0 else 0.0 for item in after]
    count = len(root)
    waiting = [0] * count
    for item, other in enumerate(before):
        if other >= 0:
            waiting[root[item]] += 1
    lines = [0.0] * count
    ready = [block for block in range(count) if root[block] == block and not waiting[block]]
    for block in ready:  # grows while it is walked through
        line, item = lines[block], block
        while item >= 0:
            following = after[item]
            if following >= 0:
                other = root[following]
                if lines[other] < line + distance[item]:
                    lines[other] = line + distance[item]
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
            item = chain[item]
    for block in reversed(ready):
        nearest, item = inf, block
        while item >= 0:
            following = after[item]
            if following >= 0 and lines[root[following]] - distance[item] < nearest:
                nearest = lines[root[following]] - distance[item]
            item = chain[item]
        if nearest < inf:
            lines[block] = nearest
    return [-line for line in lines] if mirrored else lines


def _balanced(layouts: list[list[float]]) -> list[float]:
    """Return the mean of the two middle places, after aligning all with the narrowest."""
    extents = [(min(layout), max(layout)) for layout in layouts]
    first, last = min(extents, key=lambda extent: extent[1] - extent[0])
    shifts = [
        last - high if number % 2 else first - low for number, (low, high) in enumerate(extents)
    ]
    shifted = [
        [line + shift for line in layout] for layout, shift in zip(layouts, shifts, strict=True)
    ]
    if len(shifted) == 2:
        return [(one + other) / 2 for one, other in zip(*shifted, strict=True)]
    middles = [sorted(four) for four in zip(*shifted, strict=True)]
    return [(second + third) / 2 for _, second, third, _ in middles]
