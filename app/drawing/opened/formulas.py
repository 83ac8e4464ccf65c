"""Formulas, set in the faces of the graph."""

from __future__ import annotations

from typing import Final

from app.drawing.shapes import Shapes, Text
from app.session.chain_rule.symbols import Formula, Piece
from app.session.look.colors import Color, written
from app.session.look.faces import Face, Faces

_SMALL: Final = 0.69
"""The size of letters below or above the line, as a share of the others'."""
_LEAST: Final = 11
_DROP: Final = 0.25
_RISE: Final = 0.38


def width_of(faces: Faces[Face], formula: Formula, pixels: int) -> float:
    return sum(_face(faces, piece, pixels).width(piece.text) for piece in formula)


def formula_at(
    faces: Faces[Face],
    formula: Formula,
    at: tuple[float, float],
    pixels: int,
    *,
    bold: bool = False,
    color: Color = "text",
    plain: bool = False,
) -> Shapes:
    """Write a formula to the right from a point on its line, in `pixels`.

    Gradients have their own colour and weight, unless it is `plain`; all else has `color`.
    """
    drawn: Shapes = []
    x, baseline = at
    for piece in formula:
        face = _face(faces, piece, pixels, bold, plain)
        lower = {-1: _DROP, 0: 0.0, 1: -_RISE}[piece.level] * pixels
        is_gradient = piece.style == "gradient"
        slants = piece.style == "italic" or (is_gradient and piece.level != 0)
        tone = written("gradient") if is_gradient and not plain else color
        tone = "text_secondary" if piece.style == "quiet" else tone
        drawn.append(Text(x, baseline + lower, piece.text, face, tone, italic=slants))
        x += face.width(piece.text)
    return drawn


def _face(
    faces: Faces[Face], piece: Piece, pixels: int, bold: bool = False, plain: bool = False
) -> Face:
    size = pixels if piece.level == 0 else max(_LEAST, round(pixels * _SMALL))
    bold = bold and piece.style != "quiet"
    return faces.make(size, bold or (piece.style == "gradient" and not plain), False)
