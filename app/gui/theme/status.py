"""How each status is told apart without colour: border, glyph and word.

Border lengths are logical pixels, as a designer measures them; `border_pen` turns them into the
multiples of the pen's width that Qt wants.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.gui.theme.glyphs import Glyph
from app.session.graph_items import StatusKey


@dataclass(frozen=True, slots=True)
class StatusStyle:
    glyph: Glyph
    label: str
    width: float = 1.5
    dash: tuple[float, ...] = ()
    dotted: bool = False
    """Round caps: the dashes read as dots."""
    doubled: bool = False
    """A second line inside the first, with a gap of 2 px."""


STATUS_STYLES: dict[StatusKey, StatusStyle] = {
    "recorded": StatusStyle("recorded", "recorded"),
    "no_grad": StatusStyle("no_grad", "no_grad", dash=(6, 4)),
    "inference_mode": StatusStyle("inference_mode", "inference_mode", dash=(8, 3, 2, 3)),
    "no_input_requires_grad": StatusStyle(
        "snowflake", "no input requires grad", width=2, dash=(1.5, 3.5), dotted=True
    ),
    "not_differentiable": StatusStyle("stair", "not differentiable", dash=(12, 5)),
    "detached": StatusStyle("scissors", "detached", dash=(3, 3)),
    "left_torch": StatusStyle("left_torch", "left torch", width=1, doubled=True),
    "neutral": StatusStyle("dot", "not counted"),
}
LEGEND_ORDER: tuple[StatusKey, ...] = tuple(key for key in STATUS_STYLES if key != "neutral")


def pen(color: QColor, width: float, dash: tuple[float, ...] = (), *, dotted: bool = False) -> QPen:
    """A pen with `dash` given in pixels.

    Round caps lengthen every dash by the width, so the on-lengths of a dotted pen are shortened
    by as much as leaves something to draw.
    """
    made = QPen(color, width)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.RoundCap if dotted else Qt.PenCapStyle.FlatCap)
    if dash:
        made.setDashPattern([length / width for length in dash])
    return made


def border_pen(style: StatusStyle, color: QColor) -> QPen:
    return pen(color, style.width, style.dash, dotted=style.dotted)
