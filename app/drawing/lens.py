"""The distance from which a drawing is seen: what would be unreadable is left out."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from app.session.look.faces import Face, Faces

_READABLE: Final = 12
"""Pixels on the screen of a title that stands alone."""


class Detail(IntEnum):
    """How much of a node is drawn."""

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


class Lens:
    """The faces that texts are written in, and the zoom (1.0 is 100 %) with the detail at it."""

    def __init__(self, faces: Faces[Face], zoom: float = 1.0) -> None:
        self.faces = faces
        self.zoom = zoom
        self.detail = Detail.at(zoom)

    def large_face(self, room: float, *, mono: bool) -> Face:
        """Return a face for a title that stands alone: readable, and at most `room` high."""
        return self.faces.make(min(round(_READABLE / self.zoom), round(room)), True, mono)
