"""Sentences under each other, each with its glyph: the findings, and the run in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.gui.panels.chip import GlyphLabel
from app.gui.panels.flow_text import FlowText, Span
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import SPACE_MEDIUM, SPACE_TINY


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence.  A click goes to `line` (1-based, of the text that ran), unless it is None.

    `action` is the text of a button below the sentence; "" for no button.
    """

    glyph: Glyph
    tone: ToneKey | None
    spans: tuple[Span, ...]
    line: int | None = None
    action: str = ""


class SentenceList(QScrollArea):
    """Its rows are reused."""

    itemChosen = Signal(int)
    """The number of the item that was clicked."""
    lineChosen = Signal(int)
    """The line of the text that ran, 1-based, of the item that was clicked."""
    placeChosen = Signal(int)
    """The spot of a place in a text that was clicked."""
    actionChosen = Signal(int)
    """The number of the item whose button was pressed."""

    def __init__(self, theme: Theme, title: str = "", name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self._theme = theme
        self._items: list[Item] = []
        self._rows: list[_Row] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(SPACE_MEDIUM, SPACE_TINY, SPACE_MEDIUM, SPACE_TINY)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(body)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for row in self._rows:
            row.set_theme(theme)

    def set_items(self, items: Sequence[Item]) -> None:
        self._items = list(items)
        while len(self._rows) < len(items):
            self._add_row()
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(items))
            if number < len(items):
                row.set_item(items[number])

    def _add_row(self) -> None:
        number = len(self._rows)
        row = _Row(self._theme, ruled=number > 0)
        row.clicked.connect(lambda: self._choose(number))
        row.acted.connect(lambda: self.actionChosen.emit(number))
        row.text.linkChosen.connect(self.placeChosen)
        self._column.insertWidget(number, row)
        self._rows.append(row)

    def _choose(self, number: int) -> None:
        self.itemChosen.emit(number)
        if (line := self._items[number].line) is not None:
            self.lineChosen.emit(line)

    @property
    def texts(self) -> list[str]:
        return ["".join(span.text for span in item.spans) for item in self._items]

    def item(self, number: int) -> Item:
        return self._items[number]

    def row(self, number: int) -> QWidget:
        return self._rows[number]

    def button(self, number: int) -> QPushButton | None:
        return self._rows[number].button

    def set_action_enabled(self, number: int, enabled: bool, reason: str = "") -> None:
        """Enable or disable the button of an item, if it has one; `reason` is its tooltip then."""
        button = self._rows[number].button
        if button is not None:
            button.setEnabled(enabled)
            button.setToolTip(reason)

    def wanted_height(self) -> int:
        """Return the height that shows every item at the current width."""
        width = self.width() - 2 * SPACE_MEDIUM
        rows = self._rows[: len(self._items)]
        return 2 * SPACE_TINY + sum(row.wanted_height(width) for row in rows)

    def reveal(self, number: int) -> None:
        """Scroll to an item."""
        self.ensureWidgetVisible(self._rows[number], 0, 0)


class _Row(QWidget):
    clicked = Signal()
    acted = Signal()

    def __init__(self, theme: Theme, *, ruled: bool) -> None:
        super().__init__()
        self._leads = False
        self._glyph = GlyphLabel(theme, "dot", None)
        self.text = FlowText(theme)
        self.button: QPushButton | None = None
        """Made when an item has an action for the first time."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if ruled:
            column.addWidget(_divider())
        content, sign, self._said = QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        column.addLayout(content)
        content.addLayout(sign)
        content.addLayout(self._said, 1)
        content.setContentsMargins(0, 6, 0, 6)
        content.setSpacing(10)
        sign.setContentsMargins(0, 2, 0, 0)
        sign.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignTop)
        self._said.setSpacing(SPACE_TINY)
        self._said.addWidget(self.text)

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)
        self.text.set_theme(theme)

    def set_item(self, item: Item) -> None:
        self._glyph.set_glyph(item.glyph, item.tone)
        self.text.set_spans(item.spans)
        self._offer(item.action)
        self._leads = item.line is not None
        shape = Qt.CursorShape.PointingHandCursor if self._leads else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def _offer(self, action: str) -> None:
        if self.button is None and action:
            self.button = QPushButton()
            self.button.clicked.connect(self.acted)
            self._said.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        if self.button is not None:
            self.button.setVisible(bool(action))
            self.button.setText(action or self.button.text())
            self.button.setAccessibleName(self.button.text())
            self.button.setAccessibleDescription(self.text.text)

    def wanted_height(self, width: int) -> int:
        """Return its height at a width; valid right after `set_item`, before any layout."""
        layout = self.layout()
        assert layout is not None
        layout.activate()  # else the layouts inside it answer for the item before
        return layout.heightForWidth(width)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the release goes elsewhere

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._leads and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


def _divider() -> QFrame:
    line = QFrame()
    line.setProperty("divider", True)
    line.setFixedHeight(1)
    return line
