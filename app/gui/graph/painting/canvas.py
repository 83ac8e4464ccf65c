"""The pen that draws with QPainter: on the screen, into tiles and into files alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.drawing.lens import Lens
from app.drawing.shapes import Area, HeatMap, Line, Rect, Shape, Shapes, Sign, Text
from app.gui.graph.painting.text import FACES, font_of, italic_of
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph, paint_glyph, path_of
from app.gui.theme.heat import paint_heat_map
from app.session.look.faces import Face
from app.session.look.glyphs import Path
from graphviz_render import Box

DIMMED: Final = 0.45
"""Opacity of what a filter has put aside."""
_KEPT_PATHS: Final = 20_000
_SHORT: Final = 200
"""Commands of a path that is worth remembering."""


class Canvas:
    """Plays drawings, and paints texts, boxes and glyphs of widgets that have no drawing."""

    def __init__(self, painter: QPainter, theme: Theme, zoom: float = 1.0) -> None:
        self.painter = painter
        self.theme = theme
        self.lens = Lens(FACES, zoom)

    def play(self, drawing: Shapes) -> None:
        for shape in drawing:
            _PLAY[type(shape)](self, shape)

    def text(
        self,
        x: float,
        baseline: float,
        text: str,
        face: Face,
        color: QColor,
        *,
        right: bool = False,
        italic: bool = False,
    ) -> None:
        """Write from `x` to the right, or ending at `x` if `right`."""
        if not text:
            return
        self.painter.setFont(italic_of(face) if italic else font_of(face))
        self.painter.setPen(color)
        start = x - face.width(text) if right else x
        self.painter.drawText(QPointF(start, baseline), text)

    def rounded(self, rect: QRectF, radius: float, fill: QColor | None, pen: QPen | None) -> None:
        """Paint a rounded rectangle whose border lies inside `rect`."""
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

    @contextmanager
    def squeezed(self, rect: QRectF, width: float) -> Iterator[None]:
        """Paint what lies in `rect` at a share of its width, as a card that is turned."""
        self.painter.save()
        self.painter.translate(rect.center().x(), 0)
        self.painter.scale(width, 1)
        self.painter.translate(-rect.center().x(), 0)
        yield
        self.painter.restore()

    # --------------------------------------------------------------------------------- shapes

    def _rect(self, shape: Rect) -> None:
        rect, color = QRectF(*shape.box), shape.fill and self.theme.color(shape.fill)
        if shape.border is None and not shape.radius and color:
            self.painter.fillRect(rect, color)
        else:
            pen = shape.border and self.theme.pen(shape.border)
            self.rounded(rect, shape.radius, color or None, pen)

    def _text(self, shape: Text) -> None:
        color = self.theme.color(shape.color)
        self.text(
            shape.x, shape.baseline, shape.text, shape.face, color, right=shape.ends,
            italic=shape.italic,
        )  # fmt: skip

    def _sign(self, shape: Sign) -> None:
        self.glyph(shape.glyph, shape.x, shape.y, shape.size, self.theme.color(shape.color))

    def _line(self, shape: Line) -> None:
        self.painter.strokePath(painter_path(shape.path), self.theme.pen(shape.border))

    def _area(self, shape: Area) -> None:
        self.painter.fillPath(painter_path(shape.path), self.theme.color(shape.color))

    def _heat_map(self, shape: HeatMap) -> None:
        box, rows = QRectF(*shape.box), shape.rows
        paint_heat_map(self.painter, self.theme, box, rows, shape.largest, shape.most)


_PLAY: Final[dict[type[Shape], Callable[[Canvas, Any], None]]] = {
    Rect: Canvas._rect,
    Text: Canvas._text,
    Sign: Canvas._sign,
    Line: Canvas._line,
    Area: Canvas._area,
    HeatMap: Canvas._heat_map,
}


def box_of(rect: QRectF) -> Box:
    return Box(rect.x(), rect.y(), rect.width(), rect.height())


def painter_path(path: Path) -> QPainterPath:
    """Return the path as Qt has it.  Do not change it: copy it."""
    return _short_path(path) if len(path) <= _SHORT else path_of(path)


@lru_cache(_KEPT_PATHS)
def _short_path(path: Path) -> QPainterPath:
    return path_of(path)
