"""An option of a lesson's question: a check box, then the answer from the trace."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from app.gui.panels.chip import GlyphLabel
from app.gui.panels.flow_text import FlowText, spans_of
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_SMALL, SPACE_TINY
from app.session.language import paragraph, tr
from app.session.lectures.questions import Answer

_GLYPH = 14


class OptionRow(QWidget):
    """A check box; after the run a sign, a word and the reason are shown below it."""

    toggled = Signal()

    def __init__(self, theme: Theme, option: str) -> None:
        super().__init__()
        self.option = option
        self.box = QCheckBox(option.replace("&", "&&"))
        self.box.setProperty("code", True)
        self.box.toggled.connect(self.toggled)
        self._sign = GlyphLabel(theme, "check", "recorded", _GLYPH)
        self._verdict = FlowText(theme, FONT_SECONDARY)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, SPACE_TINY)
        grid.setHorizontalSpacing(SPACE_SMALL)
        grid.setVerticalSpacing(SPACE_TINY)
        grid.addWidget(self.box, 0, 0, 1, 2)
        grid.addWidget(self._sign, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._verdict, 1, 1)
        grid.setColumnStretch(1, 1)
        self.clear_verdict()

    def set_theme(self, theme: Theme) -> None:
        self._sign.set_theme(theme)
        self._verdict.set_theme(theme)

    def clear_verdict(self) -> None:
        self._sign.hide()
        self._verdict.hide()

    def show_verdict(self, answer: Answer, *, was_answered: bool) -> None:
        """Show an answer; `was_answered` is False if the user ran without ticking anything."""
        glyph, tone, word = self._sign_of(answer, was_answered)
        self._sign.set_glyph(glyph, tone)
        self._verdict.set_spans(spans_of(paragraph((word, answer.reason))))
        self._sign.show()
        self._verdict.show()

    def is_right(self, answer: Answer) -> bool:
        return answer.holds == self.box.isChecked()

    def _sign_of(self, answer: Answer, was_answered: bool) -> tuple[Glyph, ToneKey | None, str]:
        if answer.holds is None:
            return "info", None, ""
        if not was_answered:
            return ("check", None, tr("Yes.")) if answer.holds else ("minus", None, tr("No."))
        if self.is_right(answer):
            return "check", "recorded", tr("Right.")
        return "close", "cut", tr("Wrong.")

    @property
    def verdict(self) -> str:
        return "" if self._verdict.isHidden() else self._verdict.text
