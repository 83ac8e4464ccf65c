"""Square tiles that speak of parameters; bare glyphs speak of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.drawing.lens import Lens
from app.drawing.shapes import Border, Rect, Shapes, Sign, Text
from app.session.graph.payloads import Tile
from app.session.language import number
from app.session.look import geometry as g
from app.session.look.colors import Color, ToneKey, fill, graphic
from app.session.look.glyphs import Glyph
from app.session.look.marks import TILES
from graphviz_render import Box

MOST: Final = 2
"""A node has no more tiles: the worst come first."""
_DOTS: Final = (2.0, 2.0)


def tile(
    look: tuple[Glyph, ToneKey],
    corner: tuple[float, float],
    side: float,
    *,
    filled: bool,
    dotted: bool,
) -> Shapes:
    """Draw one tile; parameters that train have a filled one, frozen ones a dotted border."""
    (glyph, tone), (x, y), unit = look, corner, side / g.TILE
    color: Color = "on_accent" if filled else graphic(tone)
    border = Border(graphic(tone), 1.5 * unit, tuple(dot * unit for dot in _DOTS) if dotted else ())
    ground = graphic(tone) if filled else fill(tone)
    inset = 2.5 * unit
    return [
        Rect("tile", Box(x, y, side, side), 3.5 * unit, ground, border),
        Sign(glyph, x + inset, y + inset, side - 2 * inset, color),
    ]


def tiles(
    lens: Lens, shown: Sequence[Tile], right: float, middle: float, room: Box
) -> tuple[Shapes, float]:
    """Draw tiles with their counts, ending at `right`; return them and the width that they take.

    Where there is no `room`, counts are left out, then the least bad tiles.
    """
    unit, face = lens.unit, lens.face(11, bold=False, mono=False)
    side, gap = min(g.TILE * unit, room.height - 3 * unit), g.TILE_GAP * unit
    chosen = shown[:MOST] if side >= g.TILE_LEAST * unit else ()
    words = ["" if one.parameters == 1 else number(one.parameters) for one in chosen]
    wide = [side + gap + (face.width(text) + gap if text else 0) for text in words]
    if sum(wide) > room.width:
        words, wide = [""] * len(chosen), [side + gap] * len(chosen)
    while wide and sum(wide) > room.width:
        wide.pop()
    drawn: Shapes = []
    x = right - sum(wide)
    for one, text, width in zip(chosen, words, wide, strict=False):
        filled, dotted = one.kind == "trained", one.kind == "frozen"
        corner = (x + gap, middle - side / 2)
        drawn += tile(TILES[one.kind], corner, side, filled=filled, dotted=dotted)
        if text:
            baseline = middle + face.pixels * g.ROW_DROP
            drawn.append(Text(x + side + 2 * gap, baseline, text, face, "text_secondary"))
        x += width
    return drawn, sum(wide)
