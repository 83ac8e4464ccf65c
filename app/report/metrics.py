"""About how wide a text will be: whoever opens the page has fonts that nobody knows here.

The widths are those of Arial, which Helvetica and Liberation Sans share and which the page asks
for; fixed-width fonts differ by few hundredths.
"""

from __future__ import annotations

from typing import Final

_ARIAL: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
"""In thousandths of the font's size, from the space on."""
_OTHER: Final = 667
_WIDE: Final = 1000
_MONO: Final = 610
_BOLDER: Final = 1.08
_FIRST_WIDE = "\u1100"


def width(text: str, pixels: float, *, mono: bool = False, bold: bool = False) -> float:
    thousandths = sum(_letter(letter, mono) for letter in text)
    return thousandths / 1000 * pixels * (_BOLDER if bold and not mono else 1.0)


def elided(text: str, room: float, pixels: float, *, mono: bool = False, bold: bool = False) -> str:
    """`text` with its middle left out where it is wider than `room`."""
    if width(text, pixels, mono=mono, bold=bold) <= room:
        return text
    kept = len(text) - 1
    while kept > 2:
        kept -= 1
        short = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if width(short, pixels, mono=mono, bold=bold) <= room:
            return short
    return "…"


def _letter(letter: str, mono: bool) -> int:
    if letter >= _FIRST_WIDE:
        return _WIDE
    if mono:
        return _MONO
    place = ord(letter) - 32
    return _ARIAL[place] if 0 <= place < len(_ARIAL) else _OTHER
