"""From one picture to the next: what stays glides to its new place, what is new fades in.

Painting nodes for every frame would take too long, so each is painted once and then moved as a
picture; lines and frames are drawn from what lies between their old and their new corners.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF

from app.drawing.edges import BORDERS
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.scenes.scene import PlacedEdge, PlacedFrame, PlacedNode, Scene
from app.gui.theme import Theme

DURATION_MS: Final = 200
_AROUND: Final = 4.0
"""What a node's picture shows around it."""

PaintNode = Callable[[Canvas, PlacedNode], None]


@dataclass(slots=True)
class _Mover:
    node: PlacedNode
    start: QRectF | None
    """None where it is new."""
    picture: QPixmap | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    edge: PlacedEdge
    start: tuple[QPointF, ...] | None
    """As many points as the edge has; None where it cannot glide and fades in."""


@dataclass(frozen=True, slots=True)
class _Region:
    frame: PlacedFrame
    start: QRectF | None


class Transition(QObject):
    """Runs once `begin` has been called and `prepare` has painted all that moves."""

    stepped = Signal()
    """Another frame is to be painted."""
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._movers: list[_Mover] = []
        self._lines: list[_Line] = []
        self._regions: list[_Region] = []
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(DURATION_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(lambda _: self.stepped.emit())
        self._animation.finished.connect(self.stop)
        self.is_pending = False
        """Whether it has begun, and the old picture stays until all is prepared."""

    @property
    def is_running(self) -> bool:
        return self._animation.state() == QVariantAnimation.State.Running

    @property
    def is_active(self) -> bool:
        return self.is_pending or self.is_running

    def begin(self, before: Scene, after: Scene, shift: QPointF, seen: QRectF) -> None:
        """Go from `before`, all of it moved by `shift`, to the part `seen` of `after`."""
        self._animation.stop()
        starts = {key: before.nodes[old].rect.translated(shift) for key, old in after.kept.items()}
        self._movers = [
            _Mover(node, starts.get(key))
            for key, node in after.nodes.items()
            if node.rect.intersects(seen) or starts.get(key, node.rect).intersects(seen)
        ]
        self._lines = [
            _Line(edge, _start_of(edge, before, after, shift)) for edge in after.edges_in(seen)
        ]
        old_frames = {frame.key: frame.rect.translated(shift) for frame in before.frames}
        self._regions = [
            _Region(frame, old_frames.get(frame.key)) for frame in after.frames_in(seen)
        ]
        self.is_pending = True

    def prepare(
        self, theme: Theme, zoom: float, ratio: float, paint: PaintNode, seconds: float
    ) -> None:
        """Paint what moves until time is up; once nothing is missing the frames begin."""
        until = perf_counter() + seconds
        for mover in self._movers:
            if mover.picture is None:
                mover.picture = _picture(mover.node, theme, zoom, ratio, paint)
                if perf_counter() > until:
                    return
        self.is_pending = False
        self._animation.start()

    def stop(self) -> None:
        """Show the new picture as it is."""
        if self.is_active or self._movers:
            self.is_pending = False
            self._animation.stop()
            self._movers, self._lines, self._regions = [], [], []
            self.ended.emit()

    def paint(self, painter: QPainter, theme: Theme, zoom: float) -> None:
        """Paint one frame.  The painter is in scene coordinates."""
        share = float(self._animation.currentValue())
        canvas = Canvas(painter, theme, zoom)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        for region in self._regions:
            painter.setOpacity(1.0 if region.start else share)
            rect = _between(region.start or region.frame.rect, region.frame.rect, share)
            frame = replace(region.frame, rect=rect)
            canvas.play([*frame.drawing(), *frame.header_drawing(canvas.lens)])
        for line in self._lines:
            painter.setOpacity(1.0 if line.start else share)
            points = line.edge.points
            if line.start is not None:
                points = tuple(
                    start + (end - start) * share
                    for start, end in zip(line.start, points, strict=True)
                )
            _paint_line(painter, theme, line.edge, points)
        for mover in self._movers:
            painter.setOpacity(1.0 if mover.start else share)
            rect = _between(mover.start or mover.node.rect, mover.node.rect, share)
            if mover.picture is not None:
                shown = rect.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
                painter.drawPixmap(shown, mover.picture, QRectF(mover.picture.rect()))
        painter.setOpacity(1.0)


def _start_of(
    edge: PlacedEdge, before: Scene, after: Scene, shift: QPointF
) -> tuple[QPointF, ...] | None:
    source, target, number = edge.key
    if source not in after.kept or target not in after.kept:
        return None
    old = before.edges.get((after.kept[source], after.kept[target], number))
    if old is None or len(old.points) != len(edge.points):
        return None
    return tuple(point + shift for point in old.points)


def _between(start: QRectF, end: QRectF, share: float) -> QRectF:
    """Return a rectangle between the two."""
    corner = start.topLeft() + (end.topLeft() - start.topLeft()) * share
    size = start.size() + (end.size() - start.size()) * share
    return QRectF(corner, size)


def _paint_line(
    painter: QPainter, theme: Theme, edge: PlacedEdge, points: tuple[QPointF, ...]
) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(theme.pen(BORDERS[edge.item.kind]))
    if edge.route.is_tunnel:
        painter.drawLine(points[0], points[1])
        painter.drawLine(points[-2], points[-1])
    else:
        painter.drawPolyline(QPolygonF(list(points)))


def _picture(
    node: PlacedNode, theme: Theme, zoom: float, ratio: float, paint: PaintNode
) -> QPixmap:
    area = node.rect.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)
    picture = QPixmap((area.size() * zoom * ratio).toSize())
    picture.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(picture)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(zoom * ratio, zoom * ratio)
    painter.translate(-area.topLeft())
    paint(Canvas(painter, theme, zoom), node)
    painter.end()
    return picture
