"""Depths for the level pieces of wires between two bands, so that they do not overlap.

Pieces that go right are stacked from the right, those that go left from the left: then two that go
in the same direction never cross.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_MOST_COMPARED: Final = 200
"""With more pieces in one gap each gets the next track, whether or not it could share one."""

Piece = tuple[float, float]
"""The start and the end of a wire, across."""


def assign_tracks(pieces: Sequence[Piece]) -> list[int]:
    """Return the track of each piece, counted from the upper band; equal ones do not touch."""
    tracks = [0] * len(pieces)
    right = [number for number, (start, end) in enumerate(pieces) if start < end]
    left = [number for number, (start, end) in enumerate(pieces) if start > end]
    right.sort(key=lambda number: (-pieces[number][0], -pieces[number][1]))
    left.sort(key=lambda number: (pieces[number][0], pieces[number][1]))
    taken: list[list[tuple[float, float]]] = []
    for group in (right, left):
        placed: list[int] = []
        for number in group:
            low, high = sorted(pieces[number])
            least = 0
            for other in placed[-_MOST_COMPARED:]:
                other_low, other_high = sorted(pieces[other])
                if other_low <= high and low <= other_high:
                    least = max(least, tracks[other] + 1)
            tracks[number] = _first_free(taken, least, low, high)
            placed.append(number)
    return tracks


def _first_free(taken: list[list[tuple[float, float]]], least: int, low: float, high: float) -> int:
    """Take and return the first track from `least` on that is free between `low` and `high`."""
    for track in range(least, len(taken)):
        if all(end < low or high < start for start, end in taken[track]):
            taken[track].append((low, high))
            return track
    while len(taken) < least:
        taken.append([])
    taken.append([(low, high)])
    return len(taken) - 1
