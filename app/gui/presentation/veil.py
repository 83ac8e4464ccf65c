"""What lies above the panes in front of a room: a spotlight, ink, or nothing but dark."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.gui.theme import Theme

AROUND: Final = 14
"""Pixels between a thing and the edge of the hole."""
_RADIUS, _RING, _VEIL = 14, 3, 0.5
_PEN: Final = 4
Hole = Callable[[], QRectF]
"""Returns the lit rectangle, in the pixels of the veil; empty if all is dark."""
ToWidget = Callable[[QPointF], QPointF]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of the pen.  Its points move with what they were drawn on: `to_widget` says where."""

    is_accent: bool
    to_widget: ToWidget
    points: list[QPointF] = field(default_factory=list)


class Veil(QWidget):
    """Covers another widget.  The mouse goes through it."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("veil")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._hole: Hole | None = None
        self.is_blank = False
        self.strokes: list[Stroke] = []
        over.installEventFilter(self)
        self._fit()
        self.show()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def has_spotlight(self) -> bool:
        return self._hole is not None

    @property
    def hole(self) -> QRectF:
        """The lit rectangle; empty if all is dark."""
        return QRectF() if self._hole is None else self._hole()

    def set_spotlight(self, hole: Hole | None) -> None:
        """Darken all but the hole; None takes the veil off."""
        self._hole = hole
        self.update()

    def set_blank(self, blank: bool) -> None:
        self.is_blank = blank
        self.update()

    def wipe(self) -> None:
        self.strokes.clear()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        over = self.parentWidget()
        assert over is not None
        self.setGeometry(over.rect())
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.is_blank:
            painter.fillRect(self.rect(), QColor("black"))
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._hole is not None:
            paint_spotlight(painter, self._theme, QRectF(self.rect()), self._hole())
        colors = (self._theme.colors.ink, self._theme.tone("cut").graphic)
        for stroke in self.strokes:
            pen = QPen(colors[stroke.is_accent], _PEN)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline([stroke.to_widget(point) for point in stroke.points])


def paint_spotlight(painter: QPainter, theme: Theme, area: QRectF, hole: QRectF) -> None:
    """Darken an area but for a hole; all of it if the hole is empty."""
    veil, colors = QPainterPath(), theme.colors
    veil.setFillRule(Qt.FillRule.OddEvenFill)
    veil.addRect(area)
    shade = QColor("black" if theme.is_dark else colors.ink)
    ring = colors.ink if theme.is_dark else colors.panel
    shade.setAlphaF(_VEIL)
    if not hole.isEmpty():
        veil.addRoundedRect(hole, _RADIUS, _RADIUS)
    painter.fillPath(veil, shade)
    if not hole.isEmpty():
        painter.setPen(QPen(ring, _RING))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(hole, _RADIUS, _RADIUS)
