"""What two runs have in common, drawn without colour: the shape stays, the colour goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from app.drawing.shapes import Area, Border, HeatMap, Line, Rect, Shape, Shapes, Sign, Text
from app.session.graph.payloads import OperationItem
from app.session.look.colors import Color
from app.session.look.measure import NodeItem

_ON_INK: Final = ("panel", "on_accent")
"""The colours of what is written on a dark ground, which stays dark."""


def quiet_item(item: NodeItem) -> NodeItem:
    """Return an item whose pills have numbers in place of pictures."""
    if not isinstance(item, OperationItem):
        return item
    pills = (replace(one, state="norm") if one.state == "value" else one for one in item.pills)
    return replace(item, pills=tuple(pills))


def quiet(drawing: Shapes, *, but_pills: bool = False) -> Shapes:
    """Return a drawing in the colours of lines and plain text; `but_pills` keeps those of pills."""
    return list(_quieted(drawing, but_pills))


def _quieted(drawing: Shapes, but_pills: bool) -> Iterator[Shape]:
    in_pills = False
    for shape in drawing:
        in_pills |= isinstance(shape, Rect) and shape.part == "pill"
        if in_pills and but_pills:
            yield shape
        elif not (isinstance(shape, Rect) and shape.part == "inner"):
            yield _one(shape)


def _one(shape: Shape) -> Shape:
    match shape:
        case Rect():
            border = shape.border and shape.border._replace(
                color=_line(shape.border.color), width=1
            )
            return shape._replace(fill=shape.fill and _area(shape.fill), border=border)
        case Text():
            return shape._replace(color=_text(shape.color))
        case Sign():
            return shape if shape.color in _ON_INK else shape._replace(color="line")
        case Line():
            return Line(shape.path, _border(shape.border))
        case Area():
            return shape._replace(color="line" if shape.color == "line" else "divider")
        case HeatMap():
            return shape


@cache
def _border(border: Border) -> Border:
    return border._replace(color=_line(border.color))


def _line(color: Color) -> Color:
    return color if color in ("divider", "canvas", "frame") else "line"


def _area(color: Color) -> Color:
    if color.endswith("-f"):
        return "node"
    return "line" if color.endswith("-g") else color


def _text(color: Color) -> Color:
    return color if color in ("text_tertiary", *_ON_INK) else "text_secondary"
