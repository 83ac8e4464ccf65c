"""Where the parts of an unfolded group's header stand: for drawing them and for clicking them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from app.gui.graph import text
from app.session.graph_items import FrameItem, Stepper
from app.session.look import geometry as g
from app.session.words import step_words

HeaderPart = Literal["fold", "back", "forward"]


@dataclass(frozen=True, slots=True)
class StepButtons:
    """Around the words "iteration 3 of 10", at the right end."""

    words: str
    words_right: float
    back: QRectF
    forward: QRectF


def header_rect(rect: QRectF) -> QRectF:
    """The header of a group's frame that takes `rect`."""
    return QRectF(rect.x(), rect.y(), rect.width(), g.GROUP_HEADER)


def step_buttons(rect: QRectF, stepper: Stepper) -> StepButtons:
    side = float(g.STEP_BUTTON)
    top = rect.y() + (g.GROUP_HEADER - side) / 2
    forward = QRectF(rect.right() - 8 - side, top, side, side)
    back = forward.translated(-side, 0)
    return StepButtons(step_words(stepper), back.left() - 6, back, forward)


def free_right(rect: QRectF, item: FrameItem) -> float:
    """Where the room for the title ends."""
    if item.stepper is None:
        return rect.right() - g.FRAME_PADDING
    buttons = step_buttons(rect, item.stepper)
    return buttons.words_right - text.SMALL.width(buttons.words) - 12


def part_at(rect: QRectF, item: FrameItem, point: QPointF) -> HeaderPart | None:
    """What a click at a scene point means, None where it is beside the header."""
    if not item.group or not header_rect(rect).contains(point):
        return None
    if item.stepper is not None:
        buttons = step_buttons(rect, item.stepper)
        if buttons.back.contains(point):
            return "back"
        if buttons.forward.contains(point):
            return "forward"
    return "fold"
