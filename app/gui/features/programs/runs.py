"""Runs: starting them, and what the window shows meanwhile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton

from app.contract.records import Trace
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.exploring.shown_run import ShownRun
from app.gui.features.feature import Feature
from app.gui.features.programs.how_to_run import HowToRun
from app.gui.files.documents import Documents
from app.gui.files.run_files import RunFiles
from app.gui.panels.banner import Banner
from app.gui.panels.console import Console
from app.gui.panels.status_bar import StatusBar
from app.gui.running.run_controller import Job, RunController
from app.gui.toolbar import Toolbar
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_EMPTY_SNIPPET = translatable("There is nothing to run: the snippet is empty.")
_WHAT_TO_DO = translatable("Write one, or open an example from the File menu.")


class Runs(Feature):
    ready = Signal(object)
    """A `Trace`, when every panel shows it."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        shown_run: ShownRun,
        controller: RunController,
        documents: Documents,
        run_files: RunFiles,
        how_to_run: HowToRun,
        editor: CodeEditor,
        console: Console,
        banner: Banner,
        status: StatusBar,
        toolbar: Toolbar,
        do: Actions,
    ) -> None:
        super().__init__(toolbar)
        self._workspace, self._shown_run, self._controller = workspace, shown_run, controller
        self._documents, self._how_to_run, self._editor = documents, how_to_run, editor
        self._run_files = run_files
        self._console, self._banner, self._status = console, banner, status
        self._toolbar, self._actions = toolbar, do
        self._is_heard = False
        """Whether the console shows the output of the run from its start."""
        self._shows_progress = False
        """Whether the status bar shows a run in progress."""
        self._is_awaited = False
        """Whether Run was pressed while the notebook to run was still being read."""
        self.hear(controller.started, self._on_started)
        self.hear(controller.opening, self._on_opening)
        self.hear(controller.progressed, self._on_progress)
        self.hear(controller.grown, self._on_grown)
        self.hear(controller.printed, self._on_printed)
        self.hear(documents.opened, self._on_tab)
        self.hear(documents.changed, lambda: controller.keep_only(self._open))
        self.hear(documents.notebookRead, self._on_notebook)
        self.hear(controller.finished, self._on_finished)
        self.hear(controller.failed, self._on_failed)
        self.hear(controller.idle, self._on_idle)
        self.hear(controller.unavailable, banner.show_message)
        self.hear(controller.devicesKnown, toolbar.set_devices)
        self.hear(editor.runToHere, self.run_to)
        self.on(do.run, lambda: self.run())
        self.on(do.run_to_here, lambda: self.run_to(editor.textCursor().blockNumber() + 1))
        self.on(do.stop, self._stop)
        status.set_stop(do.stop)

    def run(self, last_line: int | None = None) -> None:
        """Trace the program in the editor, or its lines up to one, unless it is empty.

        A notebook that is still being read is run as soon as it is there.
        """
        if last_line is None and self._documents.reading is not None:
            self._is_awaited = True
            self._on_opening(self._documents.reading.name)
            return
        text = self._documents.program.sheet.text
        if text.strip():
            self._editor.horizontalScrollBar().setValue(
                0
            )  # the marks are beside the lines' beginnings
            self._documents.program.was_run = True
            self._controller.run(replace(self.job(text), last_line=last_line))
        else:
            self._banner.show_message(tr(_EMPTY_SNIPPET), tr(_WHAT_TO_DO))

    def run_to(self, line: int) -> None:
        """Run up to the end of the cell that a line is in; a text without cells as a whole."""
        is_program = self._documents.current is self._documents.program
        cell = self._editor.sheet.cell_at(line) if is_program else None
        self.run(None if cell is None else max(cell.line - 1, cell.end_line))

    def _stop(self) -> None:
        self._controller.stop()
        self._stop_waiting()

    def _stop_waiting(self) -> bool:
        """Wait no longer for a notebook to run; return whether one was awaited."""
        was_awaited, self._is_awaited = self._is_awaited, False
        if was_awaited:
            self._on_idle()
        return was_awaited

    def run_live(self) -> None:
        """Trace the program in the editor, and show nothing before the result."""
        self._controller.run(self.job(self._documents.program.sheet.text, live=True))

    def job(self, text: str, *, live: bool = False) -> Job:
        return Job(
            text=text,
            path=self._path,
            device=self._toolbar.device.value,
            what_if=self._documents.program.what_if,
            choice=self._workspace.choice,
            owner=self._documents.program.number,
            open=self._open,
            how=self._how_to_run.effective,
            live=live,
            caret=self._editor.textCursor().blockNumber() + 1,
        )

    @property
    def _open(self) -> frozenset[int]:
        return frozenset(tab.number for tab in self._documents.tabs)

    @property
    def _path(self) -> str | None:
        path = self._documents.program.path
        return str(path) if path else None

    def _on_started(self, job: Job) -> None:
        self._is_heard = self._is_shown(job) and not job.live
        if job.live:
            return  # all the quieter where it is done in a moment
        self._set_running(True)
        if not self._is_heard:
            return
        self._banner.hide()
        self._editor.set_underlines(())
        self._console.start(self._path)
        self._shows_progress = True

    def _on_opening(self, name: str) -> None:
        """Say which trace is read, which takes its time; Stop ends it."""
        self._status.set_run(tr("Opening {file}…").format(file=name), "waiting", "gradient")
        self._actions.stop.setEnabled(True)
        self._shows_progress = True

    def _on_progress(self) -> None:
        self._actions.stop.setEnabled(True)
        self._shows_progress = True

    def _on_grown(self, prepared: Prepared, job: Job) -> None:
        """Show how far a run has come, unless the user looks at something of the picture before."""
        if job is self._controller.job and self._is_shown(job) and not self._is_looked_at:
            self._shown_run.show_growing(prepared)

    @property
    def _is_looked_at(self) -> bool:
        workspace, shown = self._workspace, self._workspace.shown
        if shown is None or not shown.is_running:
            return False
        is_chosen = workspace.subject is not None or workspace.choice != shown.choice
        return is_chosen or not workspace.is_at_end

    def _on_idle(self) -> None:
        """Clear the signs of a run after the last one, whose result may have been dropped."""
        self._set_running(False)
        if self._shows_progress:
            self._shown_run.show_status()

    def _on_failed(self, text: str) -> None:
        self._set_running(False)
        self._shows_progress = False
        self._status.set_run(tr("Not traced"), "warning", "cut")
        self._banner.show_message(text)

    def _on_finished(self, prepared: Prepared, job: Job | None) -> None:
        self._set_running(False)
        self._shows_progress = False
        show = self._shown_run
        if job is None:
            self._show_snippet_of(prepared.run.trace)
            show.show_again(prepared)
        elif self._is_shown(job):
            show.show(prepared) if self._is_heard else show.show_again(prepared)
        else:
            self._keep(prepared, job)
            show.show_status()  # of the text that is shown meanwhile
            return
        self.ready.emit(prepared.run.trace)

    def _show_snippet_of(self, trace: Trace) -> None:
        """Put the text of a trace from a file into the editor."""
        title = Path(trace.snippet.path).name if trace.snippet.path else tr("Trace")
        self._documents.show_in_tab(trace.snippet.text, title=title)

    def _is_shown(self, job: Job) -> bool:
        return self._documents.program.number == job.owner

    def _keep(self, prepared: Prepared, job: Job) -> None:
        """Keep the run of a tab that is not shown now."""
        if (tab := self._documents.tab(job.owner)) is not None:
            self._run_files.keep(tab, prepared)

    def _on_printed(self, stream: str, text: str) -> None:
        if self._is_heard:
            self._console.add_output(stream, text)

    def _on_notebook(self, is_shown: bool) -> None:
        if self._stop_waiting() and is_shown:
            self.run()

    def _on_tab(self) -> None:
        """Show output only with its tab; when the tab is shown again, all of it is shown."""
        self._is_heard = False

    def _set_running(self, running: bool) -> None:
        self._keep_focus()
        self._actions.run.setEnabled(not running)
        self._actions.stop.setEnabled(running)

    def _keep_focus(self) -> None:
        """Return the focus to the text, which a disabled button would give to its neighbour."""
        do, focus = self._actions, self._toolbar.window().focusWidget()
        if isinstance(focus, QToolButton) and focus.defaultAction() in (do.run, do.stop):
            self._editor.setFocus()
