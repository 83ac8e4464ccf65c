"""Runs snippets and reads traces without ever making the window wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.contract.messages import RunRequest
from app.contract.records import Snippet, Trace
from app.gui.snippet_file import FileProblem, read_bytes
from app.process.client import Tracer, TracerUnavailableError

if TYPE_CHECKING:
    from app.session.assembly import TraceBuilder

_MAX_OPERATIONS = 200_000
_PROGRESS_MS = 100


@dataclass(frozen=True, slots=True)
class Job:
    """What to run and how.  `seconds` is the time limit, 0 is none."""

    text: str
    path: str | None
    device: str
    mode: str
    level: str
    hide_setup: bool
    seconds: float


class RunController(QObject):
    """One run at a time, in a thread of its own that also prepares what the panels show.

    Signals arrive in the window's thread.  What knows traces is imported in the worker, so that
    the window does not wait for it to appear.
    """

    started = Signal()
    progressed = Signal(int)
    """How many operations there are so far."""
    printed = Signal(str, str)
    """Which stream, and the text."""
    finished = Signal(object)
    """A `Prepared`; also for runs that ended in an error."""
    failed = Signal(str)
    """There is no trace; why, in a sentence or two."""
    unavailable = Signal(str)
    """The interpreter has no torch, or does not start; what to do, in a sentence or two."""
    regraphed = Signal(object)
    """A `Prepared` of the trace that is shown already."""
    devicesKnown = Signal(object)
    """list[Device]"""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer
        self._worker: threading.Thread | None = None
        self._builder: TraceBuilder | None = None
        self._stopping = False
        self._closed = False
        self._progress = QTimer(self, interval=_PROGRESS_MS)
        self._progress.timeout.connect(self._tell_progress)
        self.finished.connect(self._progress.stop)
        self.failed.connect(self._progress.stop)

    @property
    def is_running(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    def warm_up(self) -> None:
        """Start the server child, so that torch is loaded before the first run."""
        threading.Thread(target=self._warm_up, name="tracer-start", daemon=True).start()

    def run(self, job: Job) -> None:
        """Start a run; a run that is going on goes on instead."""
        if self.is_running or self._closed:
            return
        self._stopping = False
        self._builder = None
        self._start(lambda: self._run(job))
        self._progress.start()
        self.started.emit()

    def open_trace(self, path: Path, *, hide_setup: bool) -> None:
        """Read a trace document; `finished` or `failed` follows."""
        if not self.is_running and not self._closed:
            self._start(lambda: self._open(path, hide_setup))

    def regraph(self, trace: Trace, *, hide_setup: bool, unfolded: frozenset[int]) -> None:
        """Prepare a trace again with more or less to see; `regraphed` follows."""
        if not self.is_running and not self._closed:
            self._start(lambda: self._regraph(trace, hide_setup, unfolded))

    def use(self, tracer: Tracer) -> None:
        """Run from now on with another tracer; the one before is closed."""
        before, self._tracer = self._tracer, tracer
        threading.Thread(target=before.close, name="tracer-close", daemon=True).start()
        self.warm_up()

    def stop(self) -> None:
        if self.is_running and not self._stopping:
            self._stopping = True
            self._tracer.stop()

    def close(self) -> None:
        """End the run and the child; wait until the worker thread is gone."""
        self._closed = True
        self._progress.stop()
        if self.is_running:
            self._tracer.stop()
        self._tracer.close()
        if self._worker is not None:
            self._worker.join(timeout=10)

    # ---------------------------------------------------------------------- in other threads

    def _start(self, work: Callable[[], None]) -> None:
        self._worker = threading.Thread(target=work, name="run", daemon=True)
        self._worker.start()

    def _warm_up(self) -> None:
        tracer = self._tracer
        try:
            devices = tracer.wait_for_devices()
        except TracerUnavailableError as problem:
            if tracer is self._tracer:
                self._emit(self.unavailable, str(problem))
            return
        self._emit(self.devicesKnown, devices)

    def _run(self, job: Job) -> None:
        from app.gui.prepared import prepare
        from app.session.assembly import ProtocolError, TraceBuilder

        builder = self._builder = TraceBuilder(Snippet(path=job.path, text=job.text))
        try:
            exited = self._tracer.run(_request(job), self._take, job.seconds or None)
            builder.add_exited(exited)
            trace = builder.finish()
        except TracerUnavailableError as problem:
            self._emit(self.failed, str(problem))
            return
        except ProtocolError as problem:
            self._emit(self.failed, f"The run was given up. {problem}")
            return
        prepared = prepare(trace, hide_setup=job.hide_setup, time_limit=job.seconds)
        self._emit(self.finished, prepared)

    def _regraph(self, trace: Trace, hide_setup: bool, unfolded: frozenset[int]) -> None:
        from app.gui.prepared import prepare

        self._emit(self.regraphed, prepare(trace, hide_setup=hide_setup, unfolded=unfolded))

    def _take(self, batch: list[list[Any]]) -> None:
        builder = self._builder
        assert builder is not None
        builder.add_batch(batch)
        for message in batch:
            if message[0] == "output":
                self._emit(self.printed, message[1], message[2])

    def _open(self, path: Path, hide_setup: bool) -> None:
        from app.gui.prepared import prepare
        from app.session.document import TraceFormatError, load

        try:
            trace = load(read_bytes(path))
        except (FileProblem, TraceFormatError) as problem:
            self._emit(self.failed, str(problem))
            return
        self._emit(self.finished, prepare(trace, hide_setup=hide_setup, is_from_file=True))

    def _emit(self, signal: Any, *values: Any) -> None:
        if not self._closed:
            signal.emit(*values)

    def _tell_progress(self) -> None:
        if self._builder is not None:
            self.progressed.emit(self._builder.operation_count)


def _request(job: Job) -> RunRequest:
    return RunRequest(
        kind="run",
        text=job.text,
        path=job.path,
        argv=[],
        cwd=str(Path(job.path).parent) if job.path else None,
        environment={},
        device=job.device,
        seed=0,
        mode=job.mode,
        max_ops=_MAX_OPERATIONS,
        memory_mib=None,
        stdin="",
    )
