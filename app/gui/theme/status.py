"""Borders of `app.session.look.status` as pens, which want dashes in multiples of their width."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.session.look.status import LEGEND_ORDER, STATUS_STYLES, StatusStyle

__all__ = ["LEGEND_ORDER", "STATUS_STYLES", "StatusStyle", "pen"]


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
