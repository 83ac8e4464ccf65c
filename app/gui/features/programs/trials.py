"""Tries the fixes of the shown run in hidden runs before they are offered."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.gui.features.feature import Feature
from app.gui.running.background import IsWanted
from app.process.client import TracerUnavailableError
from app.session.findings.offers import is_pending
from app.session.language import tr
from app.session.run_settings import RunSettingsError

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.gui.running.run_controller import Job, RunController
    from app.session.findings.trials import Tried
    from app.session.run import Run
    from app.session.workspace import Workspace


_PATIENCE = 20.0
"""Seconds for all fixes of a run: the user sees that they are being tried."""


class Trials(Feature):
    """Yields to every run, and continues when none is going on."""

    ended = Signal(object)
    """The `Trace` whose findings now say whether their fixes worked; they are shown."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        controller: RunController,
        show_findings: Callable[[], object],
        parent: QObject,
    ) -> None:
        """`show_findings` shows those of the run, once they say whether their fixes worked."""
        super().__init__(parent)
        self._workspace, self._controller = workspace, controller
        self._show_findings = show_findings
        self._latest = self.latest("fixes", self._on_tried)
        self._run: Run | None = None
        """The run whose fixes are being tried."""
        self.hear(workspace.changed, self._begin)
        self.hear(controller.started, self._stop)
        self.hear(controller.idle, self._begin)

    def close(self) -> None:
        self._stop()
        super().close()

    def _begin(self) -> None:
        controller, shown = self._controller, self._workspace.shown
        if shown is not None and shown.run is self._run:
            return
        self._stop()
        if shown is None or shown.job is None or controller.is_running:
            return
        if any(is_pending(found.fix) for found in shown.run.trace.findings):
            run, job = shown.run, shown.job
            controller.use_interpreter(job.how.interpreter)
            self._run = run
            self._latest.ask(lambda is_wanted: _tried(controller, self, job, run, is_wanted))

    def _stop(self) -> None:
        self._latest.forget()
        if self._run is not None:
            self._run = None
            self._controller.drop_hidden(self)

    def _on_tried(self, tried: Tried | None) -> None:
        run, self._run = self._run, None
        if run is None or tried is None:
            return
        tried.put_into(run.trace)
        shown = self._workspace.shown
        if shown is not None and shown.run is run:
            self._show_findings()
            self.ended.emit(run.trace)


def _tried(
    controller: RunController, asker: object, job: Job, run: Run, is_wanted: IsWanted
) -> Tried | None:
    from app.session.findings.trials import none_tried, try_fixes

    def run_edited(
        text: str, files: dict[str, str], seconds: float, iterations: int | None
    ) -> Run | None:
        last = job.last_line
        if last is not None:  # lines are put in before it
            last += text.count("\n") - job.text.count("\n")
        how = replace(job.how, seconds=seconds, iterations=iterations or job.how.iterations)
        hidden = replace(job, text=text, edited=files, last_line=last, how=how)
        return controller.trace_unheard(asker, hidden, is_wanted)

    try:
        return try_fixes(run, run_edited, _PATIENCE)
    except (TracerUnavailableError, RunSettingsError) as problem:
        return none_tried(run.trace, str(problem).rstrip("."))
    except Exception:
        # A bug of ours must not leave "Trying a fix…" there for good.
        sys.excepthook(*sys.exc_info())
        return none_tried(run.trace, tr("Tapescope hit an internal error"))
