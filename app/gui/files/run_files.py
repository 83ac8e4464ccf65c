"""The files of the run that is shown, each in a tab beside that of its program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.files import snippet_file
from app.gui.files.documents import Documents
from app.gui.files.snippet_file import FileProblem, SnippetText
from app.gui.files.tab import Tab
from app.gui.panels.console import UNNAMED

if TYPE_CHECKING:
    from app.contract.records import File
    from app.gui.running.prepared import Prepared

NOT_IN_RUN = -1
"""Instead of the number of a file."""


class RunFiles(QObject):
    """Opens files of a run as they ran, and marks in each of them what its lines did.

    Such a file is read-only until the user wants to edit it; then it has the text on disk, which
    the next run reads.
    """

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self._documents = documents
        documents.closed.connect(self._release)
        documents.saved.connect(self._on_saved)

    @property
    def files(self) -> Sequence[File]:
        """The files of the run that is shown, the program itself first."""
        prepared = self._documents.program.prepared
        return [] if prepared is None else prepared.run.trace.files

    def file_of(self, tab: Tab) -> File | None:
        """Return the file of the shown run that a tab has, or None."""
        return next((file for file in self.files if file.id == tab.sheet.file), None)

    def tab_of(self, number: int) -> Tab | None:
        """Return the tab of the file of the shown run with this number, if it is open."""
        program = self._documents.program
        tabs = [program, *self._of(program)]
        return next((tab for tab in tabs if tab.sheet.file == number), None)

    def number_of(self, path: str) -> int | None:
        """Return the number of a file of the shown run, named as in tracebacks."""
        program = self._documents.program
        own = {UNNAMED, str(program.path)}
        if program.prepared is not None:
            own.add(str(program.prepared.run.trace.snippet.path))
        found = (file.id for file in self.files if file.path == path)
        return 0 if path in own else next(found, None)

    def _of(self, program: Tab) -> list[Tab]:
        return [tab for tab in self._documents.tabs if tab.main is program]

    # ----------------------------------------------------------------------------- the run

    def keep(self, program: Tab, prepared: Prepared | None) -> None:
        """Keep the run of a program, and mark its text and its files; None forgets its run."""
        program.prepared = prepared
        if prepared is None:
            self._release(program)
        for tab in (program, *self._of(program)):
            if not tab.is_text:  # whose marks are those of a lecture
                _mark(tab, prepared)

    def _release(self, program: Tab) -> None:
        """Close the files of a program that has no run now; those that are edited stay."""
        for tab in self._of(program):
            if tab.is_text:
                continue  # the text of a lecture stays beside its program
            if tab.sheet.is_read_only:
                self._documents.close(tab)
            else:
                self.run_alone(tab)

    def _on_saved(self, tab: Tab) -> None:
        """Make a file that was saved under another name a program of its own."""
        file = self.file_of(tab)
        if tab.main is not None and file is not None and file.path != str(tab.path):
            self.run_alone(tab)

    # --------------------------------------------------------------------------- its files

    def show(self, number: int) -> None:
        """Show the file with this number, in its tab."""
        program, tab = self._documents.program, self.tab_of(number)
        file = next((file for file in self.files if file.id == number), None)
        if tab is None and file is not None and file.path is not None:
            tab = self._opened(file, program)
        if tab is not None:
            self._documents.activate(tab)

    def follow(self, number: int) -> None:
        """Show the file with this number, unless the text of a lecture is in the editor."""
        if not self._documents.current.is_text:
            self.show(number)

    def to_edit(self, number: int) -> Tab | None:
        """Show the file with this number, so that it can be edited; None if that is impossible."""
        self.show(number)
        tab = self._documents.current
        if tab.sheet.is_read_only:
            self.edit()
        return None if tab.sheet.is_read_only or tab.sheet.file != number else tab

    def _opened(self, file: File, program: Tab) -> Tab:
        path = Path(file.path or "")
        tab = next((tab for tab in self._documents.tabs if tab.path == path), None)
        if tab is None:
            tab = self._documents.insert()
            tab.path = path
            tab.sheet.set_read_only(True)
        else:
            self._release(tab)
        tab.main = program
        _mark(tab, program.prepared)
        self._documents.follow_files()
        self._documents.look_at(path)
        return tab

    def edit(self) -> None:
        """Let the user edit the current file, as it is on disk."""
        tab = self._documents.current
        if tab.path is None:
            return
        try:
            found = snippet_file.read(tab.path)
        except FileProblem as problem:
            self._documents.failed.emit(str(problem))
            return
        tab.be(found)
        tab.on_disk, tab.outside = found, None
        _put(tab, found)
        tab.sheet.set_read_only(False)
        self._documents.changed.emit()

    def run_alone(self, tab: Tab) -> None:
        """Make a file of a run a program of its own."""
        tab.main = None
        _mark(tab, tab.prepared)
        if tab is self._documents.current:
            self._documents.opened.emit()
        self._documents.changed.emit()


def _mark(tab: Tab, prepared: Prepared | None) -> None:
    """Mark what the lines of a tab did in the run of its program."""
    sheet = tab.sheet
    if prepared is None:
        sheet.set_marks({}, sheet.text)
        sheet.set_underlines(())
        return
    trace = prepared.run.trace
    number, text = 0, trace.snippet.text
    if tab.main is not None:
        file = next((file for file in trace.files if file.path == str(tab.path)), None)
        number = NOT_IN_RUN if file is None else file.id
        ran = "" if file is None else file.text
        if sheet.is_read_only and ran is not None and file is not None:
            tab.on_disk = SnippetText(ran)
            _put(tab, tab.on_disk)
        text = sheet.text if ran is None else ran
    sheet.set_marks(prepared.marks, text, number)
    sheet.set_underlines(prepared.underlines)


def _put(tab: Tab, found: SnippetText) -> None:
    """Put a text into a tab, without an undo history; its cursor stays in its line."""
    sheet = tab.sheet
    if not sheet.text:
        sheet.replace_text(found.text, found.endings)
    elif sheet.text != found.text or found.endings:
        sheet.change_text(found.text, found.endings)
    sheet.document.clearUndoRedoStacks()
    sheet.document.setModified(False)
