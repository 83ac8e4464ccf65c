"""Findings: from one to the next, to its place in text and graph, and its fix into the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.contract.records import Finding
from app.gui.panels.sentences import SEVERITIES
from app.session.findings.offers import is_offered
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared


class Findings(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._list = window.snippet.findings.list
        self._at: int | None = None
        """The one that was gone to last."""
        self._list.itemChosen.connect(self.go_to)
        self._list.actionChosen.connect(self._apply_fix)
        window.display.changed.connect(self._show)
        window.editor.edited.connect(self._follow_text)
        window.editor.sheetChanged.connect(self._follow_text)
        do = window.actions_
        do.connect(do.next_finding, lambda: self._step(1))
        do.connect(do.previous_finding, lambda: self._step(-1))
        window.status.findingsClicked.connect(do.next_finding.trigger)
        window.trials.ended.connect(self._follow_text)

    @property
    def _found(self) -> list[Finding]:
        trace = self._window.display.trace
        return [] if trace is None else trace.findings

    def _show(self, prepared: Prepared | None) -> None:
        self._at = None
        found = [] if prepared is None else prepared.run.trace.findings
        do, status = self._window.actions_, self._window.status
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
        """A fix is for the text that ran."""
        reason = tr("The text was changed since the run. Run it, and the fix is for this text.")
        stale = self._window.editor.is_stale
        self._list.set_actions_enabled(not stale, reason if stale else "")

    def _step(self, by: int) -> None:
        if count := len(self._found):
            before = self._at if self._at is not None else (-1 if by > 0 else 0)
            self.go_to((before + by) % count)

    def go_to(self, place: int) -> None:
        """To the finding at this place of the list: its line, and what it is about."""
        self._at = place
        window, finding = self._window, self._found[place]
        window.snippet.reveal_finding(place)
        if finding.line is not None:
            window.places.go_to_line(finding.line)
        if finding.operations:
            window.link.choose_operation(finding.operations[0])
        elif finding.tensors:
            window.link.choose_tensor(finding.tensors[0])
        if finding.line is not None:
            window.link.mark_line(finding.line)

    def _apply_fix(self, place: int) -> None:
        """Into the text, to be undone like any edit; then that runs."""
        fix = self._found[place].fix
        if fix is not None and is_offered(fix) and not self._window.editor.is_stale:
            self._window.editor.sheet.apply(fix.edits)
            self._window.run()
