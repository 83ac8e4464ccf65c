"""Going places: to a line, to an error; and editing where the keyboard is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPlainTextEdit

from app.gui.editor import whole_lines
from app.gui.editor.keys import toggle_comment
from app.gui.editor.units import column_of

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Places(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.editor.cursorPositionChanged.connect(self._show_cursor)
        window.console.countChanged.connect(lambda count: window.bottom.header.set_count(1, count))
        window.console.lineActivated.connect(self.go_to_line)
        window.graph.operationActivated.connect(self._open_operation)
        window.banner.activated.connect(self._go_to_error)
        window.snippet.words.lineChosen.connect(self.go_to_line)
        self._connect_editing()

    def _connect_editing(self) -> None:
        do = self._window.actions_
        for action, work in (
            (do.undo, QPlainTextEdit.undo), (do.redo, QPlainTextEdit.redo),
            (do.cut, QPlainTextEdit.cut), (do.copy, QPlainTextEdit.copy),
            (do.paste, QPlainTextEdit.paste), (do.select_all, QPlainTextEdit.selectAll),
        ):  # fmt: skip
            do.connect(action, partial(self._edit, work))
        snippet = self._window.snippet
        for action, change in (
            (do.comment, toggle_comment), (do.duplicate_lines, whole_lines.duplicate),
            (do.lines_up, whole_lines.move_up), (do.lines_down, whole_lines.move_down),
            (do.delete_lines, whole_lines.delete), (do.select_lines, whole_lines.select),
        ):  # fmt: skip
            do.connect(action, partial(snippet.editor.edit, change))
        do.connect(do.find_text, self._find)
        do.connect(do.replace, lambda: snippet.find_bar.open(replacing=True))
        do.connect(do.go_to_line, snippet.line_bar.open)

    def _find(self) -> None:
        """In what has the keyboard: the graph's search is one of its own."""
        if self._window.graph.hasFocus():
            self._window.actions_.find.trigger()
        else:
            self._window.snippet.find_bar.open(replacing=False)

    def _edit(self, work: Callable[[QPlainTextEdit], None]) -> None:
        """Do it to the text that has the keyboard, else to the snippet."""
        focused = self._window.focusWidget()
        text = focused if isinstance(focused, QPlainTextEdit) else self._window.editor
        if not text.isReadOnly() or work in (QPlainTextEdit.copy, QPlainTextEdit.selectAll):
            work(text)

    def go_to_line(self, then: int) -> None:
        """To a line of the text that ran, 1-based, wherever it stands in the editor now."""
        if (line := self._window.editor.line_now(then)) is not None:
            self._window.editor.go_to(line)
            self._window.link.select_line(line)

    def _open_operation(self, operation: int) -> None:
        """Go to its line."""
        display = self._window.display
        if display.prepared is None:
            return
        if (line := display.prepared.run.operations[operation].line) is not None:
            self.go_to_line(line)

    def _go_to_error(self) -> None:
        editor = self._window.editor
        place = editor.error
        if place and (line := editor.line_now(place.line)) is not None:
            editor.go_to(line, place.column or 0)

    def _show_cursor(self) -> None:
        cursor = self._window.editor.textCursor()
        self._window.status.set_cursor(cursor.blockNumber() + 1, column_of(cursor) + 1)
