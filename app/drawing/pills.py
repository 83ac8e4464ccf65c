"""Parameters inside their operation: pills that say what each `.grad` is."""

from __future__ import annotations

from typing import Final

from app.drawing.lens import Lens
from app.drawing.shapes import Border, HeatMap, Line, Rect, Shapes, Sign, Text
from app.session.details.pictures import as_rows
from app.session.explain.phrases import more
from app.session.graph.payloads import Pill
from app.session.look import geometry as g
from app.session.look.colors import Color, graphic, written
from app.session.look.faces import Face
from app.session.look.measure import (
    Form,
    pill_places,
    pill_value,
    pills_shown,
    wide_pill_places,
    wide_pills_shown,
)
from graphviz_render import Box

_BORDERS: Final[dict[str, Border]] = {
    "value": Border(graphic("gradient"), g.BORDER_WIDTH),
    "norm": Border(graphic("gradient"), g.BORDER_WIDTH),
    "bad": Border(graphic("cut"), g.BORDER_WIDTH),
    "frozen": Border(graphic("no_input_requires_grad"), 1, (1.5, 3), round=True),
    "waiting": Border("line", 1, (1.5, 3), round=True),
    "none": Border("line", 1, (4, 3)),
    "input": Border("line"),
    "covered": Border("line"),
}
_VALUE_COLORS: Final[dict[str, Color]] = {"norm": written("gradient"), "bad": written("cut")}


def pills(lens: Lens, shown: tuple[Pill, ...], box: Box) -> Shapes:
    """Draw the pills of an operation in `box`.  If some do not fit, the last one counts them."""
    y, left, right = box.y + g.DIVIDER_TOP, box.x + g.PILL_INSET, box.right - g.PILL_INSET
    drawn: Shapes = [Line((("M", (left, y)), ("L", (right, y))), Border("divider"))]
    places = pill_boxes(len(shown), box)
    return drawn + _in(places, lens, shown, pills_shown(len(shown)))


def wide_pills(lens: Lens, shown: tuple[Pill, ...], box: Box) -> tuple[Shapes, float]:
    """Draw the pills of a wide row; return where they begin."""
    places = pill_boxes(len(shown), box, "wide")
    drawn = _in(places, lens, shown, wide_pills_shown(len(shown)))
    end = places[0].x if places else box.right - g.WIDE_LINE - g.WIDE_INSET
    return drawn, end - g.PILL_GAP


def _in(places: list[Box], lens: Lens, shown: tuple[Pill, ...], alone: int) -> Shapes:
    """Draw the first pills `alone`, all in one face, and count the rest in the last place."""
    pairs = [*zip(shown[:alone], places, strict=False)]
    face = lens.faces.small_mono
    if not all(_fits(face, *pair) for pair in pairs):
        face = lens.base.small_mono
    drawn = [shape for pair in pairs for shape in _pill(face, *pair)]
    rest = len(shown) - alone
    return drawn + _rest(lens, rest, places[-1]) if rest else drawn


def _fits(face: Face, pill: Pill, box: Box) -> bool:
    ends = face.width(pill_value(pill))
    if pill.state == "value" and not pill.by:
        ends = g.MAP_WIDTH
    return face.width(pill.name) + ends + 2 * g.PILL_PADDING + g.PILL_NAME_GAP <= box.width


def pill_boxes(count: int, box: Box, form: Form = "full") -> list[Box]:
    """Return the places of the pills of `count` parameters."""
    is_wide = form == "wide"
    shown = (wide_pills_shown if is_wide else pills_shown)(count)
    places = (wide_pill_places if is_wide else pill_places)(shown + (count > shown), box.width)
    top = box.center[1] if is_wide else box.y
    return [Box(box.x + x, top + y, width, g.PILL_HEIGHT) for x, y, width in places]


def _rest(lens: Lens, count: int, box: Box) -> Shapes:
    x, baseline = box.x + g.PILL_PADDING, box.y + g.PILL_BASELINE
    return [
        Rect("pill", box, g.PILL_RADIUS, "raised", Border("line")),
        Text(x, baseline, more(count), lens.faces.small, "text_secondary"),
    ]


def _pill(face: Face, pill: Pill, box: Box) -> Shapes:
    state, taken = _state(face, pill, box)
    border = _BORDERS["input" if pill.came_elsewhere else pill.state]
    room = box.width - 2 * g.PILL_PADDING - taken - g.PILL_NAME_GAP
    x, baseline = box.x + g.PILL_PADDING, box.y + g.PILL_BASELINE
    return [
        Rect("pill", box, g.PILL_RADIUS, "raised", border, pill.tensor),
        *state,
        Text(x, baseline, face.elided(pill.name, room), face, "text"),
    ]


def _state(face: Face, pill: Pill, box: Box) -> tuple[Shapes, float]:
    """Return the state of the grad, drawn at the right end, and its width."""
    right, middle = box.right - g.PILL_PADDING, box.center[1]
    if pill.came_elsewhere:
        words = pill_value(pill)
        end = Text(right, box.y + g.PILL_BASELINE, words, face, "text_secondary", ends=True)
        return [end], face.width(words)
    if pill.state == "value" and pill.summary is not None and pill.summary.values is not None:
        return _map(pill.summary.values, right, middle)
    if pill.state == "frozen":
        size, color = g.PILL_GLYPH, graphic("no_input_requires_grad")
        return [Sign("padlock", right - size, middle - size / 2, size, color)], size
    words = pill_value(pill)
    color = _VALUE_COLORS.get(pill.state, "text_secondary")
    drawn: Shapes = [Text(right, box.y + g.PILL_BASELINE, words, face, color, ends=True)]
    taken = face.width(words)
    if pill.state == "bad":
        taken += g.PILL_WARNING_ROOM
        top = box.y + g.PILL_WARNING_TOP
        drawn.append(Sign("warning", right - taken, top, g.PILL_WARNING, graphic("cut")))
    return drawn, taken


def _map(values: object, right: float, middle: float) -> tuple[Shapes, float]:
    rows = as_rows(values)
    columns = max(len(row) for row in rows)
    width = min(g.MAP_CELL_WIDTH, g.MAP_WIDTH / columns) * columns
    height = min(g.MAP_CELL_HEIGHT, g.MAP_HEIGHT / len(rows)) * len(rows)
    return [HeatMap(Box(right - width, middle - height / 2, width, height), rows)], width
