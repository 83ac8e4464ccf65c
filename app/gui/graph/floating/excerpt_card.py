"""Says what is lit while the rest of the graph is dimmed, and leads back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.graph.floating.overlay import CardFrame
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr

_MOST_WIDTH: Final = 440
_ICON: Final = 14


class ExcerptCard(CardFrame):
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("excerptCard")
        self._words = QLabel(self, wordWrap=True)
        self._words.setFont(ui_font(FONT_SECONDARY))
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton(self)
        self._close.setObjectName("excerptClose")
        self._close.setToolTip(tr("Show everything (Esc)"))
        self._close.setAccessibleName(tr("Show everything"))
        self._close.setProperty("flat", True)
        self._close.setIconSize(QSize(_ICON, _ICON))
        self._close.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self._words)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._room = QRect()
        self.hide()
        self.set_theme(theme)

    @property
    def words(self) -> str:
        """What is lit; empty where nothing is."""
        return self._words.text()

    def say(self, words: str) -> None:
        """Show these words; none hides the card."""
        self._words.setText(words)
        self._words.setToolTip(tooltip_of(words))
        self.setAccessibleName(words)
        self.setVisible(bool(words))
        self.fit(self._room)

    def fit(self, room: QRect) -> None:
        """Move to the bottom right corner of `room`."""
        self._room = room
        wanted = self._words.fontMetrics().horizontalAdvance(self.words) + 64
        width = min(room.width(), _MOST_WIDTH, wanted)
        height = max(self.sizeHint().height(), self.heightForWidth(width))
        self.setGeometry(room.right() - width + 1, room.bottom() - height + 1, width, height)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._words.setStyleSheet(f"color: {theme.colors.text.name()}; background: transparent;")
        self._close.setIcon(theme.icon("close", size=_ICON))
