"""The distance from which a drawing is seen: what is written, and how large.

Names have the same size on the screen at every zoom; how much is beside them changes.
A node without room for its name is drawn with its glyph (`Lens.name_face` returns None), a frame
without room for a header has its title above it (`frames.floating`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from app.drawing.shapes import Border, Rect, Shape, Shapes, Text
from app.session.look import geometry as g
from app.session.look.faces import Face, Faces, faces

_NAMES: Final = ((13, 16.0), (11, 11.0))
"""Pixels on the screen of a name, and the least height of a row for it."""
_FURTHEST: Final = 0.33
"""At less than this even high rows are too narrow for most names."""
CLEAR_ROWS: Final = (15.0, 13.0, 11.5)
"""Pixels on the screen of rows for the smaller name, from well clear of it to as good as none."""
_SECONDARY, _LEAST = 12, 11
"""Pixels of texts beside names, and the least on the screen that they are written in."""
_LEAST_LETTERS: Final = 3
"""A name that is shortened to fewer says nothing."""


def readable_zoom(height: float = g.COMPACT_HEIGHT) -> float:
    """Return the zoom below which rows of this height have no room for their names."""
    return max(_FURTHEST, _NAMES[-1][1] / height)


class Detail(IntEnum):
    """How much of a node is drawn: its colour, one row with glyph and name, or everything."""

    BLOCKS = 0
    ROWS = 1
    FULL = 2

    @classmethod
    def at(cls, zoom: float) -> Detail:
        if zoom < 0.08:
            return cls.BLOCKS
        return cls.ROWS if zoom < 0.7 else cls.FULL


class Lens:
    """The faces that texts are written in, and the zoom (1.0 is 100 %) with the detail at it."""

    def __init__(self, base: Faces[Face], zoom: float = 1.0) -> None:
        self.base = base
        """The faces at 100 %: for texts that have no room to be larger."""
        self.zoom = zoom
        self.detail = Detail.at(zoom)
        is_small = zoom < 1 and self.detail is Detail.FULL
        self.faces: Faces[Face] = faces(self._enlarged) if is_small else base

    def _enlarged(self, pixels: int, bold: bool, mono: bool) -> Face:
        """Return a face as large as on the screen at 100 %.

        Texts beside names shrink with the zoom, down to their least.
        """
        if pixels <= _SECONDARY:
            return self.base.make(round(max(pixels, _LEAST * self.unit)), bold, mono)
        return self.face(pixels, bold=bold, mono=mono)

    def face(self, pixels: int, *, bold: bool, mono: bool) -> Face:
        """Return a face of so many pixels on the screen."""
        return self.base.make(round(pixels * self.unit), bold, mono)

    def name_face(self, height: float, *, mono: bool) -> Face | None:
        """Return the face of a name in a row of this height; None if it is too low for one."""
        seen = height / self.unit
        fits = next((pixels for pixels, least in _NAMES if seen >= least), None)
        return None if fits is None else self.face(fits, bold=True, mono=mono)

    @property
    def unit(self) -> float:
        """The length of one pixel on the screen."""
        return 1 / min(self.zoom, 1.0)

    def border(self, border: Border) -> Border:
        """Return a border that can be seen: neither too thin nor with dashes too short."""
        width, dashes = g.ROW_BORDER * self.unit, max(1.0, 0.7 * self.unit)
        dash = tuple(length * dashes for length in border.dash)
        return border._replace(width=max(border.width, width), dash=dash)

    def bordered(self, shape: Shape) -> Shape:
        """Return a shape with a border that can be seen."""
        if not isinstance(shape, Rect) or shape.border is None:
            return shape
        return shape._replace(border=self.border(shape.border))

    def centred(self, drawing: Iterable[Shape]) -> Shapes:
        """Return a drawing with its enlarged texts in the middle of their rows."""
        if self.faces is self.base:
            return list(drawing)
        return [self._lowered(shape) if isinstance(shape, Text) else shape for shape in drawing]

    def _lowered(self, text: Text) -> Text:
        is_larger = text.face.pixels > self.base.title.pixels
        more = text.face.pixels * (1 - self.zoom) if is_larger else 0
        return text._replace(baseline=text.baseline + g.ROW_DROP * more)


def is_name(shown: str, name: str) -> bool:
    """Return whether what is left of a shortened name still says which it is."""
    return shown == name or len(shown) > _LEAST_LETTERS
