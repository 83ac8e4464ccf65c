"""What is drawn above the scene and changes often: selection with its neighbours, hover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen

from app.drawing import edges
from app.drawing.lens import Detail
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.text import SMALL_BOLD
from app.gui.graph.scenes.scene import PlacedEdge, PlacedNode, Scene
from app.session.graph.part import EdgeKey
from app.session.graph.payloads import TensorItem
from app.session.language import tr
from app.session.look import geometry as g

_EDGE_ALPHA: Final = 0.28
_TIE_ALPHA: Final = 0.45
_HOVER_RING: Final = 2.0
_RUNNING_RING: Final = 2.5
_RUNNING_OFFSET: Final = 5.0
_LEAST_RING: Final = 1.5
"""The smallest width of rings on the screen, in pixels, at any zoom."""
_TIE_OFFSET: Final = 3
_TIE_RING: Final = 2.0
_TAG_HEIGHT: Final = 15
_TAG_PADDING: Final = 5
_TAG_BASELINE: Final = 11.5
_TAG_RADIUS: Final = 4
_TAG_MOST: Final = 2.0
"""A tag is as large on the screen at every zoom, up to so many times its size at 100 %."""
_TAG_OVERLAP: Final = 4
"""Pixels by which a tag overlaps its node."""
_SHADE: Final = 4.0
"""Pixels by which the mark of an edge is wider than the edge."""


@dataclass(frozen=True, slots=True)
class MarkedItems:
    """Marked nodes and tensors; `tensors` ring their capsules, pills and edges."""

    nodes: frozenset[str] = frozenset()
    tensors: frozenset[int] = frozenset()
    by_keyboard: bool = False
    running: frozenset[str] = frozenset()
    """The nodes that a moment of the run is about..."""
    filling: frozenset[int] = frozenset()
    """...and the tensors whose `.grad` it is about."""
    hovered: str | None = None
    hovered_edge: EdgeKey | None = None
    are_neighbours_plain: bool = False
    """Whether what goes into the selected node and comes out of it is not marked."""
    pointed: frozenset[str] = frozenset()
    """What another part of the window points at: the nodes of the line under the mouse."""


def paint_marks(canvas: Canvas, scene: Scene, area: QRectF, marks: MarkedItems) -> None:
    """Draw the marks in `area`.  Costs next to nothing while few things are marked."""
    if marks.hovered_edge is not None:
        _paint_edge_mark(canvas, scene, scene.edges[marks.hovered_edge])
    if marks.tensors:
        _paint_tensors(canvas, scene, area, marks)
    hovered = marks.pointed | ({marks.hovered} if marks.hovered is not None else set())
    for key in hovered - marks.nodes:
        node = scene.nodes[key]
        if not node.has_room:
            canvas.play(node.drawing(canvas.lens))  # whole, even where a filter has dimmed it
        _ring(canvas, node, canvas.theme.colors.line, _HOVER_RING)
    _paint_running(canvas, scene, marks)
    if len(marks.nodes) == 1 and not marks.are_neighbours_plain:
        _paint_ties(canvas, scene, next(iter(marks.nodes)))
    for key in marks.nodes - marks.running:
        _paint_chosen(canvas, scene.nodes[key], marks)


def _paint_running(canvas: Canvas, scene: Scene, marks: MarkedItems) -> None:
    """Ring what a moment of the run is about: nodes, capsules and pills."""
    color = canvas.theme.tone("gradient").graphic
    for key in marks.running:
        _ring(canvas, scene.nodes[key], color, _RUNNING_RING, offset=_RUNNING_OFFSET)
    for tensor in marks.filling:
        for node in map(scene.nodes.__getitem__, scene.holders.get(tensor, ())):
            if isinstance(node.item, TensorItem):
                _ring(canvas, node, color, _RUNNING_RING, offset=_RUNNING_OFFSET)
            for pill in node.pills:
                if any(one.tensor == tensor for one in pill.pills):
                    ring, radius = QPen(color, _RUNNING_RING), pill.rect.height() / 2
                    _ring_around(canvas, pill.rect, radius, ring, offset=2)


def _paint_chosen(canvas: Canvas, node: PlacedNode, marks: MarkedItems) -> None:
    ink = canvas.theme.colors.ink
    _ring(canvas, node, ink, g.RING_WIDTH, dotted=marks.by_keyboard)


# ------------------------------------------------------------- what goes into a node and comes out


def _paint_ties(canvas: Canvas, scene: Scene, key: str) -> None:
    """Paint the inputs of a node in one quiet colour, its outputs in another, each with a word."""
    colors = canvas.theme.colors
    sides = (
        ([(edge, edge.key[0]) for edge in scene.arriving(key)], colors.input, tr("in ↓")),
        ([(edge, edge.key[1]) for edge in scene.leaving(key)], colors.output, tr("↓ out")),
    )
    for ties, color, _ in sides:
        for edge, _ in ties:
            _paint_edge_mark(canvas, scene, edge, color, _TIE_ALPHA)
    for ties, color, word in sides:
        for other in dict.fromkeys(other for _, other in ties if other != key):
            _paint_tie(canvas, scene.nodes[other], color, word)


def _paint_tie(canvas: Canvas, node: PlacedNode, color: QColor, word: str) -> None:
    _ring(canvas, node, color, _TIE_RING, offset=_TIE_OFFSET)
    if canvas.lens.detail < Detail.ROWS:
        return
    unit = min(canvas.lens.unit, _TAG_MOST)
    face = canvas.lens.base.make(round(SMALL_BOLD.pixels * unit), True, False)
    width, height = face.width(word) + 2 * _TAG_PADDING * unit, _TAG_HEIGHT * unit
    left = node.rect.left() + node.radius + 2
    tag = QRectF(left, node.rect.top() - height + _TAG_OVERLAP, width, height)
    canvas.rounded(tag, _TAG_RADIUS * unit, color, None)
    canvas.text(
        tag.x() + _TAG_PADDING * unit,
        tag.y() + _TAG_BASELINE * unit,
        word,
        face,
        canvas.theme.colors.on_accent,
    )


# --------------------------------------------------------------------------------------- tensors


def _paint_tensors(canvas: Canvas, scene: Scene, area: QRectF, marks: MarkedItems) -> None:
    """Ring the capsules and pills of the marked tensors and shade their edges."""
    for edge in scene.edges_in(area):
        if edge.item.tensor in marks.tensors:
            _paint_edge_mark(canvas, scene, edge)
    for node in scene.nodes_in(area):
        if isinstance(node.item, TensorItem) and node.item.tensor in marks.tensors:
            _paint_chosen(canvas, node, marks)
        for pill in node.pills:
            if any(one.tensor in marks.tensors for one in pill.pills):
                ink, radius = canvas.theme.colors.ink, pill.rect.height() / 2
                _ring_around(canvas, pill.rect, radius, QPen(ink, g.RING_WIDTH), offset=1)


def _paint_edge_mark(
    canvas: Canvas,
    scene: Scene,
    edge: PlacedEdge,
    color: QColor | None = None,
    alpha: float = _EDGE_ALPHA,
) -> None:
    width = edges.BORDERS[edge.item.kind].width
    color = QColor(color or canvas.theme.colors.ink)
    color.setAlphaF(alpha)
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    canvas.painter.setPen(QPen(color, width + _SHADE))
    canvas.painter.drawPath(edge.path)
    if edge.route.is_tunnel:
        _paint_tunnel(canvas, scene, edge, QPen(color, width, Qt.PenStyle.DotLine))


def _paint_tunnel(canvas: Canvas, scene: Scene, edge: PlacedEdge, with_pen: QPen) -> None:
    """Paint the line between the two ends of a tunnel, straight and behind all nodes."""
    start, end = edge.points[1], edge.points[-2]
    line = QRectF(start, end).normalized().adjusted(-1, -1, 1, 1)
    around = QPainterPath()
    around.addRect(line)
    for node in scene.nodes_in(line):
        around.addRect(node.rect.intersected(line))
    canvas.painter.save()
    canvas.painter.setClipPath(around)  # odd and even: the nodes are holes in it
    canvas.painter.setPen(with_pen)
    canvas.painter.drawLine(start, end)
    canvas.painter.restore()


# ----------------------------------------------------------------------------------------- rings


def _ring(
    canvas: Canvas,
    node: PlacedNode,
    color: QColor,
    width: float,
    *,
    offset: float = g.RING_OFFSET,
    dotted: bool = False,
) -> None:
    pen = QPen(color, width)
    if dotted:
        pen.setDashPattern([0.1, 2])
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    _ring_around(canvas, node.rect, node.radius, pen, offset)


def _ring_around(canvas: Canvas, rect: QRectF, radius: float, pen: QPen, offset: float) -> None:
    pen.setWidthF(max(pen.widthF(), _LEAST_RING / canvas.lens.zoom))
    canvas.painter.setPen(pen)
    canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
    around = rect.adjusted(-offset, -offset, offset, offset)
    canvas.painter.drawRoundedRect(around, radius + offset, radius + offset)
