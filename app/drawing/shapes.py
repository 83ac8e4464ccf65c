"""The shapes of drawings.  Lengths are logical pixels at 100 %; y grows downwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.session.graph.payloads import StatusKey
from app.session.look import geometry as g
from app.session.look.colors import Color, fill, graphic
from app.session.look.faces import Face
from app.session.look.glyphs import Glyph, Path
from app.session.look.status import STATUS_STYLES
from graphviz_render import Box

Part = Literal[
    "outline",
    "behind",
    "inner",
    "pill",
    "share",
    "block",
    "frame",
    "ground",
    "button",
    "tile",
    "cell",
]
"""What a rectangle is: `outline` surrounds a node, `behind` shows that it holds others, `share` is
part of a group's bar, `ground` keeps lines out of a text."""


class Border(NamedTuple):
    """The line around or along a shape; `dash` is in pixels."""

    color: Color
    width: float = 1.0
    dash: tuple[float, ...] = ()
    round: bool = False
    """Round ends; dashes become dots."""


class Rect(NamedTuple):
    """A rounded rectangle.  Its border lies inside of `box`."""

    part: Part
    box: Box
    radius: float
    fill: Color | None
    border: Border | None = None
    tensor: int | None = None
    """The tensor that it represents, shown when somebody points at it."""


class Text(NamedTuple):
    """A text from `x` to the right; `ends`: ending at `x`."""

    x: float
    baseline: float
    text: str
    face: Face
    color: Color
    ends: bool = False
    italic: bool = False
    """Slanted, as wide as upright."""


class Sign(NamedTuple):
    """A glyph in a square."""

    glyph: Glyph
    x: float
    y: float
    size: float
    color: Color


class Line(NamedTuple):
    path: Path
    border: Border


class Area(NamedTuple):
    path: Path
    color: Color


class HeatMap(NamedTuple):
    """Values as cells that fill `box`.

    The colour of `largest` is the strongest, that of the largest value where it is None; `most` is
    how strong that is, from 0 to 1: numbers can be read on 0.5 in each theme.
    """

    box: Box
    rows: Sequence[Sequence[float]]
    largest: float | None = None
    most: float = 1.0


Shape = Rect | Text | Sign | Line | Area | HeatMap
Shapes = list[Shape]

STATUS_BORDERS: dict[StatusKey, Border] = {
    key: Border(graphic(key), style.width, style.dash, style.dotted)
    for key, style in STATUS_STYLES.items()
}


def node_fill(status: StatusKey) -> Color:
    """Return the colour of a node: plain if recorded or covered, else the tint of the status."""
    return "node" if status in ("recorded", "covered") else fill(status)


def shrunk(box: Box, by: float) -> Box:
    return Box(box.x + by, box.y + by, box.width - 2 * by, box.height - 2 * by)


def stack(box: Box, status: StatusKey) -> Shapes:
    """Draw two more outlines below a node that represents several."""
    outline = Border(graphic(status))
    return [
        Rect("behind", Box(box.x + by, box.y + by, box.width - 2 * by, box.height), g.NODE_RADIUS,
             "node", outline)
        for by in (2 * g.STACK_OFFSET, g.STACK_OFFSET)
    ]  # fmt: skip
