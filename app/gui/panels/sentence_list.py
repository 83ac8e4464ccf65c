"""Sentences under each other, each with its glyph: the In words panel and the findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.gui.panels.chip import GlyphLabel
from app.gui.panels.flow_text import FlowText, Span
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE_MEDIUM, SPACE_TINY


@dataclass(frozen=True, slots=True)
class Item:
    """`line` (1-based, of the text that ran) is where a click leads; None leads nowhere."""

    glyph: Glyph
    tone: ToneKey | None
    spans: tuple[Span, ...]
    line: int | None = None


class SentenceList(QScrollArea):
    itemChosen = Signal(int)
    """The number of the item that was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: list[Item] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.set_items(self._items)

    def set_items(self, items: Sequence[Item]) -> None:
        self._items = list(items)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_TINY, SPACE_MEDIUM, SPACE_TINY)
        column.setSpacing(0)
        for number, item in enumerate(items):
            if number:
                column.addWidget(_divider())
            row = _Row(self._theme, item)
            row.clicked.connect(lambda number=number: self.itemChosen.emit(number))
            column.addWidget(row)
        column.addStretch(1)
        self.setWidget(body)

    @property
    def texts(self) -> list[str]:
        return ["".join(span.text for span in item.spans) for item in self._items]

    def item(self, number: int) -> Item:
        return self._items[number]

    def wanted_height(self) -> int:
        """What it takes to show every item at the present width."""
        body = self.widget()
        return body.heightForWidth(self.width()) if body else 0


class _Row(QWidget):
    clicked = Signal()

    def __init__(self, theme: Theme, item: Item) -> None:
        super().__init__()
        self._leads = item.line is not None
        if self._leads:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 6)
        row.setSpacing(10)
        glyph = GlyphLabel(theme, item.glyph, item.tone)
        sign = QVBoxLayout()
        sign.setContentsMargins(0, 2, 0, 0)
        sign.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(sign)
        text = FlowText(theme)
        text.set_spans(item.spans)
        row.addWidget(text, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._leads:
            self.clicked.emit()


def _divider() -> QFrame:
    line = QFrame()
    line.setProperty("divider", True)
    line.setFixedHeight(1)
    return line
