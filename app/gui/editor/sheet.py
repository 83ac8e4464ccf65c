"""One text that is being edited: its history of edits, and what its last run made of its lines.

The editor shows one sheet at a time; the others keep everything until it is their turn again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from app.contract.records import Edit
from app.gui.editor.document_layout import SpacedLayout
from app.gui.editor.highlighter import PythonHighlighter
from app.gui.editor.marks import Mark, carry_over
from app.gui.editor.units import units
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import EDITOR_LINE_HEIGHT
from app.session.underlines import Underline

MARGIN = 8


class Sheet(QObject):
    """Lines are 1-based.  Marks are those of the text that ran; lines that stayed keep theirs."""

    edited = Signal()
    """The text is another one: colours that change are no edit."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = QTextDocument(self)
        self.layout = SpacedLayout(self.document, EDITOR_LINE_HEIGHT)
        self.document.setDocumentLayout(self.layout)
        self.document.setDocumentMargin(MARGIN)
        self._theme = theme
        self._highlighter = PythonHighlighter(self.document, theme)
        self.cursor = QTextCursor(self.document)
        """Where the editor's cursor stood when this sheet was last shown."""
        self.scrolled = (0, 0)
        self.text = ""
        self.is_stale = False
        """The text was edited since its run."""
        self.underlines: tuple[Underline, ...] = ()
        """Of the text that ran."""
        self.selected_lines: frozenset[int] = frozenset()
        self._marks: Mapping[int, Mark] = {}
        self._glyphs: set[Glyph | None] = set()
        self._marked_text: list[str] = [""]
        self._kept: dict[int, int] = {0: 0}
        self.document.contentsChanged.connect(self._on_contents)
        self.document.setModified(False)

    def set_theme(self, theme: Theme) -> None:
        if theme is not self._theme:
            self._theme = theme
            self._highlighter.set_theme(theme)

    def load_colours(self) -> None:
        """To be called when the text has been painted without any."""
        self._highlighter.load()

    def replace_text(self, text: str) -> None:
        """Another text, as a new document without a history of edits."""
        before, self.text = self.text, ""  # Qt moves the cursor before it tells of the new one
        self.document.setPlainText(text)
        if before and not text:
            self._carry_over()
            self.edited.emit()
        self.document.setModified(False)
        self.cursor = QTextCursor(self.document)
        self.scrolled = (0, 0)

    def change_text(self, text: str) -> None:
        """Another text, as one edit that can be undone."""
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        cursor.endEditBlock()

    def apply(self, edits: Sequence[Edit]) -> None:
        """Edits of the text as it stands, which do not overlap, as one that can be undone."""
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        for edit in sorted(edits, key=lambda one: (one.line, one.column), reverse=True):
            cursor.setPosition(self._position(edit.line, edit.column))
            end = self._position(edit.end_line, edit.end_column)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(edit.text)
        cursor.endEditBlock()

    def _position(self, line: int, column: int) -> int:
        block = self.block(line)
        return block.position() + units(block.text(), column)

    @property
    def is_modified(self) -> bool:
        return self.document.isModified()

    def block(self, number: int) -> QTextBlock:
        return self.document.findBlockByNumber(number - 1)

    def is_quoted(self, block: QTextBlock, column: int) -> bool:
        """Whether the character before a column (of characters) is in a string or a comment."""
        from app.gui.editor.lexing import line_roles  # loaded when there is text to read

        roles, _ = line_roles(block.text(), max(0, block.previous().userState()))
        return any(
            start < column <= start + length and role in ("string", "comment")
            for start, length, role in roles
        )

    # ------------------------------------------------------------------------------- marks

    def set_marks(self, marks: Mapping[int, Mark], text: str) -> None:
        """What a run of `text` made of its lines."""
        self._marks = marks
        self._glyphs = {mark.glyph for mark in marks.values()}
        self._marked_text = text.split("\n")
        self._carry_over()

    @property
    def has_marks(self) -> bool:
        return bool(self._marks)

    def has_glyph(self, glyph: Glyph) -> bool:
        """Whether a line bears this glyph."""
        return glyph in self._glyphs

    def mark(self, number: int) -> Mark | None:
        """The mark of a line as it stands now; None where the line was changed since the run."""
        old = self._kept.get(number - 1)
        return None if old is None else self._marks.get(old + 1)

    def line_now(self, number: int) -> int | None:
        """Where a line of the text that ran stands now, if it is still there."""
        return next((new + 1 for new, old in self._kept.items() if old == number - 1), None)

    def line_then(self, number: int) -> int | None:
        """Which line of the text that ran this line is, if it was there unchanged."""
        old = self._kept.get(number - 1)
        return None if old is None else old + 1

    def _on_contents(self) -> None:
        text = self.document.toPlainText()
        if text != self.text:
            self.text = text
            self._carry_over()
            self.edited.emit()

    def _carry_over(self) -> None:
        lines = self.text.split("\n")
        self._kept = carry_over(self._marked_text, lines)
        self.is_stale = lines != self._marked_text
