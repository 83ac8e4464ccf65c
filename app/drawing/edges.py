"""Edges: where values flow, where the gradient came back, and where it was cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.drawing.lens import Detail, Lens
from app.drawing.routes import DrawnRoute, Point, distance, straight
from app.drawing.shapes import Area, Border, Line, Shapes, Text
from app.session.graph.payloads import EdgeItem
from app.session.look import geometry as g
from app.session.look.colors import Color, graphic, written
from app.session.look.faces import Face, Faces
from app.session.look.measure import EdgeLabel

BORDERS: Final[dict[str, Border]] = {
    "data": Border("line", g.DATA_WIDTH),
    "gradient": Border(graphic("gradient"), g.GRADIENT_WIDTH),
    "waiting": Border(graphic("gradient"), g.DATA_WIDTH, (2, 4), round=True),
    "cut": Border(graphic("cut"), g.DATA_WIDTH, (3, 3)),
}
"""The line of each kind of edge."""


def edge(lens: Lens, item: EdgeItem, route: DrawnRoute) -> Shapes:
    """Draw the line of an edge with its arrow or chevrons; `label` draws its label later."""
    border = BORDERS[item.kind]
    least = g.LEAST_WIDTH / lens.zoom
    if border.width < least:
        border = border._replace(width=least)
    drawn: Shapes = [Line(route.path, border)]
    if lens.detail is Detail.BLOCKS:
        return drawn
    if item.kind == "data":
        drawn.append(arrow(route.points[-2], route.points[-1]))
    for at, along in chevrons(item, route):
        drawn += chevron(at, along)
    return drawn


def arrow(before: Point, tip: Point) -> Area:
    """Draw the head of a data edge."""
    (x, y), back, half = _direction(before, tip), g.ARROW_LENGTH, g.ARROW_HALF_WIDTH
    foot = tip[0] - back * x, tip[1] - back * y
    sides = [(foot[0] - half * y, foot[1] + half * x), (foot[0] + half * y, foot[1] - half * x)]
    return Area((*straight([tip, *sides]), ("Z", ())), "line")


def chevrons(item: EdgeItem, route: DrawnRoute) -> list[tuple[Point, Point]]:
    """Return where an edge has chevrons, and the direction of the line there.

    They are in the middle of the longest piece; two if a gradient has passed and it is long enough.
    """
    if item.kind not in ("gradient", "waiting"):
        return []
    start, end = max(route.pieces, key=lambda piece: distance(*piece))
    length = distance(start, end)
    if not length:
        return []
    x, y = _direction(start, end)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    offsets: tuple[float, ...] = (0.0,)
    if item.kind == "gradient" and length > g.TWO_CHEVRONS_ABOVE:
        offsets = (-g.CHEVRON_SPACING / 2, g.CHEVRON_SPACING / 2)
    return [((middle[0] + x * offset, middle[1] + y * offset), (x, y)) for offset in offsets]


def chevron(at: Point, along: Point, ground: Color = "canvas") -> Shapes:
    """Draw a chevron that points against `along`, a vector of length 1.

    A gap in the colour `ground` separates it from the line.
    """
    (x, y), half, tall = along, g.CHEVRON_HALF_WIDTH, g.CHEVRON_HALF_HEIGHT
    tip, foot = (at[0] - tall * x, at[1] - tall * y), (at[0] + tall * x, at[1] + tall * y)
    left, right = (foot[0] - half * y, foot[1] + half * x), (foot[0] + half * y, foot[1] - half * x)
    path = straight([left, tip, right])
    return [
        Line(path, Border(ground, g.CHEVRON_HALO)),
        Line(path, Border(graphic("gradient"), g.CHEVRON_WIDTH, round=True)),
    ]


def label(lens: Lens, item: EdgeItem, words: EdgeLabel, at: Point) -> Shapes:
    """Draw a label whose top left corner is at a point."""
    if lens.detail is not Detail.FULL:
        return []
    faces = lens.faces
    if not _fits(faces, words) and words.name and words.detail:
        words = replace(words, name="")  # Details have it: the numbers count more here
    if not _fits(faces, words):
        faces = lens.base
    name, detail = faces.small_mono_bold, faces.small
    x, baseline = at[0], at[1] + g.LABEL_BASELINE
    drawn: Shapes = [Text(x, baseline, words.name, name, "text")]
    if words.two_lines:
        baseline += g.LABEL_LINE
    elif words.name:
        x += name.width(words.name) + g.LABEL_NAME_GAP
    return lens.centred([*drawn, Text(x, baseline, words.detail, detail, label_color(item))])


def _fits(faces: Faces[Face], words: EdgeLabel) -> bool:
    name, detail = faces.small_mono_bold.width(words.name), faces.small.width(words.detail)
    if words.two_lines:
        return max(name, detail) <= words.width
    return name + detail + (g.LABEL_NAME_GAP if words.name else 0) <= words.width


def label_color(item: EdgeItem) -> Color:
    return written("gradient") if item.kind == "gradient" else "text_secondary"


def _direction(start: Point, end: Point) -> Point:
    """Return the vector of length 1 from one point towards another."""
    length = distance(start, end) or 1.0
    return (end[0] - start[0]) / length, (end[1] - start[1]) / length
