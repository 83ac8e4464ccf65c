"""Text in the faces of the graph: how wide it is, and how it is shortened.

Usable from any thread: fonts and their metrics are value types.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from app.gui.controls.shortened import ends_of
from app.gui.theme.fonts import mono_font, ui_font
from app.session.look import faces as look
from app.session.look.measure import Measure

MEASURED_TEXTS: Final = 20_000
"""Widths kept: a large graph repeats its names, shapes and words."""


@dataclass(frozen=True, slots=True)
class QtFace:
    pixels: int
    bold: bool = False
    mono: bool = False

    def width(self, text: str) -> float:
        return _width(self, text)

    def elided(self, text: str, width: float) -> str:
        """`text`, with its middle left out where it is wider than `width`."""
        if not text or self.width(text) <= width:
            return text
        return _elided(self, text, width)


FACES: Final = look.faces(QtFace)
TITLE: Final = FACES.title
PLAIN: Final = FACES.plain
MONO: Final = FACES.mono
SMALL: Final = FACES.small
SMALL_BOLD: Final = FACES.small_bold
SMALL_MONO: Final = FACES.small_mono

MEASURE: Final = Measure(FACES)
"""How large things are in these faces."""


def font_of(face: look.Face) -> QFont:
    """Do not change what this returns: copy it."""
    return (mono_font if face.mono else ui_font)(face.pixels, bold=face.bold)


def italic_of(face: look.Face) -> QFont:
    font = QFont(font_of(face))
    font.setItalic(True)
    return font


@lru_cache(maxsize=64)
def _metrics(face: QtFace) -> QFontMetricsF:
    return QFontMetricsF(font_of(face))


@lru_cache(maxsize=MEASURED_TEXTS)
def _width(face: QtFace, text: str) -> float:
    return _metrics(face).horizontalAdvance(text)


@lru_cache(maxsize=MEASURED_TEXTS)
def _elided(face: QtFace, text: str, width: float) -> str:
    return _metrics(face).elidedText(ends_of(text, width), Qt.TextElideMode.ElideMiddle, width)
