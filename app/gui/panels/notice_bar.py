"""A notice above the editor with buttons: a file changed, unsaved text was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.gui.panels.chip import GlyphLabel
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL

Choice = tuple[str, Callable[[], object]]
"""The text of a button, and what it does."""


class NoticeBar(QWidget):
    """Takes no focus, so that typing continues."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("noticeBar")
        self.setProperty("notice", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._glyph = GlyphLabel(theme, "info", "gradient", 14)
        self._text = QLabel(wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, 6, SPACE_SMALL, 6)
        self._row.setSpacing(SPACE_SMALL)
        self._row.addWidget(self._glyph)
        self._row.addWidget(self._text, 1)
        self._buttons: list[QPushButton] = []
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)

    def show_notice(self, text: str, choices: Sequence[Choice]) -> None:
        if text == self.text:
            return
        for button in self._buttons:
            button.deleteLater()
        self._buttons = [self._button(word, work) for word, work in choices]
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _button(self, word: str, work: Callable[[], object]) -> QPushButton:
        button = QPushButton(word)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: work())
        self._row.addWidget(button)
        return button

    @property
    def text(self) -> str:
        """Its text; empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    @property
    def choices(self) -> list[str]:
        return [button.text() for button in self._buttons]
