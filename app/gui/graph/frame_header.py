"""What a click on the header of an unfolded group means."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from app.drawing.frames import stepping
from app.gui.graph.canvas import box_of
from app.session.graph_items import FrameItem
from app.session.look import geometry as g

HeaderPart = Literal["fold", "back", "forward"]


def header_rect(rect: QRectF) -> QRectF:
    """The header of a group's frame that takes `rect`."""
    return QRectF(rect.x(), rect.y(), rect.width(), g.GROUP_HEADER)


def part_at(rect: QRectF, item: FrameItem, point: QPointF) -> HeaderPart | None:
    """What a click at a scene point means, None where it is beside the header."""
    if not item.group or not header_rect(rect).contains(point):
        return None
    if item.stepper is not None:
        buttons = stepping(box_of(rect), item.stepper)
        if buttons.back is not None and QRectF(*buttons.back).contains(point):
            return "back"
        if buttons.forward is not None and QRectF(*buttons.forward).contains(point):
            return "forward"
    return "fold"
