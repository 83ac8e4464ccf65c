"""The faces of a page, and about how wide texts will be: nobody knows the reader's fonts here.

The widths are those of Arial, which Helvetica and Liberation Sans share and which the page asks
for; fixed-width fonts differ by few hundredths.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.session.look.faces import faces
from app.session.look.measure import Measure

_ARIAL: Final = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
"""Widths of characters from the space on, in thousandths of the font's size."""
_OF_FORMULAS: Final = {"·": 333, "×": 584, "−": 584, "≤": 549, "≥": 549, "√": 549}
_NARROWEST: Final = min(_ARIAL)
_OTHER: Final = 667
_WIDE: Final = 1000
_MONO: Final = 610
_BOLDER: Final = 1.08
_FIRST_WIDE = "\u1100"
_SIGNS = "\u2000", "\u2e80"
"""Minus, dots, arrows: in a fixed-width font as wide as a letter."""


@dataclass(frozen=True, slots=True)
class PageFace:
    pixels: int
    bold: bool
    mono: bool

    def width(self, text: str) -> float:
        return _width(self, text)

    def elided(self, text: str, width: float) -> str:
        """`text`, with its middle left out where it is wider than `width`.

        However long the text, only as many letters are looked at as could fit.
        """
        most = int(width / (_NARROWEST / 1000 * self.pixels)) + 1
        if len(text) <= most and self.width(text) <= width:
            return text
        first, last = text[:most], text[-most:]

        def with_letters(kept: int) -> str:
            return f"{first[: (kept + 1) // 2]}…{last[len(last) - kept // 2 :]}"

        fitting = range(2, min(len(text), most + 1))
        kept = bisect_right(fitting, width, key=lambda kept: self.width(with_letters(kept))) + 1
        return with_letters(kept) if kept > 1 else "…"


@lru_cache(maxsize=20_000)
def _width(face: PageFace, text: str) -> float:
    thousandths = sum(_letter(letter, face.mono) for letter in text)
    return thousandths / 1000 * face.pixels * (_BOLDER if face.bold and not face.mono else 1.0)


def _letter(letter: str, mono: bool) -> int:
    is_sign = _SIGNS[0] <= letter < _SIGNS[1]
    if not mono and letter in _OF_FORMULAS:
        return _OF_FORMULAS[letter]
    if letter >= _FIRST_WIDE and not (mono and is_sign):
        return _WIDE
    if mono:
        return _MONO
    place = ord(letter) - 32
    return _ARIAL[place] if 0 <= place < len(_ARIAL) else _OTHER


FACES: Final = faces(PageFace)
MEASURE: Final = Measure(FACES)
"""The sizes of things in these faces."""
