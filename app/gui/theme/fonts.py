"""The two families and their sizes: the platform's own for words, a fixed-width one for code."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

MONO_FAMILIES = (
    "Cascadia Mono",
    "SF Mono",
    "Menlo",
    "Consolas",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
)
HAN_FAMILIES = (
    "Microsoft YaHei UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
)
"""For Chinese letters that a family lacks; by itself Qt may choose their Japanese forms."""
UI_FAMILIES = ("Segoe UI", "Noto Sans", "Cantarell", "Liberation Sans", "Arial")
_ALIASES = {"", "sans", "sans serif", "sans-serif"}


@cache
def ui_family() -> str:
    """The system's font, or the first known one where the system names only an alias."""
    family = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    if family.lower() not in _ALIASES:
        return family
    return _first_installed(UI_FAMILIES, family)


@cache
def mono_family() -> str:
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    return _first_installed(MONO_FAMILIES, fixed)


def _first_installed(families: tuple[str, ...], otherwise: str) -> str:
    installed = set(QFontDatabase.families())
    return next((family for family in families if family in installed), otherwise)


@cache
def ui_font(pixels: int, *, bold: bool = False) -> QFont:
    """The font for words.  Do not change what this returns: copy it."""
    return _font(ui_family(), pixels, bold)


@cache
def mono_font(pixels: int, *, bold: bool = False) -> QFont:
    """The font for code and numbers.  Do not change what this returns: copy it."""
    font = _font(mono_family(), pixels, bold)
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


def quoted(family: str) -> str:
    """Return a family, and what has its Chinese letters, as a style sheet names them."""
    return ", ".join(f'"{one}"' for one in _with_han(family))


@cache
def _with_han(family: str) -> list[str]:
    han = _first_installed(HAN_FAMILIES, family)
    return [family] if han == family else [family, han]


def _font(family: str, pixels: int, bold: bool) -> QFont:
    font = QFont(_with_han(family))
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    # Advances must not change with the zoom, or texts would outgrow the boxes measured for them.
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
