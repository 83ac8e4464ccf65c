"""The editor: the snippet's text, with marks of the last run beside each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextLine,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip

from app.contract.records import Cell
from app.gui.controls.tooltips import tooltip_of
from app.gui.editor import cell_heads, underlining
from app.gui.editor.changes import Changes, gone, tone_of
from app.gui.editor.editing import brackets, keys
from app.gui.editor.editing.pairs import Pairs
from app.gui.editor.gutter import Gutter
from app.gui.editor.line_paint import paint_behind, paint_notes
from app.gui.editor.marks import Mark
from app.gui.editor.pointing import LinePointing
from app.gui.editor.sheet import MARGIN, NO_ENDINGS, Sheet
from app.gui.editor.text.exact_text_edit import ExactTextEdit
from app.gui.editor.text.units import characters, column_of, units
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family, mono_font, quoted, ui_font
from app.gui.theme.metrics import (
    EDITOR_HEAD_HEIGHT,
    EDITOR_LINE_HEIGHT,
    FONT_BASE,
    FONT_SECONDARY,
    FONT_SMALL,
)
from app.session.comparing.texts import LineChange
from app.session.language import tr
from app.session.source.kept_notes import LineBytes
from app.session.source.underlines import Underline

_SMALLEST, _LARGEST = 9, 40
_MARGIN_OF_CODE = 12


@dataclass(frozen=True, slots=True)
class VisibleLine:
    """A visible line: its 1-based number, its place in the viewport and its mark."""

    number: int
    top: float
    height: float
    block: QTextBlock
    mark: Mark | None
    is_current: bool
    label: int
    """Its number in its cell, or in the text where that has no cells."""
    head_of: Cell | None = None
    """The cell that begins with this line."""


class CodeEditor(ExactTextEdit):
    lineClicked = Signal(int)
    """A line (1-based) was clicked, in the gutter or in the text."""
    edited = Signal()
    """The text changed: by an edit, or because another sheet is shown."""
    refused = Signal()
    """The user tried to type while the text is read-only."""
    typed = Signal(str)
    """The text that a key has inserted."""
    sheetChanged = Signal()
    """Another sheet is shown."""
    runToHere = Signal(int)
    """The cell with this line (1-based) is to be the last that runs."""
    switchClicked = Signal(int)
    """The switch of a line (1-based) was clicked."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.scale = 1.0
        self.sheet = Sheet(theme, self)
        self.explainer: Callable[[int, int], str] | None = None
        """Returns rich text about the name at a line (1-based) and column of the text that ran."""
        self.hits: tuple[tuple[int, int], ...] = ()
        self.changes: Changes = {}
        self._struck: Sequence[Sheet] = ()
        """The sheets that may have room for lines of a pinned text."""
        self.switches: Mapping[int, str] = {}
        """The lines that say something about recording, and what: "no_grad"."""
        self.switched_off: frozenset[int] = frozenset()
        """Those that the next run leaves out."""
        self.turning: frozenset[int] = frozenset()
        """The lines whose marks are turned over, and the share of their width that is seen."""
        self.turning_width = 1.0
        self._protected_by: set[str] = set()
        self._running: tuple[int, str] | None = None
        self._kept_notes: Mapping[int, LineBytes] = {}
        self._revealed: int | None = None
        """The line of the text that was last scrolled to."""
        self.setObjectName("editor")
        self.setAccessibleName(tr("Snippet"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.gutter = Gutter(self)
        self.pointed_lines: frozenset[int] = frozenset()
        self.pointing = LinePointing(self)
        self._pairs = Pairs(self)
        self.blockCountChanged.connect(self._lay_out_gutter)
        self.updateRequest.connect(self._on_update)
        self.cursorPositionChanged.connect(self._on_cursor)
        self.verticalScrollBar().valueChanged.connect(self._quiet_again)
        self._pixels = FONT_BASE
        self._put_on(self.sheet)
        self.set_font_size(FONT_BASE)

    def show_sheet(self, sheet: Sheet) -> None:
        """Edit another text; its cursor, scrolling and undo history are restored."""
        if sheet is self.sheet:
            return
        before, self.sheet = self.sheet, sheet
        before.edited.disconnect(self._on_edit)
        before.refreshed.disconnect(self._follow_sheet)
        before.cursor = self.textCursor()
        before.scrolled = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._put_on(sheet)
        across, down = sheet.scrolled
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)
        self.sheetChanged.emit()
        self.edited.emit()

    def _put_on(self, sheet: Sheet) -> None:
        sheet.set_theme(self.theme)
        sheet.edited.connect(self._on_edit)
        sheet.refreshed.connect(self._follow_sheet)
        sheet.layout.cursor = lambda: self.textCursor().position()
        self.setDocument(sheet.document)
        self.setTextCursor(sheet.cursor)
        self._apply_font()
        self._follow_sheet()

    def set_protected(self, on: bool, by: str = "presentation") -> None:
        """Make all texts read-only, whatever their sheets say, as long as anybody wants that."""
        (self._protected_by.add if on else self._protected_by.discard)(by)
        self._follow_sheet()

    def turn(self, lines: frozenset[int], width: float) -> None:
        """Show the marks of these lines at a share of their width."""
        self.turning, self.turning_width = lines, width
        self.gutter.update()

    def _follow_sheet(self) -> None:
        is_read_only = bool(self._protected_by) or self.sheet.is_read_only
        if is_read_only != self.isReadOnly():
            self.setReadOnly(is_read_only)
        if self.sheet.is_read_only:  # Qt takes the cursor away
            keyboard = Qt.TextInteractionFlag.TextSelectableByKeyboard
            self.setTextInteractionFlags(self.textInteractionFlags() | keyboard)
        self._refresh()

    # -------------------------------------------------------------------------------- look

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.sheet.set_theme(theme)
        self._refresh()

    def set_font_size(self, pixels: int) -> None:
        """Set the font size, between 9 and 40 pixels; the height of lines follows."""
        pixels = max(_SMALLEST, min(_LARGEST, pixels))
        self.scale = pixels / FONT_BASE
        self._pixels = pixels
        # The window's style sheet sets a size for every widget, and wins over setFont.
        self.setStyleSheet(
            f"QPlainTextEdit {{ font-family: {quoted(mono_family())}; font-size: {pixels}px; }}"
        )
        self.number_font: QFont = mono_font(round(FONT_SECONDARY * self.scale))
        self.note_font: QFont = ui_font(max(FONT_SMALL, round(FONT_SMALL * self.scale)))
        space = QFontMetricsF(mono_font(pixels)).horizontalAdvance(" ")
        self.setTabStopDistance(keys.INDENT * space)
        self._apply_font()

    def _apply_font(self) -> None:
        """Apply the font to the shown sheet; others get it when they are shown."""
        document = self.document()
        document.setDefaultFont(mono_font(self._pixels))
        self.sheet.layout.line_height = round(EDITOR_LINE_HEIGHT * self.scale)
        self.sheet.layout.head_height = round(EDITOR_HEAD_HEIGHT * self.scale)
        document.markContentsDirty(0, document.characterCount())
        self._lay_out_gutter()

    @property
    def font_size(self) -> int:
        return self._pixels

    def zoom(self, steps: int) -> None:
        self.set_font_size(self._pixels + steps if steps else FONT_BASE)

    # ------------------------------------------------------------------------------- marks

    def set_marks(self, marks: Mapping[int, Mark], text: str) -> None:
        """Set the marks of a run of `text`, by line (1-based)."""
        self.sheet.set_marks(marks, text)

    def mark(self, number: int) -> Mark | None:
        """Return the mark of a line of the current text; None if it changed since the run."""
        mark, then = self.sheet.mark(number), self.sheet.line_then(number)
        if mark is None or then is None or (note := self._kept_notes.get(then)) is None:
            return mark
        return replace(mark, note=note.text, note_tone=note.status or "gradient")

    def show_kept(self, notes: Mapping[int, LineBytes]) -> None:
        """Show what lines keep for backward in place of their notes, by spot; or no longer."""
        self._kept_notes = notes
        self.viewport().update()

    @property
    def is_stale(self) -> bool:
        """Whether the text was edited after its run."""
        return self.sheet.is_stale

    @property
    def selected_lines(self) -> frozenset[int]:
        return self.sheet.selected_lines

    @property
    def line_count(self) -> int:
        """The number of lines, without an empty one at the end."""
        return self.blockCount() - (0 if self.document().lastBlock().text() else 1)

    @property
    def text_height(self) -> int:
        """The height that shows every line."""
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.maximum() > 0 else 0
        layout = self.sheet.layout
        of_heads = len(self.sheet.cells) * (layout.head_height - layout.line_height)
        lines = self.document().lineCount()  # without folded ones
        return lines * layout.line_height + of_heads + 2 * MARGIN + below

    def line_now(self, then: int) -> int | None:
        """Return the current number of the line at a spot, or None if it is not here or gone."""
        return self.sheet.line_now(then)

    def line_then(self, number: int) -> int | None:
        """Return the spot that a line had in the run, or None if it changed."""
        return self.sheet.line_then(number)

    def set_selected_lines(self, numbers: frozenset[int], *, reveal: bool = True) -> None:
        """Mark lines of the current text; scroll to the first."""
        self.sheet.selected_lines = numbers
        if numbers and reveal:
            self.reveal(min(numbers))
        self.viewport().update()
        self.gutter.update()

    def set_pointed_lines(self, numbers: frozenset[int]) -> None:
        """Highlight lines of the current text whose node is under the mouse."""
        if numbers != self.pointed_lines:
            self.pointed_lines = numbers
            self.viewport().update()
            self.gutter.update()

    def set_changes(self, changes: Changes, sheets: Sequence[Sheet]) -> None:
        """Mark in which lines the texts that ran differ from pinned ones.

        `sheets` have those texts; the one that is shown need not be among them.
        """
        rows = gone(changes)
        for sheet in self._struck:
            if sheet not in sheets:
                sheet.set_gone({})
        self._struck = tuple(sheets)
        for sheet in sheets:
            sheet.set_gone(rows)
        if changes != self.changes:
            self.changes = changes
            self._lay_out_gutter()
            self.viewport().update()
            self.gutter.update()

    def set_switches(self, switches: Mapping[int, str], off: frozenset[int]) -> None:
        """Offer a switch for lines that say something about recording."""
        if (switches, off) != (self.switches, self.switched_off):
            self.switches, self.switched_off = switches, off
            self.gutter.update()
            self.viewport().update()

    def changes_at(self, line: VisibleLine) -> Sequence[LineChange]:
        then = self.line_then(line.number) if self.changes else None
        return () if then is None else self.changes.get(then, ())

    def set_running(self, number: int | None, note: str = "") -> None:
        """Mark the line of a moment of the run; None for no line."""
        self._running = None if number is None else (number, note)
        if number is not None:
            self.reveal(number)
        self.viewport().update()
        self.gutter.update()

    @property
    def running_note(self) -> str:
        """The note at the end of the running line."""
        return self._running[1] if self._running is not None else ""

    def is_running(self, line: VisibleLine) -> bool:
        return self._running is not None and self._running[0] == line.number

    def set_underlines(self, underlines: Sequence[Underline]) -> None:
        """Set the underlines of errors and findings in the text that ran."""
        self.sheet.set_underlines(underlines)

    def set_mistake(self, mistake: Underline) -> None:
        """Underline why the text is not run, until it changes."""
        self.sheet.mistake = mistake
        self._show_extras()
        self.viewport().update()

    @property
    def error(self) -> Underline | None:
        return next((one for one in self.sheet.underlines if one.severity == "error"), None)

    # ------------------------------------------------------------------------------- lines

    def visible_lines(self) -> Iterator[VisibleLine]:
        block = self.firstVisibleBlock()
        offset = self.contentOffset()
        top = self.blockBoundingGeometry(block).translated(offset).top()
        current = self.textCursor().blockNumber()
        while block.isValid() and top <= self.viewport().height():
            height = self.blockBoundingRect(block).height()  # lays the line out, too
            if block.isVisible():
                layout = self.sheet.layout
                above, below = layout.gone_around(block.blockNumber() + 1)
                own = height - (above + below) * layout.line_height
                start = top + above * layout.line_height
                yield self._visible_line(block, start, own, block.blockNumber() == current)
            block = block.next()
            top += height

    def _visible_line(
        self, block: QTextBlock, top: float, height: float, is_current: bool
    ) -> VisibleLine:
        number = block.blockNumber() + 1
        cell = self.sheet.cell_at(number)
        first = 1 if cell is None else cell.line
        head = cell if number < first else None
        return VisibleLine(
            number, top, height, block, self.mark(number), is_current, number - first + 1, head
        )

    def is_where_run_ended(self, line: VisibleLine) -> bool:
        """Return whether a line is in the cell that "Run to here" ran to."""
        cell = self.sheet.cell_at(line.number)
        mark = None if cell is None else self.mark(cell.line - 1)
        return mark is not None and mark.glyph == "play"

    def line_at(self, y: float) -> VisibleLine | None:
        return next((ln for ln in self.visible_lines() if ln.top <= y < ln.top + ln.height), None)

    def tint(self, line: VisibleLine) -> QColor | None:
        """Return the tint of a line: running, else region, else selection, else current line."""
        if self.is_running(line):
            return self.theme.tone("gradient").fill
        if line.mark and line.mark.region:
            return self.theme.tone(line.mark.region).fill
        if line.number in self.selected_lines:
            return self.theme.colors.selected
        if line.number in self.pointed_lines:
            return self.theme.colors.hover
        changes = self.changes_at(line)
        if any(change.sign != "−" for change in changes):
            tone = tone_of(changes)
            return self.theme.colors.selected if tone is None else self.theme.tone(tone).fill
        return self.theme.colors.hover if line.is_current and self.hasFocus() else None

    def go_to(self, number: int, column: int = 0) -> None:
        """Move cursor and focus to a place: `number` from 1, `column` in characters from 0."""
        if self.sheet.block(number).isValid():
            self.show_place(number, column)
            self.setFocus()

    def show_place(self, number: int, column: int = 0) -> None:
        """Move the cursor to a place and scroll so that its surroundings are visible."""
        block = self.sheet.block(number)
        position = block.position() + units(block.text(), column)
        self.select(position, position)

    def select(self, start: int, end: int) -> None:
        """Select a range; if it is not visible, scroll it to the middle."""
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        if not self.viewport().rect().contains(self.cursorRect()):
            self.centerCursor()

    def set_hits(self, hits: tuple[tuple[int, int], ...]) -> None:
        """Set the ranges that were found, in order."""
        self.hits = hits
        self.viewport().update()

    def replace_text(self, text: str, endings: Mapping[int, str] = NO_ENDINGS) -> None:
        """Replace the text by another one, without an undo history."""
        self.sheet.replace_text(text, endings)
        self.setTextCursor(QTextCursor(self.document()))

    # ------------------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        lines = list(self.visible_lines())
        painter = QPainter(self.viewport())
        paint_behind(self, painter, lines)
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        paint_notes(self, painter, lines)
        self.sheet.load_colours()

    def _show_extras(self) -> None:
        extras = list(self._quiet())
        text = self.sheet.text
        found = brackets.match(text, characters(text, self.textCursor().position()))
        for place in found or ():
            position = units(text, place)
            look = QTextCharFormat()
            look.setBackground(self.theme.colors.selected)
            look.setFontWeight(QFont.Weight.Bold)
            extras.append(self._stretch(position, position + 1, look))
        for start, end, underline in underlining.stretches(self.sheet):
            look = underlining.look_of(underline.severity, self.theme)
            extras.append(self._stretch(start, end, look))
        self.setExtraSelections(extras)

    def _quiet(self) -> Iterator[QTextEdit.ExtraSelection]:
        """Yield selections that make lines that did not run grey; only visible lines."""
        look = QTextCharFormat()
        look.setForeground(self.theme.colors.text_tertiary)
        block = self.firstVisibleBlock()
        for _ in range(self.viewport().height() // self.sheet.layout.line_height + 2):
            mark = self.mark(block.blockNumber() + 1) if block.isValid() else None
            if mark is not None and mark.is_not_run:
                yield self._stretch(block.position(), block.position() + block.length() - 1, look)
            block = block.next()

    def _quiet_again(self) -> None:
        """Update the grey lines after scrolling."""
        if self.sheet.has_glyph("not_run"):
            self._show_extras()

    def _stretch(self, start: int, end: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
        extra = QTextEdit.ExtraSelection()
        extra.cursor = QTextCursor(self.document())
        # While an edit takes text away the cursor moves before the sheet hears of it.
        last = self.document().characterCount() - 1
        extra.cursor.setPosition(min(start, last))
        extra.cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        extra.format = look
        return extra

    # -------------------------------------------------------------------------------- events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.isReadOnly():
            if event.text().isprintable() and event.text():
                self.refused.emit()
            super().keyPressEvent(event)
            return
        if self._on_key(event):
            return
        if not self._pairs.type(event.text()):
            super().keyPressEvent(event)
        if event.text() == ":":
            keys.align(self.textCursor())
        if event.text().isprintable() and event.text():
            self.typed.emit(event.text())

    def _on_key(self, event: QKeyEvent) -> bool:
        key, cursor = event.key(), self.textCursor()
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = held == Qt.KeyboardModifier.NoModifier
        shift = held == Qt.KeyboardModifier.ShiftModifier
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (plain or shift):
            keys.new_line(cursor)
        elif key == Qt.Key.Key_Tab and plain:
            keys.indent(cursor)
        elif key == Qt.Key.Key_Backtab:
            keys.dedent(cursor)
        elif key == Qt.Key.Key_Backspace and plain and self._pairs.delete():
            cursor = self.textCursor()
        elif key == Qt.Key.Key_Backspace and plain and keys.in_indentation(cursor):
            keys.delete_indentation(cursor)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and (plain or shift):
            mode = QTextCursor.MoveMode.KeepAnchor if shift else QTextCursor.MoveMode.MoveAnchor
            if key == Qt.Key.Key_Home:
                keys.home(cursor, mode)
            else:  # Qt's own key ends where the layout of a long line does
                cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, mode)
        else:
            return False
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        event.accept()
        return True

    def is_quoted(self, cursor: QTextCursor) -> bool:
        """Return whether the character before the cursor is in a string or a comment."""
        return self.sheet.is_quoted(cursor.block(), column_of(cursor))

    def edit(self, work: Callable[[QTextCursor], None]) -> None:
        """Let `work` change the text where the cursor is, and move the cursor."""
        if self.isReadOnly():
            self.refused.emit()
            return
        cursor = self.textCursor()
        work(cursor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            steps = 1 if event.angleDelta().y() > 0 else -1
            self.zoom(steps)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.press_head(event.position()):
            super().mousePressEvent(event)

    def press_head(self, place: QPointF) -> bool:
        """Do what the head of a cell does at a place of the viewport; return whether it does."""
        line = self.line_at(place.y())
        if line is None or (cell := line.head_of) is None:
            return False
        if cell.kind == "markdown":
            self.sheet.fold(cell, folded=not self.sheet.is_folded(cell))
            self._refresh()
        elif cell_heads.button_rect(self, line).contains(place):
            self.runToHere.emit(line.number)
        else:
            return False
        return True

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            line = self.line_at(event.position().y())
            self.lineClicked.emit(line.number if line else self.textCursor().blockNumber() + 1)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tooltip_at(event.pos()), self.viewport())
            return True
        return super().viewportEvent(event)

    def _tooltip_at(self, place: QPoint) -> str:
        """Return the tooltip for a place: an underlined range, a name, or the line's note."""
        line = self.line_at(place.y())
        if line is None:
            return ""
        end = self.contentOffset().x() + line.block.layout().lineAt(0).naturalTextWidth()
        if place.x() > end + _MARGIN_OF_CODE:
            return tooltip_of(line.mark.words) if line.mark else ""
        position = self.cursorForPosition(place).position()
        if text := underlining.text_at(self.sheet, position):
            return tooltip_of(text)
        then = self.line_then(line.number)
        at = (
            line.block.layout()
            .lineAt(0)
            .xToCursor(
                place.x() - self.contentOffset().x(), QTextLine.CursorPosition.CursorOnCharacter
            )
        )
        column = characters(line.block.text(), at)
        return self.explainer(then, column) if self.explainer and then is not None else ""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_gutter()
        self._quiet_again()
        if self._revealed is not None:
            height, before = event.size().height(), event.oldSize().height()
            if height <= self._middle(self._revealed) < before:  # what opened below covers it
                self.reveal(self._revealed)

    # ------------------------------------------------------------------------------ following

    def _lay_out_gutter(self) -> None:
        width = self.gutter.sizeHint().width()
        if self.viewportMargins().left() != width:
            # Never from a resize event: margins can make a scroll bar appear, which resizes again.
            self.setViewportMargins(width, 0, 0, 0)
        self._place_gutter()

    def _place_gutter(self) -> None:
        inner, width = self.contentsRect(), self.viewportMargins().left()
        self.gutter.setGeometry(QRect(inner.left(), inner.top(), width, inner.height()))

    def _on_update(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self.gutter.scroll(0, scrolled)
        else:
            self.gutter.update(0, rect.y(), self.gutter.width(), rect.height())

    def _on_edit(self) -> None:
        self._refresh()
        self.edited.emit()

    def _on_cursor(self) -> None:
        """Show the cell that the cursor is in, and what depends on the cursor."""
        block = self.textCursor().block()
        cell = None if block.isVisible() else self.sheet.cell_at(block.blockNumber() + 1)
        if cell is not None:
            self.sheet.fold(cell, folded=False)
            self.ensureCursorVisible()
        self._refresh()

    def _refresh(self) -> None:
        mark = self.mark(self.textCursor().blockNumber() + 1)
        self.setAccessibleDescription(mark.words if mark else "")
        self._show_extras()
        self.viewport().update()
        self.gutter.update()

    def _middle(self, number: int) -> float:
        """Return the height of the middle of a line in the viewport."""
        block = self.document().findBlockByNumber(number - 1)
        return self.blockBoundingGeometry(block).translated(self.contentOffset()).center().y()

    def reveal(self, number: int) -> None:
        """Scroll to a line of the current text without moving the cursor."""
        self._revealed = number
        if not 0 <= self._middle(number) < self.viewport().height():
            place = self.document().findBlockByNumber(number - 1).firstLineNumber()
            first = place - int(self.viewport().height() / self.sheet.layout.line_height / 2)
            self.verticalScrollBar().setValue(max(0, first))
