"""The lane of the timeline that shows what is kept for backward: a step function over the run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from app.drawing.shapes import Area, Border, Line, Shapes, Text
from app.session.kept import Amount
from app.session.look.colors import fill, graphic
from app.session.look.faces import Face, Faces
from app.session.look.glyphs import Command, Path
from app.session.timeline.kept import KeptLane, KeptNote

HEIGHT: Final = 54
_BASE: Final = 50.0
"""The baseline, from the top of the lane."""
_MOST: Final = 38.0
"""The height of the most that was kept."""
_LEAST: Final = 1.5
"""What little is kept can be seen."""
_TOP: Final = 9.0
"""Where notes are written: above everything..."""
_UNDER: Final = 19.0
"""...or beside what is low..."""
_BOTTOM: Final = 44.0
"""...or above the baseline."""
_GAP: Final = 8.0


class _Step(NamedTuple):
    """An amount from `x` on."""

    x: float
    amount: Amount


def kept_lane(lane: KeptLane, faces: Faces[Face], left: float, right: float, top: float) -> Shapes:
    """Draw the lane between `left` and `right`, its upper edge at `top`."""
    base = top + _BASE
    drawn: Shapes = [Line(_path([(left, base), (right, base)]), Border("line"))]
    if not lane.most or not lane.totals:
        return drawn
    steps = list(_steps(lane, left, right))
    heights = [(step.x, _height(lane, step.amount.total)) for step in steps]
    solid = [(step.x, _height(lane, step.amount.only)) for step in steps]
    outline = _outline(heights, right, base)
    drawn = [
        Area((*outline, *_closing(left, right, base)), fill("gradient")),
        Area((*_outline(solid, right, base), *_closing(left, right, base)), graphic("gradient")),
        *drawn,
        Line(outline, Border(graphic("gradient"), 1.5)),
    ]
    taken: list[tuple[float, float]] = []
    for note in lane.notes:
        drawn += _note(note, lane, faces.small, heights, taken, left, right, top)
    return drawn


def _height(lane: KeptLane, count: int) -> float:
    return max(_LEAST, count / lane.most * _MOST) if count else 0.0


def _steps(lane: KeptLane, left: float, right: float) -> Iterator[_Step]:
    """Yield the amounts that differ from the one before.

    A change is drawn at the middle of its moment.  Of the moments on one pixel the largest amount
    is shown: a peak does not vanish in a long run.
    """
    columns = len(lane.totals)
    width = (right - left) / columns
    stride = max(1, int(1 / width))
    before = lane.before
    yield _Step(left, before)
    for first in range(0, columns, stride):
        end = first + stride
        here = Amount(max(lane.totals[first:end]), max(lane.only[first:end]))
        if here != before:
            yield _Step(left + (first + 0.5) * width, here)
            before = here


def _outline(heights: list[tuple[float, float]], right: float, base: float) -> Path:
    """Return the upper edge: level lines and steps, never slopes."""
    points = [(heights[0][0], base - heights[0][1])]
    for (_, before), (x, height) in pairwise(heights):
        points += [(x, base - before), (x, base - height)]
    return _path([*points, (right, base - heights[-1][1])])


def _closing(left: float, right: float, base: float) -> tuple[Command, ...]:
    return ("L", (right, base)), ("L", (left, base)), ("Z", ())


def _path(points: list[tuple[float, float]]) -> Path:
    first, *rest = points
    return ("M", first), *(("L", point) for point in rest)


def _note(
    note: KeptNote,
    lane: KeptLane,
    face: Face,
    heights: list[tuple[float, float]],
    taken: list[tuple[float, float]],
    left: float,
    right: float,
    top: float,
) -> Shapes:
    """Draw a note where it covers neither the area nor another note; nothing where it would."""
    step = (right - left) / len(lane.totals)
    begin, end = left + (note.first + 0.5) * step, left + (note.last + 1) * step
    size = face.width(note.text)
    x = (begin + end - size) / 2 if note.at_bottom else begin + _GAP
    x = max(left, min(x, right - size))
    if x < left or any(x < last and first < x + size for first, last in taken):
        return []
    rooms = (_BOTTOM, _UNDER, _TOP) if note.at_bottom else (_UNDER, _TOP)
    high = _highest(heights, x - _GAP, x + size)
    for baseline in rooms:
        if baseline == _TOP or baseline + 3 < _BASE - high:
            taken.append((x - _GAP, x + size + _GAP))
            return [Text(x, top + baseline, note.text, face, note.color)]
    return []


def _highest(heights: list[tuple[float, float]], first: float, last: float) -> float:
    """Return the greatest height between two places."""
    ends = [*(x for x, _ in heights[1:]), last + 1]
    parts = zip(heights, ends, strict=True)
    return max((high for (x, high), end in parts if x <= last and end > first), default=0.0)
