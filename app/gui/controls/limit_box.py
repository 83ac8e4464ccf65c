"""A field for a number with a unit, in which some numbers are shown as words."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QValidator
from PySide6.QtWidgets import QSpinBox, QStyle, QStyleOptionSpinBox

from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import BUTTON_HEIGHT, SPACE_SMALL
from app.session.language import tr

_WIDTH = 180
_MOST = 1_000_000
_ARROW = 10


class LimitBox(QSpinBox):
    """`words` names numbers: {0: "no limit"}.  Arrows and keys change the value, or type it."""

    def __init__(self, value: int, unit: str, step: int, words: Mapping[int, str]) -> None:
        super().__init__()
        self.setProperty("arrows", True)
        self._unit, self._words = unit, words
        self.setRange(min(words, default=0), _MOST)
        self.setSingleStep(step)
        self.setFixedSize(_WIDTH, BUTTON_HEIGHT)
        self.lineEdit().setTextMargins(SPACE_SMALL, 0, SPACE_SMALL, 0)
        self.setToolTip(tr("Up and Down change it"))
        self.setValue(value)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the arrows, too: a style sheet takes them from files only."""
        super().paintEvent(event)
        painter, option = QPainter(self), QStyleOptionSpinBox()
        self.initStyleOption(option)
        arrows: tuple[tuple[Glyph, QStyle.SubControl], ...] = (
            ("chevron_up", QStyle.SubControl.SC_SpinBoxUp),
            ("chevron_down", QStyle.SubControl.SC_SpinBoxDown),
        )
        spin_box, color = QStyle.ComplexControl.CC_SpinBox, self.palette().text().color()
        for glyph, part in arrows:
            area = QRectF(0, 0, _ARROW, _ARROW)
            place = self.style().subControlRect(spin_box, option, part, self)
            area.moveCenter(place.toRectF().center())
            paint_glyph(painter, glyph, area, color)
        painter.end()

    def textFromValue(self, value: int) -> str:
        return self._words.get(value, f"{value} {self._unit}")

    def valueFromText(self, text: str) -> int:
        named = next((value for value, word in self._words.items() if word == text), None)
        digits = "".join(letter for letter in text if letter.isdigit())
        return named if named is not None else int(digits or 0)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position


def limit_words(value: int, unit: str) -> str:
    return f"{value} {unit}" if value else tr("no limit")
