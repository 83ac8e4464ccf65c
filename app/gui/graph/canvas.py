"""What every painting function gets: the painter, the theme, the zoom, and short ways to draw.

One canvas serves the screen, the tiles and the files alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.gui.graph.text import Face
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph, paint_glyph

DIMMED: Final = 0.45
"""Opacity of what a filter has put aside."""


class Detail(IntEnum):
    """How much of a node is drawn, by zoom: what could not be read is left out."""

    BLOCKS = 0
    SHAPES = 1
    TITLES = 2
    FULL = 3

    @classmethod
    def at(cls, zoom: float) -> Detail:
        if zoom < 0.2:
            return cls.BLOCKS
        if zoom < 0.45:
            return cls.SHAPES
        return cls.TITLES if zoom < 0.7 else cls.FULL


@dataclass(frozen=True, slots=True)
class Canvas:
    painter: QPainter
    theme: Theme
    zoom: float = 1.0

    @property
    def detail(self) -> Detail:
        return Detail.at(self.zoom)

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        face: Face,
        color: QColor,
        *,
        right: bool = False,
    ) -> None:
        """Write from `x` to the right, or ending at `x` if `right`."""
        if not text:
            return
        self.painter.setFont(face.font)
        self.painter.setPen(color)
        start = x - face.width(text) if right else x
        self.painter.drawText(QPointF(start, baseline), text)

    def rounded(self, rect: QRectF, radius: float, fill: QColor | None, pen: QPen | None) -> None:
        """A rounded rectangle whose stroke lies inside `rect`."""
        inset = pen.widthF() / 2 if pen else 0.0
        self.painter.setPen(pen if pen else Qt.PenStyle.NoPen)
        self.painter.setBrush(fill if fill else Qt.BrushStyle.NoBrush)
        inner = rect.adjusted(inset, inset, -inset, -inset)
        self.painter.drawRoundedRect(inner, radius, radius)

    def glyph(self, name: Glyph, x: float, y: float, size: float, color: QColor) -> None:
        paint_glyph(self.painter, name, QRectF(x, y, size, size), color)

    @contextmanager
    def dimmed(self, dimmed: bool) -> Iterator[None]:
        before = self.painter.opacity()
        if dimmed:
            self.painter.setOpacity(before * DIMMED)
        yield
        self.painter.setOpacity(before)
