"""Runs: what is run and how, and what the window says while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject
from PySide6.QtWidgets import QToolButton

from app.gui.run_controller import Job
from app.session.language import ngettext, number, tr, translatable

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared

_EMPTY_SNIPPET = translatable("There is nothing to run: the snippet is empty.")
_WHAT_TO_DO = translatable("Write one, or open an example from the File menu.")


class Runs(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller = window.controller
        self._is_heard = False
        """The console shows what the run printed from its start on."""
        self._is_told = False
        """The status bar speaks of a run that goes on."""
        self._clock = QElapsedTimer()
        controller.started.connect(self._on_started)
        controller.progressed.connect(self._on_progress)
        controller.printed.connect(self._on_printed)
        window.documents.opened.connect(self._on_tab)
        controller.finished.connect(self._on_finished)
        controller.failed.connect(self._on_failed)
        controller.idle.connect(self._on_idle)
        controller.unavailable.connect(lambda text: window.banner.show_message(text))
        controller.devicesKnown.connect(window.toolbar.set_devices)
        do = window.actions_
        do.connect(do.run, self.run)
        do.connect(do.stop, controller.stop)
        window.status.set_stop(do.stop)

    def run(self) -> None:
        """Trace what the editor holds, unless there is nothing to run."""
        text = self._window.editor.sheet.text
        if text.strip():
            self._controller.run(self._job(text))
        else:
            self._window.banner.show_message(tr(_EMPTY_SNIPPET), tr(_WHAT_TO_DO))

    def run_live(self) -> None:
        """Trace what the editor holds, and show nothing of it before it is there."""
        self._controller.run(self._job(self._window.editor.sheet.text, live=True))

    def _job(self, text: str, *, live: bool = False) -> Job:
        window = self._window
        return Job(
            text=text,
            path=self._path,
            device=window.toolbar.device.value,
            mode=window.toolbar.mode.value,
            choice=window.folding.choice,
            owner=window.documents.current.number,
            how=window.how_to_run.effective,
            live=live,
        )

    @property
    def _path(self) -> str | None:
        path = self._window.documents.path
        return str(path) if path else None

    def _on_started(self, job: Job) -> None:
        window = self._window
        self._clock.start()
        self._is_heard = self._is_shown(job) and not job.live
        if job.live:
            return  # all the quieter where it is done in a moment
        self._set_running(True)
        if not self._is_heard:
            return
        window.banner.hide()
        window.editor.set_underlines(())
        window.console.start(self._path)
        self._is_told = True
        window.status.set_run(tr("Running…"), "waiting", "gradient")
        window.display.show_progress(tr("Running…"))

    def _on_progress(self, count: int) -> None:
        self._window.actions_.stop.setEnabled(True)
        self._is_told = True
        text = tr("Running… {seconds:.1f} s")
        if count:
            text = ngettext(
                "Running… {count} operation, {seconds:.1f} s",
                "Running… {count} operations, {seconds:.1f} s",
                count,
            )
        text = text.format(count=number(count), seconds=self._clock.elapsed() / 1000)
        self._window.status.set_run(text, "waiting", "gradient")
        self._window.status.show_stop(True)
        job = self._controller.job
        if job is not None and self._is_shown(job):
            self._window.display.show_progress(text)

    def _on_idle(self) -> None:
        """Nothing runs any more, and it may be that nothing was told of what ran."""
        self._set_running(False)
        self._window.display.show_progress("")
        if self._is_told:
            self._window.display.show_status()

    def _on_failed(self, text: str) -> None:
        self._set_running(False)
        self._is_told = False
        self._window.status.set_run(tr("Not traced"), "warning", "cut")
        self._window.banner.show_message(text)

    def _on_finished(self, prepared: Prepared, job: Job | None) -> None:
        self._set_running(False)
        self._is_told = False
        display = self._window.display
        if job is None:
            self._window.files.show_snippet_of(prepared.run.trace)
            display.show_again(prepared)
        elif self._is_shown(job):
            display.show(prepared) if self._is_heard else display.show_again(prepared)
        else:
            self._keep(prepared, job)
            return
        self._window.traceReady.emit(prepared.run.trace)

    def _is_shown(self, job: Job) -> bool:
        return self._window.documents.current.number == job.owner

    def _keep(self, prepared: Prepared, job: Job) -> None:
        """The run of another tab than the one that is shown now."""
        if (tab := self._window.documents.tab(job.owner)) is not None:
            tab.prepared = prepared
            tab.sheet.set_marks(prepared.marks, job.text)

    def _on_printed(self, stream: str, text: str) -> None:
        if self._is_heard:
            self._window.console.add_output(stream, text)

    def _on_tab(self) -> None:
        """What the run prints belongs to its tab: shown as a whole when that is there again."""
        self._is_heard = False

    def _set_running(self, running: bool) -> None:
        self._keep_focus()
        self._window.actions_.run.setEnabled(not running)
        self._window.actions_.stop.setEnabled(running)
        if not running:
            self._window.status.show_stop(False)

    def _keep_focus(self) -> None:
        """A button that goes pale hands the keyboard to its neighbour, Live: back to the text."""
        do, focus = self._window.actions_, self._window.focusWidget()
        if isinstance(focus, QToolButton) and focus.defaultAction() in (do.run, do.stop):
            self._window.editor.setFocus()
