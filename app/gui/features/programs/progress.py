"""How far a run has come, while it goes on, and after which iteration it is to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer

from app.gui.features.feature import Feature
from app.gui.features.programs.how_to_run import HowToRun
from app.gui.files.documents import Documents
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.panels.verdict.bar import VerdictBar
from app.gui.running.run_controller import Job, RunController
from app.session.language import ngettext, number, tr
from app.session.trace.progress import Pace, Progress

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_LONG_SECONDS = 60.0
"""After this time a run says how to stop it."""
_LINE_SECONDS = 1.5
"""After this time the line above graph and gradients is that of the run that goes on."""
_LOOPS_NAMED = 2


class RunProgress(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        controller: RunController,
        documents: Documents,
        how_to_run: HowToRun,
        bar: VerdictBar,
        graph: GraphView,
        gradients: GradientsPanel,
        status: StatusBar,
    ) -> None:
        super().__init__(bar)
        self._workspace, self._controller, self._documents = workspace, controller, documents
        self._how_to_run, self._bar = how_to_run, bar
        self._graph, self._gradients, self._status = graph, gradients, status
        self._clock = QElapsedTimer()
        self._pace = Pace()
        self.hear(controller.started, self._on_started)
        self.hear(controller.begun, lambda _: self._clock.start())
        self.hear(controller.progressed, self._show)
        self.hear(controller.stopping, self._on_stopping)
        self.hear(controller.lossesGrown, self._on_losses)
        self.hear(controller.finished, lambda *_: self._end())
        self.hear(controller.failed, lambda _: self._end())
        self.hear(controller.idle, self._end)
        self.hear(documents.opened, self._clear)
        self.hear(bar.stop_after.chosen, self._limit)

    @property
    def _job(self) -> Job | None:
        """The run that goes on, if it is of the text in the editor."""
        job = self._controller.job
        return job if job is not None and job.owner == self._documents.program.number else None

    def _on_started(self, job: Job) -> None:
        self._clock.start()
        self._pace = Pace()
        if not job.live and self._job is not None:
            self._status.set_run(tr("Running…"), "waiting", "gradient")
            self._show_message(tr("Running…"))

    def _on_stopping(self) -> None:
        text = tr("Stopping… What was recorded will be shown.")
        self._status.set_run(text, "waiting", "gradient")
        self._status.show_stop(False)
        if self._job is not None and not self._job.live:
            self._show_message(text)
            self._bar.stop_after.hide()
            self._bar.show_progress(tr("Stopping…"), [])

    def _show(self, progress: Progress) -> None:
        if self._controller.is_stopping:
            return
        seconds, job = self._clock.elapsed() / 1000, self._job
        text = said = _words(seconds, progress)
        if seconds >= _LONG_SECONDS:
            said = tr("{running}. Stop (Esc) keeps what was recorded.").format(running=text)
        self._status.set_run(said, "waiting", "gradient")
        self._status.show_stop(True)
        if job is None:
            return
        self._show_message(text)
        limit = self._how_to_run.settings.iterations or None
        left = self._pace.seconds_left(seconds, progress, limit)
        shown = self._workspace.shown
        if shown is not None and shown.is_running:
            self._gradients.figures.show_progress(seconds, progress, left)
        if seconds >= _LINE_SECONDS and not job.live:
            self._bar.stop_after.show_limit(limit)
            self._bar.show_progress(_title(progress), list(_turns(progress)))
            self._bar.stop_after.setVisible(progress.iterations is not None)

    def _on_losses(self, losses: list[float | None]) -> None:
        if self._job is not None:
            self._gradients.losses.show_losses(losses)

    def _limit(self, iterations: int | None) -> None:
        """End the run after so many iterations, and the next ones of this file too."""
        self._how_to_run.set_settings(replace(self._how_to_run.settings, iterations=iterations))
        self._bar.stop_after.show_limit(iterations)

    def _show_message(self, text: str) -> None:
        """Say this where nothing is shown yet; without a text, no run is going on."""
        if self._workspace.shown is None:
            self._graph.set_message(text)
            self._gradients.set_hint(text)

    def _end(self) -> None:
        self._status.show_stop(False)
        self._show_message("")
        self._clear()

    def _clear(self) -> None:
        self._gradients.show_no_progress()
        self._bar.end_progress()


def _words(seconds: float, progress: Progress) -> str:
    count, passes = progress.operations, progress.backward_passes
    text = tr("Running… {seconds:.1f} s")
    if count:
        text = ngettext(
            "Running… {count} operation, {seconds:.1f} s",
            "Running… {count} operations, {seconds:.1f} s",
            count,
        )
    if passes:
        text = ngettext(
            "Running… {count} operations, {passes} backward pass, {seconds:.1f} s",
            "Running… {count} operations, {passes} backward passes, {seconds:.1f} s",
            passes,
        )
    return text.format(count=number(count), passes=number(passes), seconds=seconds)


def _title(progress: Progress) -> str:
    if progress.iterations is None:
        return tr("Running")
    count = progress.iterations
    text = ngettext("Running, {count} iteration done", "Running, {count} iterations done", count)
    return text.format(count=number(count))


def _turns(progress: Progress) -> Iterator[str]:
    for turn in progress.counted[:_LOOPS_NAMED]:
        text = tr("pass {count} of {total} on line {line}")
        total = number(turn.total or 0)
        yield text.format(count=number(turn.number), total=total, line=turn.spot)
