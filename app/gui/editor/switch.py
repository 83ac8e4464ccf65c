"""The switch beside a line that says something about recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

if TYPE_CHECKING:
    from app.gui.editor.code_editor import CodeEditor

SWITCH_WIDTH, SWITCH_HEIGHT = 22, 12
_KNOB: Final = 8.0
_BORDER: Final = 1.5


def paint_switch(editor: CodeEditor, painter: QPainter, place: QRectF, *, is_off: bool) -> None:
    """Paint it filled while the line has its effect, and as an outline while it is left out."""
    colors, scale = editor.theme.colors, editor.scale
    knob = QRectF(0, 0, _KNOB * scale, _KNOB * scale)
    knob.moveCenter(place.center())
    inset = (place.height() - knob.height()) / 2 + (0.5 if is_off else 0)
    if is_off:
        painter.setPen(QPen(colors.ink, _BORDER))
        painter.setBrush(colors.panel)
        place = place.adjusted(_BORDER / 2, _BORDER / 2, -_BORDER / 2, -_BORDER / 2)
        knob.moveLeft(place.left() + inset)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(editor.theme.tone("no_grad").graphic)
        knob.moveRight(place.right() - inset)
    painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.ink if is_off else colors.panel)
    painter.drawEllipse(knob)
