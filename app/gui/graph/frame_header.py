"""The parts of the header of an unfolded group that can be clicked."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF

from app.drawing.frames import stepping, switching
from app.gui.graph.painting.canvas import box_of
from app.session.graph.payloads import FrameItem
from app.session.look import geometry as g

HeaderPart = Literal["fold", "back", "forward", "train", "eval"]


def header_rect(rect: QRectF) -> QRectF:
    """Return the header of a group's frame in `rect`."""
    return QRectF(rect.x(), rect.y(), rect.width(), g.GROUP_HEADER)


def part_at(rect: QRectF, item: FrameItem, point: QPointF) -> HeaderPart | None:
    """Return the part of the header at a scene point, or None."""
    if not item.group or not header_rect(rect).contains(point):
        return None
    if item.stepper is not None:
        buttons = stepping(box_of(rect), item.stepper)
        if buttons.back is not None and QRectF(*buttons.back).contains(point):
            return "back"
        if buttons.forward is not None and QRectF(*buttons.forward).contains(point):
            return "forward"
    if (switch := switching(item, box_of(rect))) is not None:
        if QRectF(*switch.train).contains(point):
            return "train"
        if QRectF(*switch.eval).contains(point):
            return "eval"
    return "fold"
