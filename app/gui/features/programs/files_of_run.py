"""The files that a program ran: the list of them, and what is said above each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.run_files import NOT_IN_RUN, RunFiles
from app.gui.files.tab import Tab
from app.gui.panels.file_line import FileNote
from app.gui.panels.snippet_panel import SnippetPanel
from app.session.language import tr
from app.session.trace.files import file_names

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_NOTHING = FileNote("")


class FilesOfRun(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        run_files: RunFiles,
        documents: Documents,
        snippet: SnippetPanel,
        go_to_line: Callable[[int], object],
    ) -> None:
        """`go_to_line` goes to a place of the run."""
        super().__init__(snippet)
        self._workspace, self._run_files, self._documents = workspace, run_files, documents
        self._snippet = snippet
        self._list, self._line = snippet.file_list, snippet.file_line
        self.hear(documents.changed, self._show)
        self.hear(workspace.changed, self._show)
        self.hear(self._list.menu().aboutToShow, self._fill)
        self.hear(self._line.placeChosen, go_to_line)
        self.hear(self._line.acted, self._act)

    def _show(self) -> None:
        several = len(self._run_files.files) > 1
        tabs = [tab for tab in self._documents.tabs if not tab.is_text]
        self._snippet.show_tabs(several or len(tabs) > 1, with_list=several)
        shown = self._workspace.shown
        tab, note = self._documents.current, _NOTHING
        if tab.main is not None and shown is not None and not tab.is_text:
            note = self._read_only(tab, shown) if tab.sheet.is_read_only else _edited(tab, shown)
        self._line.show_note(note)

    def _read_only(self, tab: Tab, shown: Prepared) -> FileNote:
        edit = "" if tab.outside == "gone" else tr("Edit this file")
        file = self._run_files.file_of(tab)
        if tab.sheet.file == NOT_IN_RUN:
            return FileNote(tr("Read-only, did not run this time"), action=edit)
        if file is not None and file.text is None:
            return FileNote(tr("The run kept no text of this file: it is too large"), action=edit)
        if tab.outside == "changed":
            return FileNote(tr("Read-only, as it ran: the file has changed since"), action=edit)
        if tab.outside == "gone":
            return FileNote(tr("Read-only, as it ran: there is no such file here"))
        place = shown.imports.get(tab.sheet.file)
        words = tr("Read-only, imported on") if place else tr("Read-only, ran here")
        return FileNote(words, place, edit)

    def _act(self) -> None:
        tab = self._documents.current
        if tab.sheet.is_read_only:
            self._run_files.edit()
        elif tab.is_modified:
            self._documents.save()
        else:
            self._run_files.run_alone(tab)
        self._snippet.editor.setFocus()

    # -------------------------------------------------------------------------------- the list

    def _fill(self) -> None:
        """List the open texts, then the files of the run that are not open."""
        self._list.menu().clear()
        for tab in self._documents.tabs:
            is_current = tab is self._documents.current
            open_ = partial(self._documents.activate, tab)
            self._list.add_entry(tab.name, _where(tab), open_, is_current=is_current)
        self._list.menu().addSeparator()
        program, files = self._documents.program, self._run_files.files
        shown = {tab.sheet.file for tab in self._documents.tabs if tab.program is program}
        for file, name in zip(files, file_names(files), strict=True):
            if file.id not in shown:
                self._list.add_entry(name, file.path or "", partial(self._run_files.show, file.id))


def _where(tab: Tab) -> str:
    return str(tab.path) if tab.path else tab.title


def _edited(tab: Tab, shown: Prepared) -> FileNote:
    """Return what is said of a file that is edited as a part of a program."""
    if tab.is_modified:
        text = tr("Not saved: a run reads the file on disk")
        return FileNote(text, action=tr("Save"), is_read_only=False)
    place, program = shown.imports.get(tab.sheet.file), tab.program.name
    text = tr("Part of {program}, imported on") if place else tr("Part of {program}")
    text = text.format(program=program)
    return FileNote(text, place, tr("Run it alone"), is_read_only=False)
