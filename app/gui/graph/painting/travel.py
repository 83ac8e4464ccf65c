"""A gradient that flows: at a step of the timeline chevrons go once along the edges it took."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Final

from PySide6.QtCore import (
    QAbstractAnimation,
    QEasingCurve,
    QObject,
    QVariantAnimation,
    Signal,
)

from app.drawing.edges import chevron
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.scenes.scene import PlacedEdge

DURATION_MS: Final = 160
_MOST_EDGES: Final = 24
_TANGENT: Final = 0.02
"""The share of an edge over which its direction is measured."""


class Travel(QObject):
    """Never loops: it runs once, or is stopped before its end."""

    stepped = Signal()
    """Another frame is to be painted."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._edges: Sequence[PlacedEdge] = ()
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(DURATION_MS)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.valueChanged.connect(lambda _: self.stepped.emit())
        self._animation.finished.connect(self.stop)

    @property
    def is_running(self) -> bool:
        return self._animation.state() == QAbstractAnimation.State.Running

    def begin(self, edges: Sequence[PlacedEdge]) -> None:
        """Along these, from where the values went to where they came from."""
        self.stop()
        self._edges = [edge for edge in edges if not edge.route.is_tunnel][:_MOST_EDGES]
        if self._edges:
            self._animation.start()

    def stop(self) -> None:
        self._animation.stop()
        if self._edges:
            self._edges = ()
            self.stepped.emit()

    def paint(self, canvas: Canvas) -> None:
        if not self.is_running:
            return
        place = 1.0 - float(self._animation.currentValue())
        for edge in self._edges:
            at = edge.path.pointAtPercent(place)
            along = edge.path.pointAtPercent(min(1.0, place + _TANGENT)) - edge.path.pointAtPercent(
                max(0.0, place - _TANGENT)
            )
            if length := hypot(along.x(), along.y()):
                direction = along.x() / length, along.y() / length
                canvas.play(chevron((at.x(), at.y()), direction))
