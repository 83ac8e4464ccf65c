"""What distinguishes each status without colour: border, glyph and word.

Lengths are logical pixels, as a designer measures them.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.session.graph.payloads import StatusKey
from app.session.language import translatable
from app.session.look.glyphs import Glyph


@dataclass(frozen=True, slots=True)
class StatusStyle:
    glyph: Glyph
    label: str
    """To be shown through `tr`."""
    width: float = 1.5
    dash: tuple[float, ...] = ()
    dotted: bool = False
    """Round caps: the dashes read as dots."""
    doubled: bool = False
    """A second line inside the first, with a gap of 2 px."""


STATUS_STYLES: dict[StatusKey, StatusStyle] = {
    "recorded": StatusStyle("recorded", translatable("recorded")),
    "no_grad": StatusStyle("no_grad", "no_grad", dash=(6, 4)),
    "inference_mode": StatusStyle("inference_mode", "inference_mode", dash=(8, 3, 2, 3)),
    "no_input_requires_grad": StatusStyle(
        "snowflake",
        translatable("no input requires grad"),
        width=2,
        dash=(1.5, 3.5),
        dotted=True,
    ),
    "not_differentiable": StatusStyle("stair", translatable("not differentiable"), dash=(12, 5)),
    "detached": StatusStyle("scissors", translatable("detached"), dash=(3, 3)),
    "left_torch": StatusStyle("left_torch", translatable("left torch"), width=1, doubled=True),
    "neutral": StatusStyle("dot", translatable("not counted")),
    "failed": StatusStyle("warning", translatable("failed"), width=2),
    "covered": StatusStyle("covered", translatable("covered")),
}
LEGEND_ORDER: tuple[StatusKey, ...] = tuple(
    key for key in STATUS_STYLES if key not in ("neutral", "failed", "covered")
)
