"""The colours of `app.session.look.colors` for Qt, and what can be worked out from them.

All pairs that meet on the screen reach a contrast of 4.5 for text and 3 for graphics, which
`tests/gui/theme/test_colors.py` computes from these very values; with high contrast it is 7 for
text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QColor

from app.session.look import colors as hexes
from app.session.look.colors import HexTone, ThemeName, ToneKey

__all__ = ["Colors", "Tone", "ToneKey", "contrast", "luminance"]


@dataclass(frozen=True, slots=True)
class Tone:
    graphic: QColor
    text: QColor
    fill: QColor


@dataclass(frozen=True, slots=True)
class Colors:
    canvas: QColor
    panel: QColor
    frame: QColor
    """The ground of an unfolded module: between the canvas and a panel."""
    raised: QColor
    node: QColor
    hover: QColor
    selected: QColor
    divider: QColor
    """Decorative: never the only carrier of a meaning."""
    line: QColor
    """Data edges, outlines of empty values."""
    grid: QColor
    text: QColor
    text_secondary: QColor
    text_tertiary: QColor
    """Not for text on `selected`: take `text_secondary` there."""
    ink: QColor
    """Selection rings and play heads."""
    on_accent: QColor
    """Text and glyphs on a filled accent or cut."""
    hit: QColor
    hit_ring: QColor
    input: QColor
    """What goes into the selected node; with the word "in"."""
    output: QColor
    """What comes out of it; with the word "out"."""
    heat_negative: QColor
    heat_positive: QColor


def _colors(names: Mapping[str, str]) -> Colors:
    return Colors(**{name: QColor(value) for name, value in names.items()})


def _tones(tones: Mapping[ToneKey, HexTone]) -> dict[ToneKey, Tone]:
    return {key: Tone(*map(QColor, tone)) for key, tone in tones.items()}


COLORS: dict[ThemeName, Colors] = {
    "light": _colors(hexes.LIGHT),
    "dark": _colors(hexes.DARK),
    "contrast": _colors(hexes.CONTRAST),
}
TONES: dict[ThemeName, dict[ToneKey, Tone]] = {
    "light": _tones(hexes.LIGHT_TONES),
    "dark": _tones(hexes.DARK_TONES),
    "contrast": _tones(hexes.CONTRAST_TONES),
}


def contrast(first: QColor, second: QColor) -> float:
    """The WCAG 2 contrast ratio of two opaque colours, 1 to 21."""
    brighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(color: QColor) -> float:
    """WCAG 2 relative luminance of an sRGB colour, 0 to 1."""
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in (color.redF(), color.greenF(), color.blueF())
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
