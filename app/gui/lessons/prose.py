"""A view of Markdown in the program's fonts, as high as its text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QMouseEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
    QTextLength,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family, ui_font
from app.gui.theme.metrics import FONT_BASE
from app.session.language import tr
from app.session.lectures.lecture import words_like

_LINE_PERCENT = 140.0
_PARAGRAPH_GAP = 8
_HEADING_GAP = 14
_CODE_SHARE = 12 / 13
"""The size of code relative to words: fixed-width letters look larger at the same size."""


_OBJECT = "\ufffc"
"""The character of a picture in the text of a document."""


class Prose(QTextBrowser):
    """Wraps at its width and never scrolls: its container does.  Its text can be selected."""

    wordPressed = Signal(str, int)
    """A word was clicked: the word, and how often it comes before in the text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._markdown = ""
        self.setAccessibleName(tr("Text of the lesson"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setOpenExternalLinks(True)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._set()

    def show_markdown(self, text: str) -> None:
        if text != self._markdown:
            self._markdown = text
            self._set()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or self.textCursor().hasSelection():
            return
        if not self.anchorAt(at):
            cursor = self.cursorForPosition(at)
            cursor.select(QTextCursor.SelectionType.WordUnderCursor)
            word, before = cursor.selectedText(), self.toPlainText()[: cursor.selectionStart()]
            self.wordPressed.emit(word, len(words_like(word, before)))

    def _set(self) -> None:
        document = self.document()
        document.setDefaultFont(ui_font(FONT_BASE))
        document.setMarkdown(self._markdown, QTextDocument.MarkdownFeature.MarkdownNoHTML)
        self._space_lines()
        self._tint(self._code(), self._code_look())
        self._tint(self._links(), self._link_look())
        self._tint(self._pieces(QTextCharFormat.isImageFormat), _picture_look())
        self._fit()

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        spacing = QTextBlockFormat()
        kind = QTextBlockFormat.LineHeightTypes.ProportionalHeight
        spacing.setLineHeight(_LINE_PERCENT, kind.value)
        spacing.setBottomMargin(_PARAGRAPH_GAP)
        cursor.mergeBlockFormat(spacing)
        block = self.document().begin()
        while block.isValid():
            own = QTextBlockFormat()
            if block.blockFormat().headingLevel() > 1:
                own.setTopMargin(_HEADING_GAP)
            if _OBJECT in block.text():  # a share of a picture's height would be a gap below it
                own.setLineHeight(0, QTextBlockFormat.LineHeightTypes.SingleHeight.value)
            QTextCursor(block).mergeBlockFormat(own)
            block = block.next()

    def _code_look(self) -> QTextCharFormat:
        """Return our font and a background for code: Qt's Markdown has another font and none."""
        look = QTextCharFormat()
        look.setFontFamilies([mono_family()])
        look.setProperty(QTextCharFormat.Property.FontPixelSize, round(FONT_BASE * _CODE_SHARE))
        look.setBackground(self._theme.colors.hover)
        return look

    def _link_look(self) -> QTextCharFormat:
        """Return our colour for links: Qt's Markdown chooses one for light grounds."""
        look = QTextCharFormat()
        look.setForeground(self._theme.tone("gradient").text)
        return look

    def _tint(self, pieces: list[tuple[int, int]], look: QTextCharFormat) -> None:
        for start, end in pieces:
            cursor = QTextCursor(self.document())
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(look)

    def _code(self) -> list[tuple[int, int]]:
        return self._pieces(lambda look: _is_fixed(look.font()))

    def _links(self) -> list[tuple[int, int]]:
        return self._pieces(QTextCharFormat.isAnchor)

    def _pieces(self, are_meant: Callable[[QTextCharFormat], bool]) -> list[tuple[int, int]]:
        """Return start and end of the pieces of text that look as asked for."""
        found = []
        block = self.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                fragment = pieces.fragment()
                if are_meant(fragment.charFormat()):
                    start = fragment.position()
                    found.append((start, start + fragment.length()))
                pieces += 1
            block = block.next()
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(round(self.document().size().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 0)


def _picture_look() -> QTextImageFormat:
    """Return the format of a picture: at most as wide as the text."""
    look = QTextImageFormat()
    look.setMaximumWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    return look


def _is_fixed(font: QFont) -> bool:
    return font.fixedPitch() or font.styleHint() == QFont.StyleHint.Monospace
