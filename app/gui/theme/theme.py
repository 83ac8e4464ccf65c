"""A theme: the colours, and what is made from them.  Passed to every view; none is global."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPalette, QPen

from app.drawing.shapes import Border
from app.gui.theme import colors
from app.gui.theme.colors import Colors, Tone, ToneKey
from app.gui.theme.glyphs import Glyph, icon
from app.gui.theme.metrics import GLYPH_SIZE
from app.gui.theme.palette import palette_of
from app.gui.theme.status import STATUS_STYLES, StatusStyle, pen
from app.gui.theme.stylesheet import stylesheet_of
from app.session.graph.payloads import StatusKey
from app.session.look.colors import BY_ROLE, Color, ThemeName

_KEPT_PENS: Final = 256


class Theme:
    """Light, dark or with high contrast.  Immutable: a view gets another one by its `set_theme`."""

    def __init__(self, name: ThemeName, ground: QColor | None = None) -> None:
        """`ground` is the colour behind a graph, for a picture that is to lie on another one."""
        self.name: ThemeName = name
        self.is_dark = name != "light"
        self.colors: Colors = colors.COLORS[name]
        self._tones = colors.TONES[name]
        self._by_role = {role: QColor(value) for role, value in BY_ROLE[name].items()}
        if ground is not None:
            self.colors = replace(self.colors, canvas=ground)
            self._by_role["canvas"] = ground
        self.pen = lru_cache(_KEPT_PENS)(self._pen)
        """The pen of a border.  Do not change what this returns: copy it."""

    @classmethod
    def of_scheme(cls, scheme: Qt.ColorScheme) -> Theme:
        """The theme that goes with what the system asks for; light where it does not say."""
        return cls("dark" if scheme == Qt.ColorScheme.Dark else "light")

    def tone(self, key: ToneKey) -> Tone:
        return self._tones[key]

    def style(self, key: StatusKey) -> StatusStyle:
        return STATUS_STYLES[key]

    def color(self, role: Color) -> QColor:
        """The colour of a drawing's role."""
        return self._by_role[role]

    def _pen(self, border: Border) -> QPen:
        color = self.color(border.color)
        return pen(color, border.width, border.dash, dotted=border.round)

    def icon(self, name: Glyph, color: QColor | None = None, size: int = GLYPH_SIZE) -> QIcon:
        """A glyph in `color` (default: secondary text), paler where its button is disabled."""
        return icon(name, color or self.colors.text_secondary, self.colors.text_tertiary, size)

    def palette(self) -> QPalette:
        return palette_of(self.colors, self.tone("gradient"))

    def stylesheet(self) -> str:
        """The rules for every standard widget of the window."""
        return stylesheet_of(self.colors, self.tone("gradient"))
