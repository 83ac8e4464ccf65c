"""A graph as SVG: its parts in the order of the window, with data attributes for the script."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from app.drawing.edges import edge, label
from app.drawing.frames import ground, header
from app.drawing.lens import Lens
from app.drawing.nodes import node
from app.drawing.opened.card import Opened, opened
from app.drawing.placing import Places, place
from app.drawing.quiet import quiet, quiet_item
from app.drawing.shapes import Shapes
from app.page.markup import Markup, element, joined, number
from app.page.metrics import FACES, MEASURE
from app.page.pen import Pen
from app.session.comparing.pairing import Equal
from app.session.graph.payloads import CutItem, FrameItem, GroupItem, TensorItem
from app.session.graph.tiles import tile_words
from app.session.language import listing
from app.session.look import geometry as g
from app.session.look.measure import Form, NodeItem, Room, forms_of, group_count
from app.session.words import line_words
from graphviz_render import Box, Layout, layout

if TYPE_CHECKING:
    import networkx as nx

    from app.session.chain_rule.model import OpenedStep

_MARGIN = 24.0
_LENS = Lens(FACES)

Attributes = Mapping[str, str | int | None]
"""Data attributes of a node: its lines, its operation or tensor, the picture of its inside."""


class Numbers(NamedTuple):
    """A node, by its key, that shows the numbers of a step."""

    key: str
    opened: Opened

    @classmethod
    def of(cls, key: str, step: OpenedStep) -> Numbers:
        return cls(key, opened(step, FACES, can_close=False))

    @property
    def room(self) -> Room:
        return Room(self.key, self.opened.size)


class Svg(NamedTuple):
    markup: Markup
    width: float
    height: float
    """The height in pixels, at full size."""


def graph_svg(
    pen: Pen,
    graph: nx.MultiDiGraph[str],
    title: str,
    ties: Callable[[str, NodeItem], Attributes],
) -> Svg:
    """Lay out and draw a graph.  `ties` gives the attributes of a node.  Raises LayoutError."""
    placed = laid_out(graph)
    drawn_parts = parts(pen, graph, place(graph, placed, MEASURE), ties)
    wide, high = placed.width + 2 * _MARGIN, placed.height + 2 * _MARGIN
    view = f"{number(-_MARGIN)} {number(-_MARGIN)} {number(wide)} {number(high)}"
    drawn = element(
        "svg", joined(drawn_parts), class_="graph", viewbox=view, width=wide, height=high,
        role="group", aria_label=title,
    )  # fmt: skip
    return Svg(drawn, wide, high)


def laid_out(graph: nx.MultiDiGraph[str], room: Room | None = None) -> Layout:
    """Return where the parts of a graph are on a page.  Raises LayoutError."""
    return layout(
        MEASURE.measured(graph, room=room), node_gap=g.NODE_GAP, rank_gap=g.RANK_GAP,
        routing="orthogonal",
    )  # fmt: skip


def parts(
    pen: Pen,
    graph: nx.MultiDiGraph[str],
    places: Places,
    ties: Callable[[str, NodeItem], Attributes],
    equal: Equal | None = None,
    numbers: Numbers | None = None,
    pale: Collection[str] = (),
) -> Iterator[Markup]:
    """Draw the parts of a graph, those without colour that are `equal` in another one.

    `pale` are the keys of nodes and frames that are pale, with the edges of those nodes.
    """
    frames: dict[str, FrameItem] = graph.graph["frames"]
    grey = equal or Equal.nothing()
    for key, box in places.frames.items():
        drawn = pen.play(_toned([ground(frames[key], box)], key in grey.frames))
        yield _faded(drawn, key in pale)
    flows = [
        (graph.edges[key]["item"], placed, key in grey.edges, key[0] in pale or key[1] in pale)
        for key, placed in places.edges.items()
    ]
    ordered = sorted(flows, key=lambda flow: flow[0].kind == "gradient")
    for item, placed, is_equal, is_pale in ordered:
        drawn = pen.play(_toned(edge(_LENS, item, placed.route), is_equal))
        yield _faded(drawn, is_pale)
    for key, box in places.frames.items():
        drawing = header(_LENS, frames[key], box, can_step=False)
        drawn = pen.play(_toned(drawing, key in grey.frames))
        yield _faded(element("g", drawn, data_lines=frames[key].line), key in pale)
    forms = forms_of(graph, None if numbers is None else numbers.room)
    for key, data in graph.nodes(data=True):
        item, box = data["item"], places.nodes[key]
        if numbers is not None and key == numbers.key:
            drawing = node(_LENS, item, box._replace(x=0, y=0), opened=numbers.opened)
        else:
            drawing = _drawing(key, item, box, grey, forms[key])
        yield _faded(_node(pen, item, box, ties(key, item), drawing), key in pale)
    for item, placed, is_equal, is_pale in flows:
        if placed.label is not None:
            drawing = label(_LENS, item, placed.label, placed.label_box[:2])
            yield _faded(pen.play(_toned(drawing, is_equal)), is_pale)


def _faded(drawn: Markup, is_pale: bool) -> Markup:
    return element("g", drawn, class_="pale") if is_pale else drawn


def _toned(drawing: Shapes, is_equal: bool) -> Shapes:
    return quiet(drawing) if is_equal else drawing


def _drawing(key: str, item: NodeItem, box: Box, grey: Equal, form: Form) -> Shapes:
    place = Box(0, 0, *box[2:])
    if key in grey.nodes:
        return quiet(node(_LENS, quiet_item(item), place, form=form))
    drawing = node(_LENS, item, place, form=form)
    return quiet(drawing, but_pills=True) if key in grey.bodies else drawing


def _node(pen: Pen, item: NodeItem, box: Box, ties: Attributes, drawing: Shapes) -> Markup:
    return element(
        "g",
        element("title", _said(item)),
        pen.play(drawing),
        class_="node",
        role="button" if ties else "img",
        tabindex=-1 if ties else None,
        transform=f"translate({number(box.x)} {number(box.y)})",
        **ties,
    )


def _said(item: NodeItem) -> str:
    """Return a node in words, for screen readers and as its tooltip."""
    if isinstance(item, CutItem):
        return item.text
    if isinstance(item, TensorItem):
        return f"{item.title} {item.detail}".strip()
    line = line_words(item.line)
    if isinstance(item, GroupItem):
        parts = (f"{item.title} {item.detail}".strip(), group_count(item), line, item.summary)
    else:
        parts = (item.title, item.module, line, item.summary or item.words)
    return listing(part for part in (*parts, *map(tile_words, item.tiles)) if part)
