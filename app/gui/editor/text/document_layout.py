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
from PySide6.QtGui import QTextBlock, QTextDocument, QTextLayout, QTextOption
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
        self._count = document.blockCount()
        self._widest = 0.0
        """The width of the widest long line that was laid out."""

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
        """Forget where lines were; Qt would lay out a single one that changed, as a whole."""
        before, self._count = self._count, self._document.blockCount()
        block = self._document.findBlock(start)
        is_alone = block.contains(start + max(0, added - 1)) and self._count == before
        if is_alone and block.length() > LONGEST:
            block.clearLayout()
            self.updateBlock.emit(block)
            return
        self._widest = 0.0
        super().documentChanged(start, removed, added)

    def _lay_out(self, block: QTextBlock) -> None:
        layout, last, margin = block.layout(), block.length() - 1, self._document.documentMargin()
        cursor = self.cursor() - block.position()
        reach = cursor + 1 if LONGEST <= cursor < last else 0
        if not layout.lineCount() or layout.lineAt(0).textLength() < reach:
            self._begin_line(layout, margin, reach + LONGEST)
        width = layout.lineAt(0).naturalTextWidth() + 2 * margin + _NOTE
        if width > self._widest:
            self._widest = width
            self.documentSizeChanged.emit(self.documentSize())

    def _begin_line(self, layout: QTextLayout, margin: float, count: int) -> None:
        """Lay out the first `count` units of a line."""
        option = QTextOption(self._document.defaultTextOption())
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)  # without it every paint reads the whole line again
        layout.beginLayout()
        line = layout.createLine()
        line.setLeadingIncluded(True)
        line.setNumColumns(count)
        line.setPosition(QPointF(margin, 0))
        layout.endLayout()
