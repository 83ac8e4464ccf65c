"""A run that goes on, as far as it has come: its first iteration, and the losses of all."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from app.contract.records import Snippet
from app.session.garbage import undisturbed

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.gui.running.run_controller import Job
    from app.session.trace.assembly import TraceBuilder

_FIRST: Final = 1.5
"""Seconds after which a run is shown that has not ended, if a backward pass has; most have."""
_WITHOUT_BACKWARD: Final = 3.0
"""Seconds after which it is shown if none has."""
_PAUSE: Final = 0.5
"""Seconds between two pictures, at least."""
_SHARE: Final = 4
"""Times as long as it takes to prepare a picture, nothing is prepared."""
_MOST: Final = 5000
"""Operations after which nothing more is shown before the run ends."""


class Growing:
    """Keeps the rows of the first iteration, and shows them while more arrive.

    `take` is called in the thread that reads the rows, `look` now and then in the window's, and
    `show` in one that prepares what is shown.
    """

    def __init__(self, job: Job, show: Callable[[Prepared], object]) -> None:
        self._job, self._show = job, show
        self._batches: list[list[Any]] = []
        self._is_full = self._is_over = self._has_backward = False
        self.losses: list[float | None] = []
        """Of each backward pass so far; None where it was called on more than a number."""
        self._shown = 0
        """The number of batches that were shown."""
        self._began = self._due = inf
        self._thread: threading.Thread | None = None

    def take(self, batch: list[Any], builder: TraceBuilder) -> None:
        """Add rows, which `builder` has already."""
        if self._began == inf:
            self._began = monotonic()
            self._due = self._began + _FIRST
        if not self._is_over:
            self.losses += builder.losses(len(self.losses))
        if not self._is_full:
            self._batches.append(batch)
            self._has_backward = builder.has_backward
            self._is_full = builder.has_stepped or builder.operation_count > _MOST

    def look(self) -> None:
        """Show the rows so far if it is time, and if there are more than were shown."""
        is_busy = self._thread is not None and self._thread.is_alive()
        now, batches = monotonic(), list(self._batches)
        if self._is_over or is_busy or now < self._due or len(batches) == self._shown:
            return
        if not self._has_backward and now < self._began + _WITHOUT_BACKWARD:
            return
        self._shown = len(batches)
        self._thread = threading.Thread(
            target=self._prepare, args=(batches,), name="growing", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Show nothing more: the run has ended."""
        self._is_full = self._is_over = True
        self._batches.clear()

    def close(self) -> None:
        """End, and wait until the thread is gone."""
        self.end()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _prepare(self, batches: list[list[Any]]) -> None:
        from app.gui.running.prepared import prepare
        from app.session.trace.assembly import TraceBuilder

        began, job = monotonic(), self._job
        try:
            with undisturbed():
                builder = TraceBuilder(Snippet(path=job.path, text=job.text))
                for batch in batches:
                    builder.add_batch(batch)
                    if self._is_over:
                        return
                prepared = prepare(builder.finish(is_running=True), choice=job.choice, job=job)
                if prepared.calls and not self._is_over:
                    self._show(prepared)
        except Exception:  # the run itself goes on after a bug of ours
            sys.excepthook(*sys.exc_info())
        now = monotonic()
        self._due = now + max(_PAUSE, _SHARE * (now - began))
