"""Findings: going to the next one, to its place in text and graph, and applying its fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.contract.records import Finding
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.features.programs.trials import Trials
from app.gui.files.documents import Documents
from app.gui.panels.details.inspector import Inspector, InspectorPage
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.sentences import SEVERITIES
from app.gui.panels.status_bar import StatusBar
from app.session.findings.offers import is_offered
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
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
    ) -> None:
        """`go_to_line` goes to a line of the text that ran."""
        super().__init__(findings)
        self._workspace, self._documents, self._inspector = workspace, documents, inspector
        self._status, self._actions = status, do
        self._go_to_line = go_to_line
        self._list = findings
        self._at: int | None = None
        """The place of the finding that was visited last."""
        self.hear(self._list.itemChosen, self.go_to)
        self.hear(self._list.actionChosen, self._apply_fix)
        self.hear(workspace.changed, self._show)
        self.hear(editor.edited, self._follow_text)
        self.hear(editor.sheetChanged, self._follow_text)
        self.on(do.next_finding, lambda: self._step(1))
        self.on(do.previous_finding, lambda: self._step(-1))
        self.hear(status.findingsClicked, do.next_finding.trigger)
        self.hear(trials.ended, self._follow_text)

    @property
    def _found(self) -> list[Finding]:
        shown = self._workspace.shown
        return [] if shown is None else shown.run.trace.findings

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
        """Disable fixes while the text differs from the one that ran."""
        reason = tr("The code has changed since this run. Run again to get a fix for it.")
        stale = self._documents.program.sheet.is_stale
        self._list.set_actions_enabled(not stale, reason if stale else "")

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
        if finding.operations:
            workspace.select_operation(finding.operations[0])
        elif finding.tensors:
            workspace.select_tensor(finding.tensors[0])
        if finding.spot is not None:
            workspace.mark_line(finding.spot)
        self._inspector.show_page(InspectorPage.FINDINGS)
        self._list.reveal(place)

    def _apply_fix(self, place: int) -> None:
        """Apply a fix to the text, as one undo step, and run it."""
        fix, program = self._found[place].fix, self._documents.program
        if fix is not None and is_offered(fix) and not program.sheet.is_stale:
            self._documents.activate(program)
            program.sheet.apply(fix.edits)
            self._actions.run.trigger()
