"""Runs snippets and reads traces without ever making the window wait."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from app.contract.messages import Exited, Nudge, RunRequest
from app.contract.records import Change, Snippet, Trace
from app.gui.files.snippet_file import FileProblem, read_bytes
from app.gui.running.baselines import Baselines
from app.gui.running.growing import Growing
from app.process.client import Tracer, TracerUnavailableError
from app.session import internal_errors
from app.session.cells.marks import code_cells
from app.session.garbage import undisturbed
from app.session.graph.choice import GraphChoice
from app.session.language import tr
from app.session.run_settings import RunSettings, RunSettingsError
from app.session.source.effects import first_effect

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.trace.progress import Progress

_MAX_OPERATIONS = 200_000
_PROGRESS_MS = 100
_TURN_SECONDS = 0.05
"""So often a hidden run that waits for another looks whether it is still wanted."""

_Result = tuple[SignalInstance, tuple[object, ...]]
"""A signal and what to emit with it."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to run and how; `how` has every default filled in.

    `owner` is the number of the text that runs, and comes back with the result.  A `live` run is
    one that nobody asked for: every other run stops it.  `caret` is the line being written.
    """

    text: str
    path: str | None
    device: str
    what_if: tuple[Change, ...]
    choice: GraphChoice
    how: RunSettings = field(default_factory=RunSettings)
    owner: int = 0
    live: bool = False
    caret: int | None = None
    last_line: int | None = None
    """Run up to this line; None for the whole text."""
    edited: dict[str, str] | None = None
    """Texts to import in place of what is in these files, by absolute path."""
    open: frozenset[int] = frozenset()
    """The numbers of the texts that are open, whose runs may be asked for again."""


@dataclass(eq=False, slots=True)
class _Task:
    """Something to do in the worker: a run if it has a job."""

    kind: Literal["run", "open"]
    work: Callable[[_Task], _Result]
    job: Job | None = None
    is_stopped: bool = False
    is_dropped: bool = False
    """Nobody waits for it any more: its result is not sent."""

    @property
    def is_live(self) -> bool:
        return self.job is not None and self.job.live


class RunController(QObject):
    """One thing at a time, in a thread of its own that also prepares what the panels show.

    Signals arrive in the window's thread.  What knows traces is imported in the worker, so that
    the window does not wait for it to appear.
    """

    started = Signal(object)
    """The `Job` that is due now."""
    begun = Signal(object)
    """The `Job` whose snippet runs: torch is there."""
    progressed = Signal(object)
    """The `Progress` so far."""
    lossesGrown = Signal(object)
    """The losses of all backward passes so far: list[float | None]."""
    grown = Signal(object, object)
    """A `Prepared` of a run that goes on, and its `Job`."""
    stopping = Signal()
    """The run that goes on was asked to end; `finished` follows once its record is prepared."""
    printed = Signal(str, str)
    """Which stream, and the text."""
    opening = Signal(str)
    """The name of a file from which a trace is read now."""
    finished = Signal(object, object)
    """A `Prepared` and its `Job`; also for runs that ended in an error.  A trace that was read
    from a file has no job."""
    incomplete = Signal(object, object)
    """The `Error` of a live run's text that is still being written, and the `Job`."""
    held = Signal(object, object)
    """The `Effect` for which a live run was not begun, and the `Job`."""
    failed = Signal(str)
    """There is no trace; why, in a sentence or two."""
    idle = Signal()
    """A run or the reading of a trace has ended, reported or dropped, and none follows."""
    unavailable = Signal(str)
    """The interpreter has no torch, or does not start; what to do, in a sentence or two."""
    devicesKnown = Signal(object)
    """list[Device]"""
    _was_aside = Signal()
    """What ran aside has ended, or was stopped for another run."""
    _ended = Signal(object, object)
    """A task, and the signal with its values that is its result."""

    def __init__(self, tracer: Tracer, interpreter: str = "") -> None:
        """`interpreter` is what the jobs that this tracer can run call its Python."""
        super().__init__()
        self._tracer = tracer
        self._interpreter = interpreter
        self._worker: threading.Thread | None = None
        self._task: _Task | None = None
        self._waiting: dict[str, _Task] = {}
        self._so_far: Progress | None = None
        self._growing: Growing | None = None
        self._closed = False
        self._baselines = Baselines()
        self._traces_unheard = False
        self._asker: object = None
        """Who asked for the hidden run that is going on."""
        self._hidden: set[object] = set()
        """Those whose hidden run goes on or waits, until they drop it."""
        self._turn = threading.Lock()
        """Held while the tracer runs something: a run, or what runs unheard."""
        self._progress = QTimer(self, interval=_PROGRESS_MS)
        self._progress.timeout.connect(self._tell_progress)
        self._ended.connect(self._on_ended)
        self._was_aside.connect(self._tell_idle)

    @property
    def is_running(self) -> bool:
        """Whether a snippet runs."""
        return self._task is not None and self._task.job is not None

    @property
    def is_stopping(self) -> bool:
        """Whether the run that goes on was asked to end, and will be shown."""
        return self._task is not None and self._task.is_stopped and not self._task.is_dropped

    @property
    def job(self) -> Job | None:
        """What runs now."""
        return None if self._task is None else self._task.job

    @property
    def torch(self) -> str:
        """Which torch runs the snippets, and in which Python; empty until that is known."""
        found = self._tracer.hello
        if not found:
            return ""
        text = tr("{torch}, in Python {python}")
        return text.format(torch=found.torch, python=found.python)

    def warm_up(self) -> None:
        """Start the server child, so that torch is loaded before the first run."""
        threading.Thread(target=self._warm_up, name="tracer-start", daemon=True).start()

    def run(self, job: Job) -> None:
        """Start a run.

        A live run that is going on ends for it unheard.  Any other goes on: a second one that
        was asked for is not started, and a live one waits, as the newest of those that wait.
        """
        if self._task is not None and self._task.job is not None:
            if self._task.is_live:
                self.drop_live()
            elif not job.live:
                return
        self._do(_Task("run", lambda task: self._run(task, job), job))

    def open_traces(self, paths: tuple[Path, ...], choice: GraphChoice) -> None:
        """Read the first of the trace documents; `finished` or `failed` follows, unless `stop`."""
        self.opening.emit(paths[0].name)
        self._do(_Task("open", lambda _: self._open(paths, choice)))

    def use(self, tracer: Tracer) -> None:
        """Run from now on with another tracer; the one before is closed."""
        before, self._tracer = self._tracer, tracer
        threading.Thread(target=before.close, name="tracer-close", daemon=True).start()
        self.warm_up()

    def use_interpreter(self, path: str) -> None:
        """Run from now on with this Python; an empty path is the one that runs this program."""
        if path != self._interpreter and not self.is_running:
            self._interpreter = path
            self.use(Tracer(path or None))

    def keep_only(self, owners: Container[int]) -> None:
        """Let go of the runs of all texts that these are not: they have gone."""
        self._baselines.keep_only(owners)

    def stop(self) -> None:
        """End the run that is going on, or that is about to begin; show it as far as it got.

        Else the reading of a trace is dropped.
        """
        self._waiting.pop("run", None)
        if self._task is not None and self._task.job is None:
            self._waiting.pop("open", None)
            self._task.is_dropped = True
        if self._task is not None and self._task.job is not None:
            self._task.is_stopped = True
            self.stopping.emit()
            self._tracer.stop()

    def limit(self, iterations: int | None) -> None:
        """End the run that is going on after this many iterations; None: let it run."""
        if self.is_running:
            self._tracer.limit(iterations)

    def drop_live(self) -> None:
        """End a live run, begun or waiting, and drop its result."""
        if (waiting := self._waiting.get("run")) is not None and waiting.is_live:
            del self._waiting["run"]
        if self._task is not None and self._task.is_live:
            self._task.is_dropped = True
            self._task.is_stopped = True
            self._tracer.stop()

    def measure(
        self,
        asker: object,
        job: Job,
        lines: tuple[int, int] | None,
        take: Callable[[list[list[Any]]], None],
        is_wanted: Callable[[], bool],
    ) -> None:
        """Measure a text, or lines of it, in the thread that calls this; `take` gets the rows.

        `asker` can end it with `drop_hidden`, as all hidden runs.
        Raises TracerUnavailableError and RunSettingsError.
        """
        request = _request(job)._replace(measured=list(lines or ()))
        self._run_aside(asker, request, take, None, is_wanted)

    def nudge(
        self,
        asker: object,
        job: Job,
        nudge: Nudge,
        take: Callable[[list[list[Any]]], None],
        is_wanted: Callable[[], bool],
    ) -> Exited | None:
        """Run a text with a value moved, as `measure` does; None where another run went first."""
        request = _request(job)._replace(nudge=nudge)
        runs = len(nudge.values) + (2 if nudge.place is None else 0)
        seconds = None if job.how.seconds is None else runs * job.how.seconds
        return self._run_aside(asker, request, take, seconds, is_wanted)

    def open_step(
        self,
        asker: object,
        job: Job,
        step: tuple[int, int],
        take: Callable[[list[list[Any]]], None],
        is_wanted: Callable[[], bool],
    ) -> None:
        """Run a text up to a step of a backward pass and ask its node, as `measure` runs it."""
        request = _request(job)._replace(opened=step)
        self._run_aside(asker, request, take, job.how.seconds, is_wanted)

    def _run_aside(
        self,
        asker: object,
        request: RunRequest,
        take: Callable[[list[list[Any]]], None],
        seconds: float | None,
        is_wanted: Callable[[], bool],
    ) -> Exited | None:
        """Run for something else than a trace.

        Every run for a trace stops it, and it stops fixes that are tried; it waits for another of
        its kind.
        """

        def is_asked() -> bool:
            return is_wanted() and asker in self._hidden

        if self._traces_unheard and not self.is_running:
            self._tracer.stop(at_once=True)
        self._hidden.add(asker)
        while not self._turn.acquire(timeout=_TURN_SECONDS):
            if not is_asked():
                return None
        try:
            exited = self._run_hidden(asker, request, take, seconds, is_asked)
        finally:
            self._turn.release()
        self._emit(self._was_aside)
        return exited

    def _run_hidden(
        self,
        asker: object,
        request: RunRequest,
        take: Callable[[list[list[Any]]], None],
        seconds: float | None,
        is_wanted: Callable[[], bool],
    ) -> Exited | None:
        """Run while the turn is held; None where a run has begun, or nobody waits any more."""

        def is_free() -> bool:
            return is_wanted() and self._is_free

        if not is_free():
            return None
        self._asker = asker
        try:
            return self._tracer.run(request, take, seconds, is_wanted=is_free)
        finally:
            self._asker = None

    def drop_hidden(self, asker: object) -> None:
        """End the hidden run that `asker` asked for, whether it goes on or still waits."""
        self._hidden.discard(asker)
        if self._asker is asker and not self.is_running:
            self._tracer.stop(at_once=True)

    @property
    def _is_free(self) -> bool:
        return not self.is_running and not self._closed

    def trace_unheard(self, asker: object, job: Job, is_wanted: Callable[[], bool]) -> Run | None:
        """Trace a text that the user did not ask for, in the thread that calls this.

        Every other run stops it: None where one has begun, or where nobody waits any more.
        Raises TracerUnavailableError and RunSettingsError.
        """
        from app.session.trace.assembly import TraceBuilder

        builder = TraceBuilder(Snippet(path=job.path, text=job.text))
        request, seconds = _request(job), job.how.seconds
        if not self._turn.acquire(blocking=False):
            return None
        self._traces_unheard = True
        try:
            exited = self._run_hidden(asker, request, builder.add_batch, seconds, is_wanted)
        finally:
            self._traces_unheard = False
            self._turn.release()
        if exited is None or exited.stop == "stopped" or not is_wanted():
            return None
        builder.add_exited(exited)
        with undisturbed():
            return builder.finish()

    def close(self) -> None:
        """End the run and the child; wait until the worker thread is gone."""
        self._closed = True
        self._waiting.clear()
        self._progress.stop()
        self.stop()
        self._tracer.close()
        if self._worker is not None:
            self._worker.join(timeout=10)
        if self._growing is not None:
            self._growing.close()
        self._task = None

    # ------------------------------------------------------------------- in the window's thread

    def _do(self, task: _Task) -> None:
        """Now, or when what is going on has ended."""
        if self._closed:
            return
        if self._task is not None:
            self._waiting[task.kind] = task
            return
        if task.job is not None:
            self.use_interpreter(task.job.how.interpreter)
        self._task = task
        self._so_far = self._growing = None
        if task.job is not None:
            self._tracer.stop(at_once=True)  # a run that nobody asked for ends
        self._worker = threading.Thread(target=self._work, args=(task,), name="run", daemon=True)
        self._worker.start()
        if task.job is not None:
            self._progress.start()
            self.started.emit(task.job)

    def _on_ended(self, task: _Task, result: _Result) -> None:
        if self._closed:
            return
        self._task = None
        self._progress.stop()
        if not task.is_dropped:
            signal, values = result
            signal.emit(*values)
        while self._waiting and self._task is None and not self._closed:
            self._do(self._waiting.pop(next(iter(self._waiting))))
        if task.job is not None or task.is_dropped:
            self._tell_idle()

    def _tell_idle(self) -> None:
        if self._is_free:
            self.idle.emit()

    def _tell_progress(self) -> None:
        if self._so_far is not None:
            self.progressed.emit(self._so_far)
        if self._growing is not None:
            self._growing.look()
            self.lossesGrown.emit(list(self._growing.losses))

    # ---------------------------------------------------------------------- in other threads

    def _warm_up(self) -> None:
        tracer = self._tracer
        try:
            devices = tracer.wait_for_devices()
        except TracerUnavailableError as problem:
            if tracer is self._tracer:
                self._emit(self.unavailable, str(problem))
            return
        self._emit(self.devicesKnown, devices)

    def _work(self, task: _Task) -> None:
        try:
            with undisturbed():
                result = task.work(task)
        except Exception:  # the next run must be possible after a bug of ours
            sys.excepthook(*sys.exc_info())
            text = tr("Tapescope hit an internal error and cannot show this run. {details}")
            result = self.failed, (text.format(details=internal_errors.details()),)
        self._emit(self._ended, task, result)

    def _run(self, task: _Task, job: Job) -> _Result:
        if job.live and (effect := first_effect(job.text)) is not None:
            return self.held, (effect, job)
        return self._trace(task, job)

    def _trace(self, task: _Task, job: Job) -> _Result:
        from app.gui.running.prepared import prepare

        try:
            run = self._traced(task, job)
            trace = run.trace
            comparison = None
            if not (job.live and trace.run.status == "syntax_error"):
                unheard = partial(self._traced, task, heard=False)
                comparison = self._baselines.comparison(job, run, unheard)
        except (TracerUnavailableError, RunSettingsError) as problem:
            return self.failed, (str(problem),)
        if job.live and _is_being_written(trace, job):
            return self.incomplete, (trace.error, job)
        limit = job.how.seconds or 0
        prepared = prepare(run, choice=job.choice, time_limit=limit, comparison=comparison, job=job)
        return self.finished, (prepared, job)

    def _traced(self, task: _Task, job: Job, *, heard: bool = True) -> Run:
        """Raises TracerUnavailableError and RunSettingsError."""
        from app.session.trace.assembly import TraceBuilder, output_in

        builder = TraceBuilder(Snippet(path=job.path, text=job.text))
        growing = Growing(job, lambda prepared: self._emit(self.grown, prepared, job))
        if heard and not job.live:
            self._growing = growing
        else:
            growing.end()

        def take(batch: list[list[Any]]) -> None:
            builder.add_batch(batch)
            if heard:
                self._so_far = builder.progress
            growing.take(batch, builder)
            for stream, text in output_in(batch):
                if heard and not task.is_dropped:
                    self._emit(self.printed, stream, text)

        request = _request(job)
        with self._turn:  # what ran unheard has been killed
            exited = self._tracer.run(
                request,
                take,
                job.how.seconds,
                is_wanted=lambda: not task.is_stopped,
                on_begin=lambda: self._emit(self.begun, job) if heard else None,
            )
        growing.end()
        builder.add_exited(exited)
        return builder.finish()

    def _open(self, paths: tuple[Path, ...], choice: GraphChoice) -> _Result:
        from app.gui.running.prepared import prepare
        from app.session.trace.document import load
        from app.session.trace.json_text import TraceFormatError

        try:
            run = load(read_bytes(paths[0]))
        except FileProblem as problem:
            return self.failed, (str(problem),)
        except TraceFormatError as problem:
            text = tr("Cannot open {file}: {problem}.")
            return self.failed, (text.format(file=paths[0].name, problem=problem),)
        return self.finished, (prepare(run, choice=choice, paths=paths), None)

    def _emit(self, signal: SignalInstance, *values: object) -> None:
        if not self._closed:
            signal.emit(*values)


def _is_being_written(trace: Trace, job: Job) -> bool:
    """Return whether the text is not Python yet, or has a half-typed name where the caret is."""
    if trace.run.status == "syntax_error":
        return True
    error = trace.error
    is_name = error is not None and error.type in ("NameError", "AttributeError")
    return is_name and error is not None and error.spot == job.caret


def _request(job: Job) -> RunRequest:
    """Raises RunSettingsError."""
    return RunRequest(
        text=job.text,
        path=job.path,
        argv=job.how.argument_list(),
        cwd=job.how.working_folder(job.path),
        environment=job.how.environment,
        device=job.device,
        seed=0,
        what_if=job.what_if,
        max_ops=_MAX_OPERATIONS,
        memory_mib=job.how.memory_mib or None,
        stdin=job.how.stdin,
        cells=code_cells(job.text),
        last_line=job.last_line,
        edited=job.edited,
        iterations=job.how.iterations or None,
        module=job.how.module_name(job.path),
        follow=job.how.follow.split(),
        no_follow=job.how.no_follow.split(),
    )
