"""The strip of a folded row of alike groups: a cell for each, with its status, which opens it."""

from __future__ import annotations

from typing import Final

from app.drawing.lens import Lens
from app.drawing.shapes import STATUS_BORDERS, Rect, Shapes, Text, node_fill
from app.session.graph.payloads import GroupItem
from app.session.look import geometry as g
from app.session.look.colors import written
from graphviz_render import Box

_FROM: Final = 0.35
"""The least zoom at which a cell can be seen."""


def cells(item: GroupItem, box: Box) -> list[Box]:
    """Return the place of each member in the node; none where the node has no room for them."""
    count = len(item.members)
    if not count or box.height < g.COMPACT_HEIGHT + g.STRIP_HEIGHT:
        return []
    room = box.width - 2 * g.NODE_INSET
    step = min(room / count, g.STRIP_CELL_WIDTH + g.STRIP_GAP)
    left, top = box.x + g.NODE_INSET, box.bottom - g.STRIP_HEIGHT + g.STRIP_TOP
    return [Box(left + n * step, top, step - g.STRIP_GAP, g.STRIP_CELL) for n in range(count)]


def strip(lens: Lens, item: GroupItem, box: Box) -> Shapes:
    """Draw the cells, with their names where all of them have room; none from afar."""
    if lens.zoom < _FROM:
        return []
    places, face = cells(item, box), lens.face(11, bold=False, mono=True)
    drawn: Shapes = [
        lens.bordered(
            Rect(
                "cell",
                place,
                g.STRIP_RADIUS,
                node_fill(member.status),
                STATUS_BORDERS[member.status],
            )
        )
        for member, place in zip(item.members, places, strict=False)
    ]
    widths = [face.width(member.name) for member in item.members]
    if places and max(widths) < places[0].width:
        for member, place, width in zip(item.members, places, widths, strict=True):
            x, y = place.center
            color = written(member.status)
            baseline = y + face.pixels * g.ROW_DROP
            drawn.append(Text(x - width / 2, baseline, member.name, face, color))
    return drawn
