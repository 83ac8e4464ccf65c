"""A plain text document whose lines are 24 px high, and those that begin a cell 28.

`QPlainTextDocumentLayout` knows no line height: a line is as high as its font.  It asks for each
block's rectangle through a virtual method, though, so a higher rectangle spreads the lines, and
moving the text down inside it centres them.  Lines are never wrapped, so a block is one line.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout

from app.session.cells.marks import is_mark


class SpacedLayout(QPlainTextDocumentLayout):
    def __init__(self, document: QTextDocument, line_height: int, head_height: int) -> None:
        super().__init__(document)
        self.line_height, self.head_height = line_height, head_height
        self.gone_around: Callable[[int], tuple[int, int]] = lambda number: (0, 0)
        """Returns how many lines of another text have room above a line, and below it."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        if rect.isNull() or not layout.lineCount():
            return rect
        line = layout.lineAt(0)
        text = block.text()
        height = self.head_height if text[:1] == "#" and is_mark(text) else self.line_height
        above, below = self.gone_around(block.blockNumber() + 1)
        top = above * self.line_height + (height - line.height()) / 2
        line.setPosition(QPointF(line.x(), top))
        rect.setHeight(height + (above + below) * self.line_height)
        return rect
