"""Every colour of the program, light, dark and with high contrast, as #RRGGBB.

Three roles per status: `graphic` draws borders and glyphs, `text` writes words, `fill` tints areas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from app.session.graph.payloads import StatusKey

ToneKey = StatusKey | Literal["gradient", "cut"]
"""A status, or one of the two things an edge can say beyond "data flows here"."""
Tone = ToneKey | Literal["plain"]
"""`plain` is the colour of secondary text."""
Color = str
"""What a colour is for, whatever the theme: a name of `LIGHT` and `DARK`, or what `graphic`,
`written` or `fill` say of a tone."""


class HexTone(NamedTuple):
    graphic: str
    text: str
    fill: str


def graphic(tone: Tone) -> Color:
    """What borders and glyphs are drawn in."""
    return "text_secondary" if tone == "plain" else f"{tone}-g"


def written(tone: ToneKey) -> Color:
    """What words are written in."""
    return f"{tone}-t"


def fill(tone: ToneKey) -> Color:
    """What areas are tinted with."""
    return f"{tone}-f"


LIGHT: dict[str, str] = {
    "canvas": "#F4F6F8",
    "panel": "#FFFFFF",
    "frame": "#FAFBFC",
    "raised": "#FAFBFC",
    "node": "#FFFFFF",
    "hover": "#EEF1F4",
    "selected": "#E7EBF0",
    "divider": "#DFE3E8",
    "line": "#818B97",
    "grid": "#E3E7EB",
    "text": "#191D22",
    "text_secondary": "#4A5460",
    "text_tertiary": "#626C78",
    "ink": "#191D22",
    "on_accent": "#FFFFFF",
    "hit": "#F0E442",
    "hit_ring": "#857A00",
    "input": "#5B6B80",
    "output": "#2F4054",
    "heat_negative": "#0072B2",
    "heat_positive": "#E08C00",
}
DARK: dict[str, str] = {
    "canvas": "#13161A",
    "panel": "#1A1E23",
    "frame": "#171A1F",
    "raised": "#20252B",
    "node": "#1F242A",
    "hover": "#262C33",
    "selected": "#2C333B",
    "divider": "#2D343C",
    "line": "#6B7684",
    "grid": "#1E2328",
    "text": "#E9ECF0",
    "text_secondary": "#B3BCC7",
    "text_tertiary": "#909AA7",
    "ink": "#E9ECF0",
    "on_accent": "#13161A",
    "hit": "#6A6210",
    "hit_ring": "#E4DA68",
    "input": "#8FA5BD",
    "output": "#D3DEEA",
    "heat_negative": "#489CDA",
    "heat_positive": "#E69F00",
}
CONTRAST: dict[str, str] = {
    "canvas": "#000000",
    "panel": "#000000",
    "frame": "#0A0A0A",
    "raised": "#101010",
    "node": "#000000",
    "hover": "#262626",
    "selected": "#333333",
    "divider": "#8C8C8C",
    "line": "#C8C8C8",
    "grid": "#1C1C1C",
    "text": "#FFFFFF",
    "text_secondary": "#EDEDED",
    "text_tertiary": "#D6D6D6",
    "ink": "#FFFFFF",
    "on_accent": "#000000",
    "hit": "#5A5300",
    "hit_ring": "#FFF27A",
    "input": "#A9BDD4",
    "output": "#F0F5FB",
    "heat_negative": "#0059A0",
    "heat_positive": "#884700",
}

LIGHT_TONES: dict[ToneKey, HexTone] = {
    "recorded": HexTone("#00805D", "#00664A", "#E6F4EF"),
    "no_grad": HexTone("#B36B00", "#7F4C00", "#FCF1DD"),
    "inference_mode": HexTone("#A64D7F", "#8A3866", "#F9ECF3"),
    "no_input_requires_grad": HexTone("#4B7F9B", "#2F5F79", "#E8F2F7"),
    "not_differentiable": HexTone("#767E88", "#525B66", "#EFF1F3"),
    "detached": HexTone("#C24E00", "#9E3F00", "#FCEDE4"),
    "left_torch": HexTone("#857A00", "#605800", "#F8F5D9"),
    "neutral": HexTone("#818B97", "#4A5460", "#FAFBFC"),
    "failed": HexTone("#C24E00", "#9E3F00", "#FCEDE4"),
    "covered": HexTone("#818B97", "#4A5460", "#FFFFFF"),
    "gradient": HexTone("#0072B2", "#005A8F", "#E3F0F8"),
    "cut": HexTone("#C24E00", "#9E3F00", "#FCEDE4"),
}
DARK_TONES: dict[ToneKey, HexTone] = {
    "recorded": HexTone("#2BB98F", "#63D6B4", "#13302A"),
    "no_grad": HexTone("#E69F00", "#F3BC55", "#33280F"),
    "inference_mode": HexTone("#D583B0", "#EAAECE", "#36222D"),
    "no_input_requires_grad": HexTone("#6FB3D2", "#98CCE4", "#1A2E39"),
    "not_differentiable": HexTone("#8C96A3", "#B5BDC8", "#272C33"),
    "detached": HexTone("#F0793A", "#FFA274", "#3A2217"),
    "left_torch": HexTone("#CFC23A", "#E4DA68", "#2D2B13"),
    "neutral": HexTone("#6B7684", "#B3BCC7", "#20252B"),
    "failed": HexTone("#F0793A", "#FFA274", "#3A2217"),
    "covered": HexTone("#6B7684", "#B3BCC7", "#1F242A"),
    "gradient": HexTone("#4AA8E8", "#82C5F4", "#12293B"),
    "cut": HexTone("#F0793A", "#FFA274", "#3A2217"),
}
CONTRAST_TONES: dict[ToneKey, HexTone] = {
    "recorded": HexTone("#3FE0B0", "#7CF0CE", "#06251C"),
    "no_grad": HexTone("#FFB92E", "#FFD27A", "#2B1F00"),
    "inference_mode": HexTone("#F2A0CE", "#FFC4E3", "#301523"),
    "no_input_requires_grad": HexTone("#86CDF0", "#B4E1F7", "#0A2430"),
    "not_differentiable": HexTone("#BEC6D0", "#DDE2E8", "#20242A"),
    "detached": HexTone("#FF9A5E", "#FFBE98", "#331607"),
    "left_torch": HexTone("#EADC4A", "#F7EE95", "#262300"),
    "neutral": HexTone("#C8C8C8", "#EDEDED", "#101010"),
    "failed": HexTone("#FF9A5E", "#FFBE98", "#331607"),
    "covered": HexTone("#C8C8C8", "#EDEDED", "#000000"),
    "gradient": HexTone("#6CC1FF", "#A6D9FF", "#06243A"),
    "cut": HexTone("#FF9A5E", "#FFBE98", "#331607"),
}


def _by_role(colors: Mapping[str, str], tones: Mapping[ToneKey, HexTone]) -> dict[Color, str]:
    found = dict(colors)
    for key, tone in tones.items():
        found |= {graphic(key): tone.graphic, written(key): tone.text, fill(key): tone.fill}
    return found


ThemeName = Literal["light", "dark", "contrast"]


def theme_named(name: object) -> ThemeName | None:
    """Return the name of a theme as such; None for anything else.

    >>> theme_named("dark"), theme_named("")
    ('dark', None)
    """
    known: tuple[ThemeName, ...] = get_args(ThemeName)
    return next((theme for theme in known if theme == name), None)


BY_ROLE: dict[ThemeName, dict[Color, str]] = {
    "light": _by_role(LIGHT, LIGHT_TONES),
    "dark": _by_role(DARK, DARK_TONES),
    "contrast": _by_role(CONTRAST, CONTRAST_TONES),
}
"""All colours of each theme."""
