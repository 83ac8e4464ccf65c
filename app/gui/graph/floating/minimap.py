"""The minimap: the whole graph in small, for orientation and navigation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from time import perf_counter
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.gui.graph.floating.overlay import CardFrame
from app.gui.graph.floating.overview import MinimapScale, painted
from app.gui.graph.painting.paint import NOTHING_DIMMED, Filter
from app.gui.graph.scenes.scene import Scene
from app.gui.theme import Theme
from app.session.language import tr

WIDTH: Final = 112
HEIGHT: Final = 156
_INSET: Final = 8
_PAINT_SECONDS: Final = 0.004
"""Seconds of painting before events are handled again."""
_DOT: Final = 6.0
_MOST_DOTS: Final = 500
_MOST_FILTERED: Final = 600
"""Up to this many nodes the minimap follows every step of the timeline."""
_LEAST_WINDOW: Final = 6.0
_WHEEL_STEP: Final = 1.0015
_KEY_SHARE: Final = 0.5
"""The share of the visible part by which an arrow key moves."""
_KEYS: Final = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class Minimap(CardFrame):
    """A press goes there, a drag takes the window along; arrow keys move it, the wheel zooms.

    The picture is painted once for each scene, as soon as it can be seen; moving over the graph
    only moves the window on it.
    """

    wanted = Signal(QPointF)
    """The scene point that should be in the middle of the view."""
    zoomed = Signal(float)
    """Zoom by this factor, around the middle."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("minimap")
        self.setAccessibleName(tr("Minimap: the whole graph and its visible part"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._scene = Scene([], [], [])
        self._scale = MinimapScale()
        self._seen = QRectF()
        self._hits: Collection[str] = ()
        self._filter = NOTHING_DIMMED
        self._picture = QPixmap()
        self._next = QPixmap()
        """The picture that is being painted; the old one is shown until it is complete."""
        self._is_stale = False
        """Whether another picture is to be painted: after this one, or when it can be seen."""
        self._steps: Iterator[None] = iter(())
        self._grip: QPointF | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._paint_some)
        self.setFixedSize(WIDTH, HEIGHT)
        self._begin()

    # ---------------------------------------------------------------------------- what it shows

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._begin()

    def set_scene(self, scene: Scene) -> None:
        self._scene, self._hits = scene, ()
        self._picture = QPixmap()
        self._begin()

    def set_filter(self, filtered: Filter) -> None:
        """Set filter and moment; ignored for a graph that is too large."""
        if len(self._scene.nodes) > _MOST_FILTERED:
            filtered = NOTHING_DIMMED
        if filtered != self._filter:
            self._filter = filtered
            self._is_stale = True
            if self.is_complete:
                self._begin()

    def set_hits(self, keys: Collection[str]) -> None:
        """Set the nodes in which a search found something."""
        self._hits = keys
        self.update()

    def set_seen(self, area: QRectF) -> None:
        """Set the visible part of the scene."""
        if area != self._seen:
            self._seen = area
            self.update()

    @property
    def window_rect(self) -> QRectF:
        """Return the rectangle of the visible part, on the card."""
        rect = self._scale.rect_to_small(self._seen)
        small = QPointF(
            max(0.0, _LEAST_WINDOW - rect.width()) / 2, max(0.0, _LEAST_WINDOW - rect.height()) / 2
        )
        rect.adjust(-small.x(), -small.y(), small.x(), small.y())
        return rect.intersected(QRectF(self.rect()).adjusted(4, 4, -4, -4))

    def point_of(self, at: QPointF) -> QPointF:
        """Return the point on the card of a point of the scene."""
        return self._scale.to_small(at)

    # --------------------------------------------------------------------------------- painting

    def _begin(self) -> None:
        """Start painting the picture again, in pieces while the window is idle."""
        room = QRectF(self.rect()).adjusted(_INSET, _INSET, -_INSET, -_INSET)
        self._scale = MinimapScale.fitting(self._scene.bounds, room)
        self._is_stale = not self.isVisible()
        if self._is_stale:
            self._timer.stop()
            return
        ratio = self.devicePixelRatioF()
        self._next = QPixmap(self.size() * ratio)
        self._next.setDevicePixelRatio(ratio)
        self._next.fill(Qt.GlobalColor.transparent)
        self._steps = painted(self._next, self._theme, self._scene, self._scale, self._filter)
        self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._begin()

    def _paint_some(self) -> None:
        until = perf_counter() + _PAINT_SECONDS
        for _ in self._steps:
            if perf_counter() > until:
                break
        else:
            self._timer.stop()
            self._picture = self._next
            if self._is_stale:
                self._begin()
            self.update()

    @property
    def is_complete(self) -> bool:
        """Whether the picture shows the whole graph."""
        return not self._timer.isActive()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture if not self._picture.isNull() else self._next)
        self._paint_hits(painter)
        self._paint_window(painter)
        painter.end()

    def _paint_hits(self, painter: QPainter) -> None:
        colors = self._theme.colors
        painter.setPen(QPen(colors.hit_ring, 1))
        painter.setBrush(colors.hit)
        step = max(1, len(self._hits) // _MOST_DOTS)
        for key in list(self._hits)[::step]:
            if (node := self._scene.nodes.get(key)) is not None:
                at = self._scale.to_small(node.rect.center())
                painter.drawEllipse(at, _DOT / 2, _DOT / 2)

    def _paint_window(self, painter: QPainter) -> None:
        if not self._scene.nodes:
            return
        accent = self._theme.tone("gradient").graphic
        painter.setPen(QPen(accent if self.hasFocus() else self._theme.colors.ink, 1.5))
        shade = QColor(self._theme.colors.ink)
        shade.setAlphaF(0.06)
        painter.setBrush(shade)
        painter.drawRoundedRect(self.window_rect, 2, 2)

    # ----------------------------------------------------------------------------------- moving

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and self._scene.nodes:
            window = self.window_rect
            inside = window.contains(event.position())
            self._grip = event.position() - window.center() if inside else QPointF()
            if not inside:
                self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._go(event.position() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        event.accept()

    def _go(self, at: QPointF) -> None:
        self.wanted.emit(self._scale.to_scene(at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoomed.emit(_WHEEL_STEP ** event.angleDelta().y())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _KEYS.get(Qt.Key(event.key()))
        if direction is None:
            super().keyPressEvent(event)
            return
        size = self._seen.size() * _KEY_SHARE
        by = QPointF(direction.x() * size.width(), direction.y() * size.height())
        self.wanted.emit(self._seen.center() + by)
