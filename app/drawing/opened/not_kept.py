"""The pill for a tensor that forward did not keep."""

from __future__ import annotations

from typing import Final

from app.drawing.shapes import Border, Rect, Shapes, Text
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.faces import Face, Faces
from graphviz_render import Box

_HEIGHT: Final = 20.0


def pill_width(faces: Faces[Face]) -> float:
    return faces.small_mono.width(tr("not kept")) + 2 * g.PILL_PADDING


def not_kept_pill(faces: Faces[Face], x: float, middle: float) -> Shapes:
    """Draw the pill to the right from `x`, around the height `middle`."""
    face = faces.small_mono
    box = Box(x, middle - _HEIGHT / 2, pill_width(faces), _HEIGHT)
    baseline = middle + face.pixels * g.ROW_DROP
    return [
        Rect("inner", box, _HEIGHT / 2, "raised", Border("line", 1, (4, 3))),
        Text(x + g.PILL_PADDING, baseline, tr("not kept"), face, "text_secondary"),
    ]
