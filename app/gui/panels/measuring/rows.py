"""What the pictures of a measurement share: a row for each mode, and its name."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from app.contract.records import MODES, Mode
from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr
from app.session.measuring.results import Measurement, OfMode
from app.session.measuring.words import NAMES

NAME_WIDTH: Final = 124
NUMBER_WIDTH: Final = 62
_GLYPH: Final = 16
_LOOKS: dict[Mode, tuple[Glyph, ToneKey]] = {
    "as-written": ("steps", "neutral"),
    "grad": ("recorded", "recorded"),
    "no-grad": ("no_grad", "no_grad"),
    "inference": ("inference_mode", "inference_mode"),
}


def measured_modes(found: Measurement | None) -> list[tuple[Mode, OfMode]]:
    """Return the modes in their order with what they took."""
    modes = {} if found is None else found.modes
    return [(mode, modes[mode]) for mode in MODES if mode in modes]


def paint_name(painter: QPainter, theme: Theme, mode: Mode, area: QRectF) -> None:
    """Draw the glyph and the name of a mode at the left of a row."""
    glyph, tone = _LOOKS[mode]
    mark = QRectF(area.left(), area.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
    paint_glyph(painter, glyph, mark, theme.tone(tone).graphic)
    name = QRectF(mark.right() + 6, area.top(), NAME_WIDTH - _GLYPH - 6, area.height())
    write(painter, name, tr(NAMES[mode]), ui_font(FONT_SECONDARY), theme.colors.text)
