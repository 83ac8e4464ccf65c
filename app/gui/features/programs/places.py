"""Going to lines and errors, and editing the text that has the focus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit

from app.contract.spots import line_and_file, spot
from app.gui.actions import Actions
from app.gui.editor.editing import whole_lines
from app.gui.editor.editing.keys import toggle_comment
from app.gui.editor.text.units import column_of
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.run_files import RunFiles
from app.gui.graph.view import GraphView
from app.gui.panels.banner import Banner
from app.gui.panels.console import Console
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar

if TYPE_CHECKING:
    from app.session.details.facts import FactTarget
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class VisitedPlaces(Feature):
    visited = Signal()
    """A line of a text is to be seen."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        documents: Documents,
        run_files: RunFiles,
        snippet: SnippetPanel,
        words: SentenceList,
        findings: SentenceList,
        details: DetailsPanel,
        graph: GraphView,
        console: Console,
        banner: Banner,
        status: StatusBar,
        do: Actions,
        go_to_operation: Callable[[int], object],
    ) -> None:
        super().__init__(snippet)
        self._documents, self._run_files = documents, run_files
        self._go_to_operation = go_to_operation
        self._workspace, self._snippet, self._editor = workspace, snippet, snippet.editor
        self._graph, self._status, self._actions = graph, status, do
        self.hear(self._editor.cursorPositionChanged, self._show_cursor)
        self.hear(console.lineActivated, self._go_to_traceback)
        self.hear(graph.operationActivated, self._open_operation)
        self.hear(banner.activated, self._go_to_error)
        self.hear(words.lineChosen, self.go_to_line)
        for sentences in (words, findings):
            self.hear(sentences.placeChosen, self.go_to_line)
        self.hear(details.linkChosen, self._follow)
        self._connect_editing()

    def _connect_editing(self) -> None:
        do, snippet = self._actions, self._snippet
        for action, work in (
            (do.undo, QPlainTextEdit.undo), (do.redo, QPlainTextEdit.redo),
            (do.cut, QPlainTextEdit.cut), (do.copy, QPlainTextEdit.copy),
            (do.paste, QPlainTextEdit.paste), (do.select_all, QPlainTextEdit.selectAll),
        ):  # fmt: skip
            self.on(action, partial(self._edit, work))
        for action, change in (
            (do.comment, toggle_comment), (do.duplicate_lines, whole_lines.duplicate),
            (do.lines_up, whole_lines.move_up), (do.lines_down, whole_lines.move_down),
            (do.delete_lines, whole_lines.delete), (do.select_lines, whole_lines.select),
        ):  # fmt: skip
            self.on(action, partial(snippet.editor.edit, change))
        self.on(do.find_text, self._find)
        self.on(do.replace, lambda: snippet.find_bar.open(replacing=True))
        self.on(do.go_to_line, snippet.line_bar.open)

    def _find(self) -> None:
        """Find in the widget that has the focus; the graph has a search of its own."""
        if self._graph.hasFocus():
            self._actions.find.trigger()
        else:
            self._snippet.find_bar.open(replacing=False)

    def _edit(self, work: Callable[[QPlainTextEdit], None]) -> None:
        """Apply `work` to the text that has the focus, or else to the snippet."""
        focused = self._snippet.window().focusWidget()
        text = focused if isinstance(focused, QPlainTextEdit) else self._editor
        if not text.isReadOnly() or work in (QPlainTextEdit.copy, QPlainTextEdit.selectAll):
            work(text)

    def go_to_line(self, then: int) -> None:
        """Go to a place of the run, a spot, in the tab of its file; with Alt, in the graph."""
        if QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier:
            self._show_in_graph(then)
        elif (line := self._line_of(then)) is not None:
            self.visited.emit()
            self._editor.go_to(line)
            self._workspace.select_line(then)
            self._workspace.mark_line(then)

    def _go_to_traceback(self, file: str, line: int) -> None:
        """Go to a line of a traceback, in a file that may have run without calling torch."""
        number = self._run_files.number_of(file)
        if number is not None:
            self.go_to_line(spot(number, line))
        elif self._documents.open(Path(file)):
            self._editor.go_to(line)

    def _line_of(self, then: int) -> int | None:
        """Show the file of a spot; return its line now, or None if that is gone."""
        self._run_files.show(line_and_file(then)[1])
        return self._editor.line_now(then)

    def _show_in_graph(self, then: int) -> None:
        """Select what a line did: its operations, or those that use the tensors it changed."""
        shown, workspace = self._workspace.shown, self._workspace
        if shown is None:
            return
        if operations := shown.lines.get(then):
            self._go_to_operation(operations[0])
        else:
            facts = shown.run.trace.facts
            workspace.select_users(fact.tensor for fact in facts if fact.spot == then)
        workspace.mark_line(then)

    def _follow(self, link: FactTarget) -> None:
        if link.kind == "line":
            self.go_to_line(link.id)

    def _open_operation(self, operation: int) -> None:
        """Go to the line of an operation."""
        shown = self._workspace.shown
        if shown is not None and (line := shown.run.operations[operation].spot) is not None:
            self.go_to_line(line)

    def _go_to_error(self) -> None:
        place = self._editor.error
        if place and (line := self._line_of(place.line)) is not None:
            self._editor.go_to(line, place.column or 0)

    def _show_cursor(self) -> None:
        cursor = self._editor.textCursor()
        line, column = cursor.blockNumber() + 1, column_of(cursor) + 1
        cell = self._editor.sheet.cell_at(line)
        if cell is None or cell.number is None or line < cell.line:
            self._status.set_cursor(line, column)
        else:
            self._status.set_cursor(line - cell.line + 1, column, cell.number)
