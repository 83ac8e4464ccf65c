"""Trials: the fixes of the run that is shown are tried in hidden runs before they are offered."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.gui.background import IsWanted, Latest
from app.process.client import TracerUnavailableError
from app.session.findings.offers import is_pending
from app.session.language import tr
from app.session.run_settings import RunSettingsError

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.gui.run_controller import Job, RunController
    from app.session.findings.trials import Tried
    from app.session.run import Run


_PATIENCE = 20.0
"""Seconds for all fixes of a run: the user sees that they are being tried."""


class Trials(QObject):
    """Give way to every run, and begin again when none is going on."""

    ended = Signal(object)
    """The `Trace` whose findings say now what came of their fixes; they are shown."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._latest = Latest("fixes", self)
        self._latest.answered.connect(self._on_tried)
        self._run: Run | None = None
        """The one whose fixes are being tried."""
        window.display.changed.connect(self._begin)
        window.controller.started.connect(self._stop)
        window.controller.idle.connect(lambda: self._begin(window.display.prepared))

    def close(self) -> None:
        self._stop()
        self._latest.close()

    def _begin(self, prepared: Prepared | None) -> None:
        controller = self._window.controller
        if prepared is not None and prepared.run is self._run:
            return
        self._stop()
        if prepared is None or prepared.job is None or controller.is_running:
            return
        if any(is_pending(found.fix) for found in prepared.run.trace.findings):
            asked, job = prepared.run, prepared.job
            controller.use_interpreter(job.how.interpreter)
            self._run = asked
            self._latest.ask(lambda is_wanted: _tried(controller, job, asked, is_wanted))

    def _stop(self) -> None:
        self._latest.forget()
        if self._run is not None:
            self._run = None
            self._window.controller.drop_unheard()

    def _on_tried(self, _: int, tried: Tried | None) -> None:
        run, self._run = self._run, None
        if run is None or tried is None:
            return
        tried.put_into(run.trace)
        display = self._window.display
        if display.prepared is not None and display.prepared.run is run:
            display.show_findings()
            self.ended.emit(run.trace)


def _tried(controller: RunController, job: Job, run: Run, is_wanted: IsWanted) -> Tried | None:
    from app.session.findings.trials import none_tried, try_fixes

    def run_text(text: str, seconds: float) -> Run | None:
        hidden = replace(job, text=text, how=replace(job.how, seconds=seconds))
        return controller.trace_unheard(hidden, is_wanted)

    try:
        return try_fixes(run, run_text, _PATIENCE)
    except (TracerUnavailableError, RunSettingsError) as problem:
        return none_tried(run.trace, str(problem).rstrip("."))
    except Exception:
        # A bug of ours must not leave "Trying a fix…" there for good.
        sys.excepthook(*sys.exc_info())
        return none_tried(run.trace, tr("Tapescope hit an internal error"))
