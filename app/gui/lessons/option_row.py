"""An option of a lesson's question: a card, and below it the answer from the trace."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.gui.asking.cards import OptionCard
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.flow_text import FlowText, spans_of
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_SMALL, SPACE_TINY
from app.session.asking.questions import Option
from app.session.language import tr
from app.session.lectures.questions import Answer
from app.session.look.marks import GUESSES

_GLYPH = 14
_UNKNOWN: Glyph = "info"


class OptionRow(QWidget):
    """The card that a room is asked with.  Several can be chosen at a time.

    After the run a sign, yes or no, and the reason are shown below it.
    """

    toggled = Signal()

    def __init__(self, theme: Theme, option: str, key: int) -> None:
        super().__init__()
        self.option = option
        self.card = OptionCard(theme, Option(option, "", "covered"), key, is_code=True)
        self.card.set_parts(bar=False, number=False)
        self.card.toggled.connect(self.toggled)
        self._sign = GlyphLabel(theme, "check", None, _GLYPH)
        self._verdict = FlowText(theme, FONT_SECONDARY)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, SPACE_TINY)
        grid.setHorizontalSpacing(SPACE_SMALL)
        grid.setVerticalSpacing(SPACE_TINY)
        grid.addWidget(self.card, 0, 0, 1, 2)
        grid.addWidget(self._sign, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._verdict, 1, 1)
        grid.setColumnStretch(1, 1)
        self.clear_verdict()

    def set_theme(self, theme: Theme) -> None:
        for part in (self.card, self._sign, self._verdict):
            part.set_theme(theme)

    def clear_verdict(self) -> None:
        self._sign.hide()
        self._verdict.hide()

    def show_verdict(self, answer: Answer) -> None:
        """Show an answer, with a check if it is as the user chose, else with two arrows."""
        text, glyph = answer.reason, _UNKNOWN
        if answer.holds is not None:
            text = (tr("Yes. {why}") if answer.holds else tr("No. {why}")).format(why=text)
            glyph = GUESSES["right" if self.is_right(answer) else "other"]
        self._sign.set_glyph(glyph, None)
        self._verdict.set_spans(spans_of(text))
        self._sign.show()
        self._verdict.show()

    def is_right(self, answer: Answer) -> bool:
        return answer.holds == self.card.isChecked()

    @property
    def verdict(self) -> str:
        return "" if self._verdict.isHidden() else self._verdict.text
