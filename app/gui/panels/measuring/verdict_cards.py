"""What a measurement shows, a card for each sentence with its first words bold."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.gui.panels.chip import GlyphLabel
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.measuring.words import MeasuringVerdict


class VerdictCards(QWidget):
    """Its rows are made again for each measurement: there are few of them, seldom."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._verdicts: Sequence[MeasuringVerdict] = ()
        self._card = QFrame()
        self._card.setProperty("card", True)
        self._rows = QVBoxLayout(self._card)
        self._rows.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
        self._rows.setSpacing(SPACE_SMALL)
        self._glyphs: list[GlyphLabel] = []
        self._shown: list[QWidget] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._card)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for glyph in self._glyphs:
            glyph.set_theme(theme)

    def show_verdicts(self, verdicts: Sequence[MeasuringVerdict]) -> None:
        self._verdicts = verdicts
        for row in self._shown:
            row.hide()
            row.deleteLater()
        self._glyphs.clear()
        self._shown = [self._row(verdict) for verdict in verdicts]
        for row in self._shown:
            self._rows.addWidget(row)
        self.setVisible(bool(verdicts))

    @property
    def texts(self) -> list[str]:
        return [verdict.text for verdict in self._verdicts]

    def _row(self, verdict: MeasuringVerdict) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_SMALL)
        sign, tone = _sign(verdict)
        glyph = GlyphLabel(self._theme, sign, tone)
        self._glyphs.append(glyph)
        text = QLabel(f"<b>{escape(verdict.answer)}</b> {escape(verdict.reason)}", wordWrap=True)
        text.setProperty("secondary", True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setAccessibleName(verdict.text)
        text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        return holder


def _sign(verdict: MeasuringVerdict) -> tuple[Glyph, ToneKey | None]:
    if verdict.about == "failure":
        return "warning", "cut"
    if verdict.finds is None:
        return "waiting", None
    return ("check" if verdict.finds else "approx"), None
