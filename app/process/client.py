"""Tracing a snippet: `Tracer` keeps a process ready that has imported torch."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Literal

from app.contract.messages import Device, Exited, Hello, LimitRequest, RunRequest, StopRequest
from app.process.child import Child, OnBatch
from app.session.language import tr

CAN_FORK = sys.platform not in ("win32", "darwin")
"""Elsewhere a process does one run and ends: Windows has no fork, and macOS's frameworks break
in a forked process."""

_LAST_RESORT_SECONDS = 3.0
"""Seconds of silence after a request to stop until the process itself is killed: it stops a run
within 2.5, and a busy machine only makes it slower."""

Reason = Literal["stopped", "timeout"]


class TracerUnavailableError(Exception):
    """This interpreter cannot trace; the message is a sentence for the user."""


class Tracer:
    """Traces snippets, one after the other, in processes of `interpreter` (this one by default).

    A process is started ahead so that a run does not wait for torch's import, and again where it
    was used up or lost, or where a run wants other environment variables: libraries read these
    when they are loaded, which is before the run.  Every method may be called from any thread.
    `close` must be called at the end.
    """

    def __init__(self, interpreter: str | None = None, *, once: bool = not CAN_FORK) -> None:
        self._interpreter = interpreter or sys.executable
        self._once = once
        self._environment: dict[str, str] = {}
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._running = False
        self._stop: Reason | None = None
        self._at_once = False
        self._limit: LimitRequest | None = None
        """What the current run has not received yet."""
        self._closed = False

    def start(self) -> None:
        """Start a process if there is none; return at once.  Raises TracerUnavailableError."""
        with self._lock:
            if self._closed:
                raise TracerUnavailableError(tr("The tracing process was closed."))
            if self._child is not None:
                if self._child.returncode is None:
                    return
                self._child.close()
            try:
                self._child = Child(self._interpreter, self._once, self._environment)
            except (OSError, ValueError) as error:  # ValueError: a zero byte in its path
                text = tr("{python} cannot be started: {error}. Choose another interpreter.")
                reason = getattr(error, "strerror", None) or error
                raise TracerUnavailableError(
                    text.format(python=self._interpreter, error=reason)
                ) from None

    @property
    def devices(self) -> list[Device] | None:
        """Return the devices of the interpreter's torch; None until they are known."""
        with self._lock:
            return None if self._child is None else self._child.devices

    @property
    def hello(self) -> Hello | None:
        """Return the versions of the interpreter and its torch; None until they are known."""
        with self._lock:
            return None if self._child is None else self._child.hello

    def wait_for_devices(self) -> list[Device]:
        """Block until the devices are known and return them.  Raises TracerUnavailableError."""
        child = self._wait_for(lambda child: child.devices is not None)
        return child.devices or []

    def run(
        self,
        request: RunRequest,
        on_batch: OnBatch,
        timeout: float | None = None,
        *,
        is_wanted: Callable[[], bool] = lambda: True,
        on_begin: Callable[[], None] = lambda: None,
    ) -> Exited:
        """Run a snippet; return when its process is gone and `on_batch` has received everything.

        `on_batch` gets messages as `decode_line` gives them, rows and output, from another
        thread but never two at a time.  If it raises, the run is stopped and the exception
        raised here.  `timeout` is in seconds of the run itself; None and 0 mean no limit.
        `is_wanted` is asked once, from when on `stop` ends this run: who calls `stop` may have
        done so before.  If it says no, the run is one that was stopped.  `on_begin` is called
        when the process is ready and the snippet itself begins.
        Raises TracerUnavailableError, and RuntimeError if a run is going on.
        """
        with self._lock:
            if self._running:
                raise RuntimeError("this Tracer is running a snippet already")
            self._running, self._stop, self._at_once, self._limit = True, None, False, None
        if not is_wanted():
            self.stop()
        try:
            return self._run(request, on_batch, timeout or None, on_begin)
        finally:
            with self._lock:
                self._running = False

    def stop(self, reason: Reason = "stopped", *, at_once: bool = False) -> None:
        """Ends the run that is going on, if any: interrupt, then terminate, then kill.

        `at_once` kills, for a run whose result nobody waits for.  Returns at once; `run` returns
        when the process is gone.
        """
        with self._lock:
            if not self._running or self._stop is not None:
                return
            self._stop, self._at_once = reason, at_once
        self._wake()

    def limit(self, iterations: int | None) -> None:
        """End the run that is going on, if any, after this many optimizer steps; None: never.

        Returns at once.  A run that has made as many ends with its next step.
        """
        with self._lock:
            if not self._running:
                return
            self._limit = LimitRequest(iterations)
        self._wake()

    def _wake(self) -> None:
        """Let the thread that watches the run see what was asked for."""
        child = self._child
        if child is not None:
            with child.changed:
                child.changed.notify_all()

    def close(self) -> None:
        """End the process and the current run, if any."""
        self.stop()
        with self._lock:
            self._closed = True
            child = self._child
        if child is not None:
            child.close()

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Start a process for runs with these environment variables.  Do not call during a run.

        Raises TracerUnavailableError.
        """
        with self._lock:
            other = self._environment != environment
            child, self._environment = self._child, dict(environment)
            if other:
                self._child = None
        if other and child is not None:
            child.close()
        self.start()

    def _run(
        self,
        request: RunRequest,
        on_batch: OnBatch,
        timeout: float | None,
        on_begin: Callable[[], None],
    ) -> Exited:
        self.prepare(request.environment)
        child = self._wait_for(lambda child: child.hello is not None or self._stop is not None)
        if self._stop is not None:
            return Exited(0, None, self._stop)
        with child.changed:
            child.exited, child.failure, child.on_batch = None, None, on_batch
        child.send(request)
        on_begin()
        self._watch(child, timeout)
        if child.returncode is not None:
            with suppress(TracerUnavailableError):
                self.start()
        if child.failure is not None:
            raise child.failure
        return child.exited or _exit_of(child, self._stop)

    def _watch(self, child: Child, timeout: float | None) -> None:
        """Wait until the run has ended, and stop it at its time limit or when it is asked to."""
        due = None if timeout is None else time.monotonic() + timeout
        stopped: float | None = None
        with child.changed:
            while child.exited is None and child.returncode is None:
                with self._lock:
                    limit, self._limit = self._limit, None
                if limit is not None:
                    child.send(limit)
                now = time.monotonic()
                overdue = due is not None and now >= due
                if stopped is None and (overdue or self._stop or child.failure):
                    self.stop("timeout" if overdue else "stopped")
                    child.send(StopRequest(self._stop or "stopped", self._at_once))
                    stopped = now
                if stopped is not None:
                    due = min(now, max(stopped, child.quiet_since)) + _LAST_RESORT_SECONDS
                    if now >= due:
                        child.kill()
                        due = None
                left = None if due is None else max(0.0, due - now)
                child.changed.wait(None if left is None else min(left, threading.TIMEOUT_MAX))
            child.on_batch = None

    def _wait_for(self, condition: Callable[[Child], bool]) -> Child:
        """Wait until `condition` holds and return the process.  Raises TracerUnavailableError."""
        while True:
            self.start()
            child = self._child
            assert child is not None
            if child.wait_for(condition):
                return child
            with self._lock:
                if child is self._child or self._closed:
                    raise TracerUnavailableError(_why_unavailable(child))


def _exit_of(child: Child, stop: Reason | None) -> Exited:
    """Return how a run ended whose process died without reporting it."""
    code = child.returncode or 0
    return Exited(None if code < 0 else code, -code if code < 0 else None, stop)


def _why_unavailable(child: Child) -> str:
    if child.no_torch is None:
        reason = tr("it ended with exit code {code}").format(code=child.returncode)
        text = tr("The tracing process did not start: {reason}")
        return text.format(reason=child.last_words or reason)
    if "No module named 'torch'" in child.no_torch:
        return tr("PyTorch was not found in this Python. Choose another interpreter.")
    text = tr("PyTorch cannot be used in this Python: {reason}. Choose another interpreter.")
    return text.format(reason=child.no_torch)
