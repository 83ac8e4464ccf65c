"""The blocks of the timeline: moments, regions, and stretches of moments of one kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.session.graph.payloads import StatusKey
from app.session.language import tr
from app.session.look.status import STATUS_STYLES
from app.session.timeline import Lane

SIGNS: dict[Lane, tuple[Glyph, ToneKey]] = {
    "Forward": ("recorded", "recorded"),
    "Region": ("no_grad", "no_grad"),
    "Backward": ("gradient", "gradient"),
    "Accumulate": ("accumulate", "gradient"),
}
Look = tuple[Lane, ToneKey, StatusKey | None]
_SHORT: Final = 120
"""A stretch is short if it has less than the columns of the run divided by this."""


@dataclass(frozen=True, slots=True)
class Block:
    """A moment, or a region from its start to its end.

    `first` and `last` are columns, both inclusive: the n-th moment has column n - 1.
    """

    lane: Lane
    row: int
    first: int
    last: int
    text: str
    tone: ToneKey
    status: StatusKey | None = None
    free: int = -1
    """The last column for its text: regions inside it cover the rest, and one that is left out has
    room beside it."""
    depth: int = 0
    """The number of regions around a region."""
    is_path: bool = False
    """Whether the end of its text matters more than the beginning: "model.0.weight"."""
    is_left_out: bool = False
    """Whether a what-if takes the effect of a region away."""


def sign_of(block: Block) -> Glyph:
    if block.is_left_out:
        return "fork"
    return SIGNS[block.lane][0] if block.status is None else STATUS_STYLES[block.status].glyph


def stretches_of(looks: Iterable[Look]) -> list[Block]:
    """Return the stretches of a run, given the look of each column.

    Steps and what they accumulate are one backward.  What is short joins the one before it, if
    both are forward or one of them is neither forward nor backward; regions have none.
    """
    found = [(look, len(list(same))) for look, same in groupby(map(_whole, looks))]
    short = sum(count for _, count in found) / _SHORT
    joined: list[tuple[Look, int]] = []
    for look, count in found:
        if joined and _joins(joined[-1], (look, count), short):
            before, many = joined.pop()
            keeps = many >= short and before[0] != "Region"
            joined.append((before if keeps else look, many + count))
        else:
            joined.append((look, count))
    blocks: list[Block] = []
    for (lane, tone, status), count in joined:
        first = blocks[-1].last + 1 if blocks else 0
        last = first + count - 1
        blocks.append(Block(lane, 0, first, last, _words(tone, status), tone, status, last))
    return blocks


def _whole(look: Look) -> Look:
    return ("Backward", "gradient", None) if look[1] == "gradient" else look


def _joins(before: tuple[Look, int], after: tuple[Look, int], short: float) -> bool:
    """Return whether neighbours are shown as one stretch."""
    (one, many), (other, count) = before, after
    lanes = {one[0], other[0]}
    if one == other or "Region" in lanes:
        return True
    return min(many, count) < short and ("Accumulate" in lanes or len(lanes) == 1)


def _words(tone: ToneKey, status: StatusKey | None) -> str:
    if tone == "gradient":
        return tr("backward")
    if status == "recorded":
        return tr("forward")
    return "" if status is None else tr(STATUS_STYLES[status].label)
