"""The lines from nodes to the edge of the view, beyond which their partners are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.gui.graph.camera import Camera
from app.gui.graph.scenes.scene import Scene
from app.gui.theme import Theme

_DASHES: Final = (2.0, 3.0)
_AROUND_RING: Final = 5.0
"""Pixels between a node and the outside of the ring around it."""
_LEAST: Final = 12.0
"""The least distance of two ties, in pixels on the screen."""
_REACH: Final = 12.0
"""How far from an edge in its place the tie of a node may end that only the other run has."""


@dataclass(frozen=True, slots=True)
class Ties:
    """The places of what differs, in the scene, from the top; `to_right`: to the other graph."""

    to_right: bool
    places: Sequence[QRectF] = ()
    current: QRectF | None = None


def paint_ties(
    painter: QPainter, theme: Theme, scene: Scene, camera: Camera, ties: Ties, view: QRectF
) -> None:
    """Draw the ties in widget coordinates, where no other node is in between."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for place in _apart(ties, camera, view):
        start = _start(scene, place, ties.to_right)
        if start is None:
            continue
        at = camera.to_widget(QPointF(start, place.center().y()))
        is_current = place == ties.current
        if is_current:
            at += QPointF(_AROUND_RING if ties.to_right else -_AROUND_RING, 0)
        end = view.right() if ties.to_right else view.left()
        if (at.x() >= end) if ties.to_right else (at.x() <= end):
            continue
        pen = QPen(theme.colors.ink, 2.0 if is_current else 1.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if not is_current:
            pen.setDashPattern(_DASHES)
        painter.setPen(pen)
        painter.drawLine(QPointF(round(at.x()), round(at.y())), QPointF(end, round(at.y())))
    painter.restore()


def _apart(ties: Ties, camera: Camera, view: QRectF) -> Iterator[QRectF]:
    """Yield the places in sight, from the top, but for those close below another one."""
    last = -_LEAST
    for place in ties.places:
        y = camera.to_widget(place.center()).y()
        if view.top() <= y <= view.bottom() and (y - last >= _LEAST or place == ties.current):
            last = y
            yield place


def _start(scene: Scene, place: QRectF, to_right: bool) -> float | None:
    """Return the x at which the tie of a place leaves it; None if something blocks it."""
    middle, bounds = place.center(), scene.bounds
    own = scene.node_at(middle)
    if own is not None:
        start = own.rect.right() if to_right else own.rect.left()
    elif scene.edge_at(middle, _REACH) is not None:
        start = middle.x() + (_REACH if to_right else -_REACH)
    else:
        return None
    left, right = (start, bounds.right()) if to_right else (bounds.left(), start)
    between = scene.nodes_in(QRectF(left, middle.y() - 1, max(0.0, right - left), 2))
    return None if any(node is not own for node in between) else start
