"""Keeps the runs as written, to compare what-if runs with them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from dataclasses import replace
from typing import TYPE_CHECKING

from app.contract.records import Trace
from app.gui.running.letting_go import let_go_if_large
from app.session.graph.choice import GraphChoice
from app.session.source.effects import first_effect

if TYPE_CHECKING:
    from app.gui.running.run_controller import Job
    from app.session.comparing.what_if import Comparison
    from app.session.run import Run

_MOST_SECONDS = 5.0
"""After a what-if that took longer, the text is not run as written without being asked."""
_MOST_KEPT = 4
"""Runs, which may be large."""
_COMPARABLE = ("ok", "raised")


class Baselines:
    """The last run as written of each text that is open.  Two threads may use it."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Job, Run]] = {}
        self._lock = threading.Lock()

    def comparison(self, job: Job, run: Run, run_job: Callable[[Job], Run]) -> Comparison | None:
        """Compare a what-if with the run as written; remember a run as written and return None.

        If the text was not run as written yet, `run_job` does that, provided that it is quick and
        the text has no effects outside.
        """
        from app.session.comparing.what_if import compare

        trace = run.trace
        if trace.run.status not in _COMPARABLE:
            return None
        if not job.what_if:
            self._keep(job, run)
            return None
        kept = self._of(job)
        if kept is None and _may_run(job, trace):
            as_written = run_job(replace(job, what_if=()))
            if as_written.trace.run.status in _COMPARABLE:
                kept = self._keep(job, as_written)
        return None if kept is None else compare(run, kept)

    def keep_only(self, wanted: Container[int]) -> None:
        """Let go of the runs of all other texts."""
        with self._lock:
            for owner in [one for one in self._kept if one not in wanted]:
                self._drop(owner)

    def _of(self, job: Job) -> Run | None:
        known, kept = self._kept.get(job.owner, (None, None))
        return kept if known == _question(job) else None

    def _keep(self, job: Job, run: Run) -> Run:
        self.keep_only(job.open - {job.owner})
        with self._lock:
            self._kept[job.owner] = _question(job), run
            if len(self._kept) > _MOST_KEPT:
                self._drop(next(iter(self._kept)))
        return run

    def _drop(self, owner: int) -> None:
        _, run = self._kept.pop(owner, (None, None))
        if run is not None:
            let_go_if_large(run, len(run.trace.operations))


def _question(job: Job) -> Job:
    """Return a job that is equal for all jobs that run the same text with the same settings."""
    return replace(job, what_if=(), choice=GraphChoice(), live=False, open=frozenset())


def _may_run(job: Job, trace: Trace) -> bool:
    return trace.run.seconds <= _MOST_SECONDS and first_effect(job.text) is None
