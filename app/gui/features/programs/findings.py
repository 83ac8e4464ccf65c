"""Findings: going to the next one, to its place in text and graph, and to its fix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.contract.records import FIRST, Finding, Fix, Trace
from app.contract.spots import FileId, spot
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.features.programs.trials import Trials
from app.gui.files.documents import Documents
from app.gui.files.run_files import RunFiles
from app.gui.panels.details.inspector import Inspector, InspectorPage
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.sentences import SEVERITIES
from app.gui.panels.status_bar import StatusBar
from app.session.explain.phrases import MOST_NAMED
from app.session.findings.edits import edited_texts
from app.session.findings.offers import is_offered
from app.session.findings.words import advice
from app.session.language import ngettext, number, tr
from app.session.source.files import texts_of
from app.session.workspace import RowFilter

if TYPE_CHECKING:
    from app.gui.dialogs.changes_sheet import Hunk
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Findings(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        editor: CodeEditor,
        findings: SentenceList,
        inspector: Inspector,
        status: StatusBar,
        trials: Trials,
        do: Actions,
        go_to_line: Callable[[int], object],
        run_files: RunFiles,
        appearance: Appearance,
        window: QWidget,
    ) -> None:
        """`go_to_line` goes to a line of the text that ran."""
        super().__init__(findings)
        self._workspace, self._documents, self._inspector = workspace, documents, inspector
        self._status, self._actions, self._editor = status, do, editor
        self._run_files, self._appearance, self._window = run_files, appearance, window
        self._go_to_line = go_to_line
        self._list = findings
        self._at: int | None = None
        """The place of the finding that was visited last."""
        self.hear(self._list.itemChosen, self.go_to)
        self.hear(self._list.actionChosen, self._preview_fix)
        self.hear(workspace.changed, self._show)
        self.hear(workspace.findings_changed, self._show)
        self.hear(editor.edited, self._follow_text)
        self.hear(editor.sheetChanged, self._follow_text)
        self.on(do.next_finding, lambda: self._step(1))
        self.on(do.previous_finding, lambda: self._step(-1))
        self.hear(status.findingsClicked, do.next_finding.trigger)
        self.hear(trials.ended, self._follow_text)

    @property
    def _found(self) -> Sequence[Finding]:
        return self._workspace.findings

    def _show(self) -> None:
        self._at = None
        found, do, status = self._found, self._actions, self._status
        for action in (do.next_finding, do.previous_finding):
            action.setEnabled(bool(found))
        if found:
            text = ngettext("{count} finding", "{count} findings", len(found))
            status.set_findings(text.format(count=number(len(found))),
                                *SEVERITIES[found[0].severity])  # fmt: skip
        else:
            status.set_findings("")
        self._follow_text()

    def _follow_text(self) -> None:
        """Disable fixes while the texts differ from those that ran."""
        reason = tr("The code has changed since this run. Run again to get a fix for it.")
        for place, finding in enumerate(self._found):
            stale = is_offered(finding.fix) and self._is_stale(finding)
            self._list.set_action_enabled(place, not stale, reason if stale else "")

    def _is_stale(self, finding: Finding) -> bool:
        """Return whether the program was edited after its run, or a file that the fix changes."""
        edits = [] if finding.fix is None else finding.fix.edits
        tabs = [self._documents.program, *(self._run_files.tab_of(edit.file) for edit in edits)]
        return any(tab is not None and tab.sheet.is_stale for tab in tabs)

    def _step(self, by: int) -> None:
        if count := len(self._found):
            before = self._at if self._at is not None else (-1 if by > 0 else 0)
            self.go_to((before + by) % count)

    def go_to(self, place: int) -> None:
        """Go to the finding at this place of the list: its line, and its operations."""
        self._at = place
        workspace, finding = self._workspace, self._found[place]
        if finding.spot is not None:
            self._go_to_line(finding.spot)
        has_many = len(finding.tensors) > MOST_NAMED
        if finding.operations:
            workspace.select_operation(finding.operations[0])
        elif has_many:
            workspace.select_users(finding.tensors)
        elif finding.tensors:
            workspace.select_tensor(finding.tensors[0])
        if has_many:
            self._list_tensors(finding.tensors)
        if finding.spot is not None:
            workspace.mark_line(finding.spot)
        self._inspector.show_page(InspectorPage.FINDINGS)
        self._list.reveal(place)

    def _list_tensors(self, tensors: Sequence[int]) -> None:
        """Show in the table all that a finding is about, where its text only counts some."""
        count = len(tensors)
        words = ngettext("{count} of a finding", "{count} of a finding", count)
        self._workspace.filter_rows(RowFilter(tuple(tensors), words.format(count=number(count))))

    def _preview_fix(self, place: int) -> None:
        finding, shown = self._found[place], self._workspace.shown
        fix = finding.fix
        if fix is None or not is_offered(fix) or self._is_stale(finding) or shown is None:
            return
        from app.gui.dialogs.changes_sheet import ChangesSheet  # seldom opened

        runs = not any(edit.file for edit in fix.edits)
        accept = tr("Apply and run") if runs else tr("Apply")
        steps = [advice(fix)]
        if not runs:
            steps.append(tr("The file is changed in its tab. Save it, and the next run reads it."))
        theme = self._appearance.theme
        changed = _hunks(shown.run.trace, fix)
        sheet = ChangesSheet(self._window, theme, tr("Preview fix"), steps, changed, accept)
        sheet.accepted.connect(lambda: self._apply(finding, fix))
        sheet.open()

    def _apply(self, finding: Finding, fix: Fix) -> None:
        """Change the texts, each in one undo step; run if that needs no file to be saved."""
        files = sorted({edit.file for edit in fix.edits}, reverse=True)
        tabs = [self._run_files.to_edit(file) for file in files]
        if self._is_stale(finding) or None in tabs:
            text = tr("The code has changed since this run. Run again to get a fix for it.")
            self._documents.failed.emit(text)
            return
        for file, tab in zip(files, tabs, strict=True):
            if tab is not None:
                tab.sheet.apply([edit for edit in fix.edits if edit.file == file])
        self._editor.go_to(min(edit.line for edit in fix.edits if edit.file == files[-1]))
        if files == [FIRST]:
            self._actions.run.trigger()


def _hunks(trace: Trace, fix: Fix) -> list[Hunk]:
    """Return what a fix changes, with the place of each change above it."""
    from app.gui.dialogs.changes_sheet import hunks

    before = {one.file: one.text for one in texts_of(trace)}
    edited = edited_texts(trace, fix.edits)
    several = len(trace.files) > 1

    def title(file: FileId, line: int) -> str:
        return str(spot(file, line)) if several else tr("Line {line}").format(line=line)

    return [
        hunk
        for file, text in before.items()
        if file in edited
        for hunk in hunks(text, edited[file], partial(title, file))
    ]
