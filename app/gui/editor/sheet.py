"""An edited text with its undo history and the marks of its last run.

The editor shows one sheet at a time; the others keep everything until they are shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from app.contract.records import Cell, Edit
from app.contract.spots import line_and_file, spot
from app.gui.editor.highlighter import Highlighter
from app.gui.editor.marks import Mark, carry_over
from app.gui.editor.text.document_layout import SpacedLayout
from app.gui.editor.text.line_endings import endings_in, insert, keep_endings
from app.gui.editor.text.stand_ins import text_of, to_document
from app.gui.editor.text.units import units
from app.gui.theme import Theme
from app.gui.theme.glyphs import Glyph
from app.gui.theme.metrics import EDITOR_HEAD_HEIGHT, EDITOR_LINE_HEIGHT
from app.session.cells.marks import cell_at, cells_of, is_mark
from app.session.source.underlines import Underline

if TYPE_CHECKING:
    from app.gui.editor.lexing import Language

MARGIN = 8
NO_ENDINGS: Mapping[int, str] = MappingProxyType({})


class Sheet(QObject):
    """Lines are 1-based.  Marks are those of the text that ran; lines that stayed keep theirs.

    Lines of the text that ran are spots: a sheet shows one `file` of the run.
    """

    edited = Signal()
    """The text changed; changes of colours do not count."""
    refreshed = Signal()
    """It has other marks or underlines, or may be edited from now on, or no longer."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = QTextDocument(self)
        self.layout = SpacedLayout(self.document, EDITOR_LINE_HEIGHT, EDITOR_HEAD_HEIGHT)
        self.document.setDocumentLayout(self.layout)
        self.document.setDocumentMargin(MARGIN)
        self._theme = theme
        self._highlighter = Highlighter(self.document, theme)
        self.language: Language = "python"
        self.cursor = QTextCursor(self.document)
        """The editor's cursor when this sheet was last shown."""
        self.scrolled = (0, 0)
        self.text = ""
        self.cells: list[Cell] = []
        """The cells of the text as it is now."""
        self.file = 0
        """The number of its file in the run whose marks it has."""
        self.is_read_only = False
        self.is_stale = False
        """Whether the text was edited after its run."""
        self.underlines: tuple[Underline, ...] = ()
        """The underlines of the text that ran."""
        self.mistake: Underline | None = None
        """Why the text as it is now is not run; None again after the next change."""
        self.selected_lines: frozenset[int] = frozenset()
        self._marks: Mapping[int, Mark] = {}
        self._glyphs: set[Glyph | None] = set()
        self._marked_text: list[str] = [""]
        self._kept: dict[int, int] = {0: 0}
        self._gone: Mapping[int, tuple[int, int]] = {}
        self.layout.gone_around = self._gone_around
        self._is_changed = False
        """Whether letters changed since the text was read; Qt reports new colours too."""
        self._has_endings = False
        """Whether a line has ever had an ending of its own."""
        self.document.contentsChange.connect(self._on_change)
        self.document.contentsChanged.connect(self._on_contents)
        self.document.setModified(False)

    def set_theme(self, theme: Theme) -> None:
        if theme is not self._theme:
            self._theme = theme
            self._highlighter.set_theme(theme)

    def set_language(self, language: Language) -> None:
        self.language = language
        self._highlighter.set_language(language)

    def load_colours(self) -> None:
        """Load the highlighter; call it after the text has been painted without colours."""
        self._highlighter.load()

    def replace_text(self, text: str, endings: Mapping[int, str] = NO_ENDINGS) -> None:
        """Show another text, without an undo history.

        `endings` are the line endings, by line from 0, that differ from the file's others.
        """
        before = self.text
        self.text, self.cells = "", []  # Qt moves the cursor before it reports the new text
        self.document.setPlainText(to_document(text))
        self._has_endings = bool(endings)
        if endings:
            self.document.setUndoRedoEnabled(False)
            keep_endings(QTextCursor(self.document), endings)
            self.document.setUndoRedoEnabled(True)
        if before and not text:
            self._carry_over()
            self.edited.emit()
        self.document.setModified(False)
        self.cursor = QTextCursor(self.document)
        self.scrolled = (0, 0)
        for cell in self.cells:
            if cell.kind == "markdown":
                self.fold(cell, folded=True)

    def change_text(self, text: str, endings: Mapping[int, str] = NO_ENDINGS) -> None:
        """Change to another text in one undo step; equal lines are kept."""
        first, last, lines = _difference(self.text.split("\n"), text.split("\n"))
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        cursor.setPosition(self.document.findBlockByNumber(first).position())
        block = self.document.findBlockByNumber(last)
        cursor.setPosition(block.position() + block.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        insert(cursor, to_document("\n".join(lines)))
        self._has_endings |= bool(endings)
        if self._has_endings:
            keep_endings(cursor, endings)
        cursor.endEditBlock()

    @property
    def endings(self) -> dict[int, str]:
        """The line endings, by line from 0, that differ from the file's others."""
        return endings_in(self.document) if self._has_endings else {}

    def apply(self, edits: Sequence[Edit]) -> None:
        """Apply edits of the current text, which must not overlap, in one undo step."""
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        for edit in sorted(edits, key=lambda one: (one.line, one.column), reverse=True):
            cursor.setPosition(self._position(edit.line, edit.column))
            end = self._position(edit.end_line, edit.end_column)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            insert(cursor, to_document(edit.text))
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
        """Return whether the character before a column is in a string or a comment."""
        from app.gui.editor.lexing import line_roles  # loaded when there is text to read

        roles, _ = line_roles(block.text(), max(0, block.previous().userState()))
        return any(
            start < column <= start + length and role in ("string", "comment")
            for start, length, role in roles
        )

    # ------------------------------------------------------------------------------- cells

    def cell_at(self, number: int) -> Cell | None:
        """Return the cell of a line, from its mark on."""
        return cell_at(self.cells, number)

    def is_folded(self, cell: Cell) -> bool:
        """Return whether only the head of a text cell is seen."""
        return not self.block(cell.line).isVisible() and cell.end_line >= cell.line

    def fold(self, cell: Cell, *, folded: bool) -> None:
        """Hide or show the lines of a cell below its mark, and the blank lines at its end."""
        start = block = self.block(cell.line)
        while block.isValid() and not is_mark(block.text()):
            block.setVisible(not folded)
            block.setLineCount(0 if folded else 1)
            end, block = block.position() + block.length(), block.next()
        if start.isValid() and start != block:
            self.document.markContentsDirty(start.position(), end - start.position())
            self.layout.documentSizeChanged.emit(self.layout.documentSize())

    # ------------------------------------------------------------------------------- marks

    def set_marks(self, marks: Mapping[int, Mark], text: str, file: int = 0) -> None:
        """Set the marks of a run, by spot; `text` is what `file` had then."""
        self.file = file
        first, end = spot(file, 0), spot(file + 1, 0)
        self._marks = {at: mark for at, mark in marks.items() if first < at < end}
        self._glyphs = {mark.glyph for mark in self._marks.values()}
        self._marked_text = text.split("\n")
        self._carry_over()
        self.refreshed.emit()

    def set_gone(self, gone: Mapping[int, tuple[int, int]]) -> None:
        """Make room for so many lines of another text above each of these lines, and below it."""
        if gone != self._gone:
            self._gone = gone
            self.document.markContentsDirty(0, self.document.characterCount())
            self.layout.documentSizeChanged.emit(self.layout.documentSize())

    def _gone_around(self, number: int) -> tuple[int, int]:
        then = self.line_then(number) if self._gone else None
        return (0, 0) if then is None else self._gone.get(then, (0, 0))

    def set_underlines(self, underlines: Sequence[Underline]) -> None:
        """Set the underlines of errors and findings in the files that ran."""
        self.underlines = tuple(underlines)
        self.refreshed.emit()

    def set_read_only(self, on: bool) -> None:
        self.is_read_only = on
        self.refreshed.emit()

    @property
    def has_marks(self) -> bool:
        return bool(self._marks)

    def has_glyph(self, glyph: Glyph) -> bool:
        """Return whether a line has this glyph."""
        return glyph in self._glyphs

    def mark(self, number: int) -> Mark | None:
        """Return the mark of a line of the current text; None if it changed since the run."""
        then = self.line_then(number)
        return None if then is None else self._marks.get(then)

    def line_now(self, then: int) -> int | None:
        """Return the current number of the line at a spot, or None if it is not here or gone."""
        line, file = line_and_file(then)
        if file != self.file:
            return None
        return next((new + 1 for new, old in self._kept.items() if old == line - 1), None)

    def line_then(self, number: int) -> int | None:
        """Return the spot that a line had in the run, or None if it changed."""
        old = self._kept.get(number - 1)
        return None if old is None else spot(self.file, old + 1)

    def _on_change(self, start: int, removed: int, added: int) -> None:
        self._is_changed = True

    def _on_contents(self) -> None:
        if not self._is_changed:
            return
        self._is_changed = False
        text = text_of(self.document)
        if text != self.text:
            self.text = text
            self.cells = cells_of(text)
            self.mistake = None
            self._carry_over()
            self.edited.emit()

    def _carry_over(self) -> None:
        lines = self.text.split("\n")
        self._kept = carry_over(self._marked_text, lines)
        self.is_stale = lines != self._marked_text


def _difference(old: list[str], new: list[str]) -> tuple[int, int, list[str]]:
    """Return the first and the last line (from 0) of `old` that differ, and the new ones for them.

    >>> _difference(["a", "b", "c"], ["a", "x", "c"]), _difference(["a", "b"], ["a", "x", "b"])
    ((1, 1, ['x']), (1, 1, ['x', 'b']))
    """
    shortest = min(len(old), len(new)) - 1  # neither side is empty: a line at least is replaced
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return head, len(old) - tail - 1, new[head : len(new) - tail]
