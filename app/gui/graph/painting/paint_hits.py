"""Marks search results: a yellow ring around the node, and the number of results inside."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath, QPen

from app.drawing.lens import Detail
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.text import SMALL_BOLD
from app.gui.graph.scenes.scene import PlacedNode
from app.session.look import geometry as g
from app.session.numbers import hits_counted

_RING: Final = 1.5
_BADGE_HEIGHT: Final = 18
_BADGE_INSET: Final = 14
_BADGE_PADDING: Final = 10
_BADGE_BASELINE: Final = 13


def paint_hit(canvas: Canvas, node: PlacedNode, count: int) -> None:
    """A ring, the node itself as it is; a badge where there is more than one hit inside."""
    if canvas.lens.detail is Detail.BLOCKS:
        canvas.painter.fillRect(node.rect, canvas.theme.colors.hit)
        return
    offset, radius = g.RING_OFFSET, node.radius
    band = QPainterPath()
    outer = node.rect.adjusted(-offset, -offset, offset, offset)
    band.addRoundedRect(outer, radius + offset, radius + offset)
    inside = QPainterPath()
    inside.addRoundedRect(node.rect, radius, radius)
    canvas.painter.fillPath(band.subtracted(inside), canvas.theme.colors.hit)
    ring = QPen(canvas.theme.colors.hit_ring, _RING)
    canvas.rounded(outer, radius + offset, None, ring)
    if count > 1 and canvas.lens.detail >= Detail.ROWS:
        _paint_badge(canvas, node.rect, hits_counted(count))


def _paint_badge(canvas: Canvas, rect: QRectF, words: str) -> None:
    colors = canvas.theme.colors
    width = SMALL_BOLD.width(words) + 2 * _BADGE_PADDING
    top = rect.top() - _BADGE_HEIGHT / 2
    badge = QRectF(rect.right() - _BADGE_INSET - width, top, width, _BADGE_HEIGHT)
    canvas.rounded(badge, _BADGE_HEIGHT / 2, colors.hit, QPen(colors.hit_ring, 1))
    canvas.text(
        badge.x() + _BADGE_PADDING, badge.y() + _BADGE_BASELINE, words, SMALL_BOLD, colors.text
    )
