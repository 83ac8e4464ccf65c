"""A plain text document whose lines are 24 px high, and those that begin a cell 28.

`QPlainTextDocumentLayout` knows no line height: a line is as high as its font.  It asks for each
block's rectangle through a virtual method, though, so a higher rectangle spreads the lines, and
moving the text down inside it centres them.  Lines are never wrapped, so a block is one line.

A line of a million characters would take a fifth of a second at each key.  Of a long line only the
beginning is laid out, and more only where the cursor is further on, since Qt needs its place.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTextBlock, QTextDocument, QTextOption
from PySide6.QtWidgets import QPlainTextDocumentLayout

from app.session.cells.marks import is_mark

LONGEST = 10_000
"""Units of a line that are laid out."""
_NOTE = 240
"""Pixels after them for the note that says how many more there are."""


class SpacedLayout(QPlainTextDocumentLayout):
    def __init__(self, document: QTextDocument, line_height: int, head_height: int) -> None:
        super().__init__(document)
        self.line_height, self.head_height = line_height, head_height
        self._document = document
        """`document()` would have Python take it for a child of its layout."""
        self.gone_around: Callable[[int], tuple[int, int]] = lambda number: (0, 0)
        """Returns how many lines of another text have room above a line, and below it."""
        self.cursor: Callable[[], int] = lambda: 0
        """Returns the position of the cursor."""
        self._long: dict[int, tuple[QTextBlock, int]] = {}
        """The long lines that were laid out, with their lengths then."""
        self._widest = 0.0
        """The width of the widest of them."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        if block.length() > LONGEST:
            self._lay_out(block)
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        if rect.isNull() or not layout.lineCount():
            return rect
        line = layout.lineAt(0)
        may_be_head = self._document.characterAt(block.position()) == "#"
        is_head = may_be_head and is_mark(block.text())
        height = self.head_height if is_head else self.line_height
        above, below = self.gone_around(block.blockNumber() + 1)
        top = above * self.line_height + (height - line.height()) / 2
        line.setPosition(QPointF(line.x(), top))
        rect.setHeight(height + (above + below) * self.line_height)
        return rect

    def documentSize(self) -> QSizeF:
        return super().documentSize().expandedTo(QSizeF(self._widest, 0))

    def documentChanged(self, start: int, removed: int, added: int) -> None:
        """Forget where lines lay; Qt lays a single one that changed out as a whole, at once."""
        for block, length in self._long.values():
            first, now = block.position(), block.length()
            is_within = start + removed <= first + length and start + added <= first + now
            if first <= start and is_within and now == length - removed + added > LONGEST:
                self._long = {block.fragmentIndex(): (block, now)}
                block.clearLayout()
                self.updateBlock.emit(block)
                return
        self._long, self._widest = {}, 0.0
        super().documentChanged(start, removed, added)

    def _lay_out(self, block: QTextBlock) -> None:
        self._long[block.fragmentIndex()] = QTextBlock(block), block.length()
        layout, last = block.layout(), block.length() - 1
        cursor = self.cursor() - block.position()
        reach = cursor + 1 if LONGEST <= cursor < last else 0
        if layout.lineCount() and layout.lineAt(0).textLength() >= reach:
            return
        option = QTextOption(self._document.defaultTextOption())
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        margin = self._document.documentMargin()
        layout.setTextOption(option)
        layout.setCacheEnabled(True)  # without it every paint reads the whole line again
        layout.beginLayout()
        line = layout.createLine()
        line.setLeadingIncluded(True)
        line.setNumColumns(reach + LONGEST)
        line.setPosition(QPointF(margin, 0))
        layout.endLayout()
        width = line.naturalTextWidth() + 2 * margin + _NOTE
        if width > self._widest:
            self._widest = width
            self.documentSizeChanged.emit(self.documentSize())
