"""The foot of the editor: what a line did in the run, and from where it was called."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.editor.marks import Mark
from app.gui.panels.chip import GlyphLabel
from app.gui.panels.verdict.chips import place_link
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL

_HEIGHT = 52


class LineNote(NamedTuple):
    """What is said of a line; the place from which it was called follows `called` as a link."""

    words: str
    mark: Mark | None = None
    called: str = ""
    place: int | None = None


class LineFoot(QWidget):
    """As high with one row of words as with two, so that the text above it stays."""

    placeChosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("lineFoot")
        self.setProperty("lineFoot", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._glyph = GlyphLabel(theme, "dot", None, 14)
        self._words, self._called = ElidedLabel(), ElidedLabel()
        self._called.setProperty("secondary", True)
        self.link: QToolButton | None = None
        """The place from which the line was called."""
        rows = QGridLayout(self)
        rows.setContentsMargins(SPACE, 6, SPACE, 6)
        rows.setHorizontalSpacing(SPACE_SMALL)
        rows.setVerticalSpacing(2)
        rows.addWidget(self._glyph, 0, 0)
        rows.addWidget(self._words, 0, 1)
        self._below = QHBoxLayout()
        rows.addLayout(self._below, 1, 1)
        self._below.setSpacing(SPACE_SMALL)
        self._below.addWidget(self._called, 1)
        self._below.addStretch(0)
        self.note = LineNote("")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)

    def show_note(self, note: LineNote) -> None:
        if note == self.note:
            return
        self.note = note
        mark = note.mark
        tone = None if mark is None or mark.tone == "plain" else mark.tone
        self._glyph.set_glyph("dot" if mark is None or mark.glyph is None else mark.glyph, tone)
        for label, text in ((self._words, note.words), (self._called, note.called)):
            label.setText(text)
            label.setToolTip(text)
            label.setVisible(bool(text))
        self._called.setMaximumWidth(self._called.fontMetrics().horizontalAdvance(note.called) + 2)
        if self.link is not None:
            self.link.deleteLater()
            self.link = None
        if (place := note.place) is not None:
            self.link = place_link(place)
            self.link.clicked.connect(lambda: self.placeChosen.emit(place))
            self._below.insertWidget(1, self.link)
