"""Paints a whole scene as a small picture, in short steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF

from app.drawing.edges import BORDERS
from app.drawing.frames import ground
from app.drawing.nodes import block_color, outline
from app.drawing.shapes import Rect
from app.gui.graph.painting.canvas import DIMMED, box_of
from app.gui.graph.painting.paint import NOTHING_DIMMED, Filter
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, Scene
from app.gui.theme import Theme
from app.session.graph.payloads import CutItem

_STRETCH: Final = 6.0
"""How much more one direction may be enlarged than the other, so that chains stay visible."""
_LARGEST: Final = 0.25
_STEP: Final = 32
"""The number of things painted in one step."""
_MOST_EDGES: Final = 3000
_OUTLINED_FROM: Final = 5.0
"""Nodes of at least this height in pixels have a border and a background."""


@dataclass(frozen=True, slots=True)
class MinimapScale:
    """The scale from a scene to a small picture, different in both directions."""

    x: float = 1.0
    y: float = 1.0
    origin: QPointF = field(default_factory=QPointF)

    @classmethod
    def fitting(cls, bounds: QRectF, room: QRectF) -> MinimapScale:
        across = room.width() / max(1.0, bounds.width())
        down = room.height() / max(1.0, bounds.height())
        x = min(across, down * _STRETCH, _LARGEST)
        y = min(down, across * _STRETCH, _LARGEST)
        middle = QPointF(bounds.center().x() * x, bounds.center().y() * y)
        return cls(x, y, room.center() - middle)

    def to_small(self, point: QPointF) -> QPointF:
        return QPointF(point.x() * self.x, point.y() * self.y) + self.origin

    def rect_to_small(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_small(rect.topLeft()), self.to_small(rect.bottomRight()))

    def to_scene(self, point: QPointF) -> QPointF:
        there = point - self.origin
        return QPointF(there.x() / self.x, there.y() / self.y)


Stroke = Callable[[QPainter, Theme, MinimapScale], None]


def painted(
    picture: QPixmap,
    theme: Theme,
    scene: Scene,
    scale: MinimapScale,
    filtered: Filter = NOTHING_DIMMED,
) -> Iterator[None]:
    """Paint `scene` on `picture`: a part of it before each step of the iterator."""
    strokes = _strokes(scene, filtered)
    while step := tuple(islice(strokes, _STEP)):
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stroke, dimmed in step:
            painter.setOpacity(DIMMED if dimmed else 1.0)
            stroke(painter, theme, scale)
        painter.end()
        yield


def _strokes(scene: Scene, filtered: Filter) -> Iterator[tuple[Stroke, bool]]:
    """Yield what to paint, and whether it is pale."""
    for frame in scene.frames:
        yield partial(_paint_frame, frame), filtered.dims_frame(frame)
    for edge in islice(scene.edges.values(), _MOST_EDGES):
        yield partial(_paint_edge, filtered.edge(edge)), filtered.dims_edge(scene, edge)
    for node in scene.nodes.values():
        yield partial(_paint_node, node), filtered.dims_node(node)


def _paint_frame(frame: PlacedFrame, painter: QPainter, theme: Theme, scale: MinimapScale) -> None:
    _paint_box(ground(frame.item, box_of(frame.rect)), painter, theme, scale)


def _paint_edge(edge: PlacedEdge, painter: QPainter, theme: Theme, scale: MinimapScale) -> None:
    if edge.route.is_tunnel:
        return
    painter.setPen(QPen(theme.color(BORDERS[edge.item.kind].color), 1))
    painter.drawPolyline(QPolygonF([scale.to_small(point) for point in edge.points]))


def _paint_node(node: PlacedNode, painter: QPainter, theme: Theme, scale: MinimapScale) -> None:
    rect = scale.rect_to_small(node.rect)
    if rect.height() < _OUTLINED_FROM:
        color = theme.color(block_color(node.item))
        painter.fillRect(rect.adjusted(0, 0, 0, max(0.0, 1 - rect.height())), color)
        return
    shape = outline(node.item, box_of(node.rect))
    if isinstance(node.item, CutItem):
        shape = shape._replace(fill=block_color(node.item))
    _paint_box(shape, painter, theme, scale)


def _paint_box(shape: Rect, painter: QPainter, theme: Theme, scale: MinimapScale) -> None:
    """Paint a node or a frame, with a border of one pixel."""
    assert shape.border is not None
    assert shape.fill is not None
    painter.setPen(QPen(theme.color(shape.border.color), 1))
    painter.setBrush(theme.color(shape.fill))
    painter.drawRoundedRect(scale.rect_to_small(QRectF(*shape.box)), 2, 2)
