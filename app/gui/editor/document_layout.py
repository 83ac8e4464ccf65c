"""A plain text document whose lines are 24 px high.

`QPlainTextDocumentLayout` knows no line height: a line is as high as its font.  It asks for each
block's rectangle through a virtual method, though, so a higher rectangle spreads the lines, and
moving the text down inside it centres them.  Lines are never wrapped, so a block is one line.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QTextBlock, QTextDocument
from PySide6.QtWidgets import QPlainTextDocumentLayout


class SpacedLayout(QPlainTextDocumentLayout):
    def __init__(self, document: QTextDocument, line_height: int) -> None:
        super().__init__(document)
        self.line_height = line_height

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        if rect.isNull() or not layout.lineCount():
            return rect
        line = layout.lineAt(0)
        line.setPosition(QPointF(line.x(), (self.line_height - line.height()) / 2))
        rect.setHeight(self.line_height)
        return rect
