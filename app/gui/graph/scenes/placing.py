"""From a layout to a scene: what is where, in Qt's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from app.drawing import placing
from app.drawing.pills import pill_boxes
from app.gui.graph.painting.text import MEASURE
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, PlacedPill, Scene
from app.session.graph.payloads import FrameItem, OperationItem, Pill
from app.session.look.measure import (
    Form,
    NodeItem,
    Room,
    forms_of,
    pills_shown,
    wide_pills_shown,
)
from graphviz_render import Box, Direction, Layout

if TYPE_CHECKING:
    import networkx as nx


def place(
    graph: nx.MultiDiGraph[str],
    layout: Layout,
    *,
    kept: Mapping[str, str] | None = None,
    direction: Direction = "TB",
    is_wanted: Callable[[], bool] = lambda: True,
    whole: bool = False,
    is_wide: bool = False,
    in_rows: bool = False,
    opened: Room | None = None,
) -> Scene:
    """The scene of `graph` as `layout` placed it.

    `kept` and `direction` are as `Scene` has them; `whole` makes it as large as the layout, however
    little of it is taken; `is_wide` says that nodes are wide rows, `in_rows` that all are rows.
    The layout has room for a node that is `opened`.  Raises `LayoutCancelledError` soon after
    `is_wanted` says no.
    """
    places = placing.place(graph, layout, MEASURE, is_wanted)
    items: dict[str, FrameItem] = graph.graph.get("frames", {})
    forms = forms_of(graph, opened, is_wide=is_wide, in_rows=in_rows)
    nodes = [
        _node(key, data["item"], places.nodes[key], forms[key], opened)
        for key, data in graph.nodes(data=True)
    ]
    edges = [
        PlacedEdge(key, graph.edges[key]["item"], one.route, one.label, QRectF(*one.label_box))
        for key, one in places.edges.items()
    ]
    frames = [PlacedFrame(key, items[key], QRectF(*box)) for key, box in places.frames.items()]
    room = QRectF(0, 0, layout.width, layout.height) if whole else QRectF()
    return Scene(nodes, edges, frames, kept=kept, direction=direction, room=room)


def _node(key: str, item: NodeItem, box: Box, form: Form, opened: Room | None) -> PlacedNode:
    has_room = opened is not None and opened.key == key
    pills: tuple[PlacedPill, ...] = ()
    if isinstance(item, OperationItem) and form in ("full", "wide") and not has_room:
        pills = _pills(item, box, form)
    return PlacedNode(key, item, QRectF(*box), form, pills, has_room=has_room)


def _pills(item: OperationItem, box: Box, form: Form) -> tuple[PlacedPill, ...]:
    """Return the pills of a node; the last one represents all that do not fit."""
    alone = (wide_pills_shown if form == "wide" else pills_shown)(len(item.pills))
    contents: list[tuple[Pill, ...]] = [(pill,) for pill in item.pills[:alone]]
    if rest := item.pills[alone:]:
        contents.append(rest)
    places = (QRectF(*place) for place in pill_boxes(len(item.pills), box, form))
    return tuple(map(PlacedPill, places, contents))
