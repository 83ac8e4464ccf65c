"""Every colour of the program, light and dark.

Three roles per status: `graphic` draws borders and glyphs, `text` writes words, `fill` tints areas.
All pairs that meet on the screen reach a contrast of 4.5 for text and 3 for graphics, which
`tests/gui/theme/test_colors.py` computes from these very values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor

from app.session.graph_items import StatusKey

ToneKey = StatusKey | Literal["gradient", "cut"]
"""A status, or one of the two things an edge can say beyond "data flows here"."""


@dataclass(frozen=True, slots=True)
class Tone:
    graphic: QColor
    text: QColor
    fill: QColor


@dataclass(frozen=True, slots=True)
class Colors:
    canvas: QColor
    panel: QColor
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


def _colors(**hexes: str) -> Colors:
    return Colors(**{name: QColor(value) for name, value in hexes.items()})


def _tone(graphic: str, text: str, fill: str) -> Tone:
    return Tone(QColor(graphic), QColor(text), QColor(fill))


LIGHT = _colors(
    canvas="#F4F6F8",
    panel="#FFFFFF",
    raised="#FAFBFC",
    node="#FFFFFF",
    hover="#EEF1F4",
    selected="#E7EBF0",
    divider="#DFE3E8",
    line="#818B97",
    grid="#E3E7EB",
    text="#191D22",
    text_secondary="#4A5460",
    text_tertiary="#626C78",
    ink="#191D22",
    on_accent="#FFFFFF",
    hit="#F0E442",
    hit_ring="#857A00",
    input="#6A45C4",
    output="#A81B5E",
    heat_negative="#0072B2",
    heat_positive="#E08C00",
)
DARK = _colors(
    canvas="#13161A",
    panel="#1A1E23",
    raised="#20252B",
    node="#1F242A",
    hover="#262C33",
    selected="#2C333B",
    divider="#2D343C",
    line="#6B7684",
    grid="#1E2328",
    text="#E9ECF0",
    text_secondary="#B3BCC7",
    text_tertiary="#909AA7",
    ink="#E9ECF0",
    on_accent="#13161A",
    hit="#6A6210",
    hit_ring="#E4DA68",
    input="#B59CFF",
    output="#FF85B5",
    heat_negative="#489CDA",
    heat_positive="#E69F00",
)

LIGHT_TONES: dict[ToneKey, Tone] = {
    "recorded": _tone("#00805D", "#00664A", "#E6F4EF"),
    "no_grad": _tone("#B36B00", "#7F4C00", "#FCF1DD"),
    "inference_mode": _tone("#A64D7F", "#8A3866", "#F9ECF3"),
    "no_input_requires_grad": _tone("#4B7F9B", "#2F5F79", "#E8F2F7"),
    "not_differentiable": _tone("#767E88", "#525B66", "#EFF1F3"),
    "detached": _tone("#C24E00", "#9E3F00", "#FCEDE4"),
    "left_torch": _tone("#857A00", "#605800", "#F8F5D9"),
    "neutral": _tone("#818B97", "#4A5460", "#FAFBFC"),
    "gradient": _tone("#0072B2", "#005A8F", "#E3F0F8"),
    "cut": _tone("#C24E00", "#9E3F00", "#FCEDE4"),
}
DARK_TONES: dict[ToneKey, Tone] = {
    "recorded": _tone("#2BB98F", "#63D6B4", "#13302A"),
    "no_grad": _tone("#E69F00", "#F3BC55", "#33280F"),
    "inference_mode": _tone("#D583B0", "#EAAECE", "#36222D"),
    "no_input_requires_grad": _tone("#6FB3D2", "#98CCE4", "#1A2E39"),
    "not_differentiable": _tone("#8C96A3", "#B5BDC8", "#272C33"),
    "detached": _tone("#F0793A", "#FFA274", "#3A2217"),
    "left_torch": _tone("#CFC23A", "#E4DA68", "#2D2B13"),
    "neutral": _tone("#6B7684", "#B3BCC7", "#20252B"),
    "gradient": _tone("#4AA8E8", "#82C5F4", "#12293B"),
    "cut": _tone("#F0793A", "#FFA274", "#3A2217"),
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
