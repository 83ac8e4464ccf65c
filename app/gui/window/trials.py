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
    from app.contract.records import Trace
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.gui.run_controller import Job, RunController
    from app.session.findings.trials import Tried


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
        self._trace: Trace | None = None
        """The one whose fixes are being tried."""
        window.display.changed.connect(self._begin)
        window.controller.started.connect(self._stop)
        window.controller.idle.connect(lambda: self._begin(window.display.prepared))

    def close(self) -> None:
        self._stop()
        self._latest.close()

    def _begin(self, prepared: Prepared | None) -> None:
        controller = self._window.controller
        trace = None if prepared is None else prepared.trace
        if trace is not None and trace is self._trace:
            return
        self._stop()
        if prepared is None or prepared.job is None or controller.is_running:
            return
        if any(is_pending(found.fix) for found in prepared.trace.findings):
            asked, job = prepared.trace, prepared.job
            controller.use_interpreter(job.how.interpreter)
            self._trace = asked
            self._latest.ask(lambda is_wanted: _tried(controller, job, asked, is_wanted))

    def _stop(self) -> None:
        self._latest.forget()
        if self._trace is not None:
            self._trace = None
            self._window.controller.drop_unheard()

    def _on_tried(self, _: int, tried: Tried | None) -> None:
        trace, self._trace = self._trace, None
        if trace is None or tried is None:
            return
        tried.put_into(trace)
        display = self._window.display
        if display.trace is trace:
            display.show_findings()
            self.ended.emit(trace)


def _tried(controller: RunController, job: Job, trace: Trace, is_wanted: IsWanted) -> Tried | None:
    from app.session.findings.trials import none_tried, try_fixes

    def run(text: str, seconds: float) -> Trace | None:
        hidden = replace(job, text=text, how=replace(job.how, seconds=seconds))
        return controller.trace_unheard(hidden, is_wanted)

    try:
        return try_fixes(trace, run, _PATIENCE)
    except (TracerUnavailableError, RunSettingsError) as problem:
        return none_tried(trace, str(problem).rstrip("."))
    except Exception:
        # A bug of ours must not leave "Trying a fix…" there for good.
        sys.excepthook(*sys.exc_info())
        return none_tried(trace, tr("Tapescope hit an internal error"))
