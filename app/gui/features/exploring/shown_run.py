"""Fills the panels around the graph with the run that is shown, and clears them."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from app.contract.records import Trace
from app.gui.docks import BottomPanel
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.run_files import RunFiles
from app.gui.panels.banner import Banner
from app.gui.panels.console import Console
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.sentences import findings_of
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.running.letting_go import let_go_if_large
from app.gui.running.outcome import no_gradients, outcome
from app.session.language import tr
from app.session.numbers import operations_counted
from app.session.summary.where import environment_from

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class ShownRun(Feature):
    """Shows runs; the run of each tab is shown again with the tab."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        run_files: RunFiles,
        snippet: SnippetPanel,
        findings: SentenceList,
        gradients: GradientsPanel,
        console: Console,
        bottom: BottomPanel,
        banner: Banner,
        status: StatusBar,
    ) -> None:
        super().__init__(snippet)
        self._workspace, self._documents, self._run_files = workspace, documents, run_files
        self._snippet, self._findings = snippet, findings
        self._gradients, self._status = gradients, status
        self._console, self._bottom, self._banner = console, bottom, banner
        self.hear(documents.opened, self._show_tab)
        self.hear(workspace.changed, self._show)
        self.hear(workspace.redrawn, self._keep)
        self.hear(workspace.covered_changed, self._show_covered)
        self.hear(workspace.findings_changed, self.show_findings)
        self.hear(workspace.rows_changed, self._filter_rows)

    def show(self, prepared: Prepared) -> None:
        """Show a run whose output and progress were shown."""
        self._put(prepared)
        if _has_traceback(prepared.run.trace):
            self._bottom.lend_console()
        self._reveal_error(prepared.run.trace)

    def show_growing(self, prepared: Prepared) -> None:
        """Show how far a run has come that goes on; its output and progress are shown."""
        self._put(prepared)

    def show_again(self, prepared: Prepared) -> None:
        """Show a run from elsewhere, with all its output in the console."""
        trace = prepared.run.trace
        self._console.start(trace.snippet.path)
        self._console.add_output("stdout", trace.output.stdout)
        self._console.add_output("stderr", trace.output.stderr)
        self._put(prepared)

    def forget(self) -> None:
        """Clear the panels, for another text."""
        self._banner.hide()
        self._console.start()
        self._bottom.take_console_back()
        self._put(None)

    def _show_tab(self) -> None:
        """Show the run of the program in the editor."""
        prepared = self._documents.program.prepared
        if prepared is None:
            self.forget()
        else:
            self.show_again(prepared)

    def _put(self, prepared: Prepared | None) -> None:
        before = self._workspace.shown
        self._run_files.keep(self._documents.program, prepared)
        self._snippet.describe()
        if prepared is not None:
            self._tell_outcome(prepared)
        self._workspace.show(prepared)
        self._show_operations()
        if prepared is not None and not _has_traceback(prepared.run.trace):
            self._bottom.take_console_back()
        if before is not None:
            let_go_if_large(before, len(before.run.trace.operations))

    def _keep(self) -> None:
        """Keep the run with its other graph, to show it again."""
        self._documents.program.prepared = self._workspace.shown
        self._show_operations()

    def _reveal_error(self, trace: Trace) -> None:
        """Scroll to the line of the error, which the banner and the console may cover."""
        if trace.error is None or trace.error.spot is None:
            return
        if (line := self._snippet.editor.line_now(trace.error.spot)) is not None:
            self._snippet.editor.reveal(line)

    def _tell_outcome(self, prepared: Prepared) -> None:
        trace = prepared.run.trace
        self._show_banner(prepared)
        if trace.error is not None and trace.error.traceback.strip() not in trace.output.stderr:
            self._console.add_error(trace.error)

    def _show_banner(self, prepared: Prepared) -> None:
        """Say what went wrong, unless a room is asked about the run."""
        found = outcome(prepared.run.trace, prepared.calls, prepared.time_limit)
        self._banner.hide()
        if found.title and prepared.covered is None:
            self._banner.show_message(found.title, found.detail, settings=found.settings)

    # -------------------------------------------------------------------------------- the panels

    def _show(self, *, of_same_run: bool = False) -> None:
        shown = self._workspace.shown
        if shown is None:
            self._gradients.show_rows()
            self._gradients.show_iterations(None)
        else:
            hint = no_gradients(shown.run.trace)
            self._gradients.show_rows(
                shown.rows, shown.tree, shown.leaves, hint, of_same_run=of_same_run
            )
            self._gradients.show_iterations(shown.over_iterations)
        self.show_findings()
        self.show_status()

    def _show_covered(self) -> None:
        """Keep the run of the program as it is to be shown, and mark its texts like that."""
        if (shown := self._workspace.shown) is not None:
            self._run_files.keep(self._documents.program, shown)
            self._show(of_same_run=True)
            self._show_banner(shown)

    def _filter_rows(self) -> None:
        rows = self._workspace.rows
        self._gradients.show_only(rows.tensors, rows.words)

    def show_findings(self) -> None:
        """Show the findings of the run, with the current state of their fixes."""
        shown = self._workspace.shown
        if shown is None:
            self._findings.set_items(())
        else:
            found, are_tried = self._workspace.findings, shown.job is not None
            self._findings.set_items(findings_of(shown.run.trace, found, are_tried=are_tried))

    def _show_operations(self) -> None:
        shown = self._workspace.shown
        self._status.set_operations("" if shown is None else operations_counted(shown.calls))

    def show_status(self) -> None:
        """Show in the status bar how the run ended."""
        status, shown = self._status, self._workspace.shown
        if shown is None:
            status.set_run(tr("Ready"))
        else:
            found = outcome(shown.run.trace, shown.calls, shown.time_limit)
            if shown.covered is not None:  # an error would be an answer
                status.set_run(tr("The run is covered"), "covered")
            elif not shown.is_running:  # its progress is shown as it comes
                status.set_run(found.status, found.glyph, found.tone)
            status.set_environment(environment_from(shown.run.trace, platform.node()))


def _has_traceback(trace: Trace) -> bool:
    return trace.error is not None and bool(trace.error.traceback)
