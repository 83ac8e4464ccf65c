"""The server: has torch imported ahead, and forks a process for each run.

It never runs an operation of torch and never starts a thread, so that what it forks is as fresh
as a new interpreter.  It ends when its parent does.
"""

from __future__ import annotations

import importlib
import os
import selectors
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from app.contract.framing import CHUNK, LineReader, decode_line
from app.contract.messages import Device, Devices, RunRequest
from app.tracer.child.forked import Channels, ForkedRun, die_with_parent, fork
from app.tracer.child.greeting import find_devices, hello
from app.tracer.child.huge_pages import use_huge_pages
from app.tracer.child.leaving import leave_torch_alone
from app.tracer.child.reached import SharedLines
from app.tracer.child.wire import send, write_all
from app.tracer.jobs import job_of
from app.tracer.private import LATE_IMPORTS
from app.tracer.snippet.sandbox import RunConnection, filename_of

_PROBE_SECONDS = 20
"""The longest wait for the device list: a driver may hang."""

_IDLE = 0.3
"""Seconds without a request after which the server has time to load ahead."""

Run = Callable[[], NoReturn]


class ParentGoneError(Exception):
    """The parent process has ended."""


def serve(requests: int, protocol: int) -> Run | None:
    """Serve until the parent closes `requests`; then return None.

    In a process forked for a run, return the run, to be called.
    """
    leave_torch_alone()
    server = _Server(requests, protocol)
    try:
        return server.loop()
    except (ParentGoneError, BrokenPipeError):
        server.end()
        return None


class _Server:
    def __init__(self, requests: int, protocol: int) -> None:
        self._requests = requests
        self._protocol = protocol
        self._request_lines = LineReader()
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._child_ended, self._wake_up = os.pipe()
        self._reached = SharedLines()
        self._run: ForkedRun | None = None
        self._probe = 0
        self._probe_pipe = 0
        self._loaded = False

    def loop(self) -> Run | None:
        self._watch_children()
        send(self._protocol, hello())
        self._start_probe()
        while True:
            ready = self._selector.select(self._patience())
            if not ready and self._run is None:
                self._load_ahead()
            for key, _ in ready:
                if key.fd == self._requests:
                    run = self._take_requests()
                    if run is not None:
                        return run
                elif key.fd == self._child_ended:
                    os.read(self._child_ended, CHUNK)
                elif key.fd == self._probe_pipe:
                    self._finish_probe()
                elif self._run is not None:
                    self._run.forward(key.fd)
            self._look_after_run()

    def _patience(self) -> float | None:
        """Return the seconds until the next task that needs no request, or None."""
        if self._run is not None:
            return self._run.patience()
        return None if self._loaded else _IDLE

    def _load_ahead(self) -> None:
        """Import in advance what torch would import at its first use, during a run.

        The first optimizer, and much of `torch.func`, brings in `torch._dynamo`: a second or two.
        """
        self._loaded = True
        for name in LATE_IMPORTS:
            with suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)
        leave_torch_alone()
        use_huge_pages()

    def _watch_children(self) -> None:
        """Have a child's end make a pipe readable, so that one `select` waits for everything."""
        for end in (self._child_ended, self._wake_up):
            os.set_blocking(end, False)
        self._selector.register(self._child_ended, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_up, warn_on_full_buffer=False)

    def _look_after_run(self) -> None:
        if self._run is not None:
            self._run.forward_rows()
            self._run.send_due_signals()
            if self._run.ended():
                self._run = None

    def _take_requests(self) -> Run | None:
        data = os.read(self._requests, CHUNK)
        if not data:
            raise ParentGoneError
        for line in self._request_lines.feed(data).splitlines():
            for message in decode_line(line):
                if message[0] == "run" and self._run is None:
                    run = self._fork_run(RunRequest(*message[1:]))
                    if run is not None:
                        return run
                elif message[0] == "stop" and self._run is not None:
                    self._run.ask_to_stop(*message[1:])
                elif message[0] == "limit" and self._run is not None:
                    self._run.limit(*message[1:])
        return None

    def _fork_run(self, request: RunRequest) -> Run | None:
        """Fork; return the run in the forked process and None in the server."""
        self._reached.begin()
        channels = Channels(self._reached, request.iterations)
        filename = filename_of(request)
        pid = fork()
        if pid:
            self._run = ForkedRun(pid, channels, filename, self._selector, self._protocol)
            return None
        os.setpgid(0, 0)
        self._leave_server()
        channels.become_child()
        connection = RunConnection(
            channels.ring.write, channels.reached, channels.is_stopping, channels.iterations,
            _nothing,
        )  # fmt: skip
        return partial(job_of(request), request, connection)

    def _leave_server(self) -> None:
        """Drop the server's descriptors and signal handlers in a forked process."""
        die_with_parent()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        self._selector.close()
        os.close(self._wake_up)
        os.close(self._protocol)

    def _start_probe(self) -> None:
        self._probe_pipe, writer = os.pipe()
        self._probe = fork()
        if not self._probe:
            try:
                self._leave_server()
                signal.alarm(_PROBE_SECONDS)
                send(writer, Devices(find_devices()))
            finally:
                os._exit(0)
        os.close(writer)
        self._selector.register(self._probe_pipe, selectors.EVENT_READ)

    def _finish_probe(self) -> None:
        """The list of devices is written in one piece and shorter than a pipe's buffer."""
        line = os.read(self._probe_pipe, CHUNK)
        self._selector.unregister(self._probe_pipe)
        os.close(self._probe_pipe)
        os.waitpid(self._probe, 0)
        self._probe = self._probe_pipe = 0
        if line:
            write_all(self._protocol, line)
        else:
            send(self._protocol, Devices([Device("cpu", "CPU", None)]))

    def end(self) -> None:
        if self._run is not None:
            self._run.kill()
        if self._probe:
            with suppress(ProcessLookupError):
                os.kill(self._probe, signal.SIGKILL)
            os.waitpid(self._probe, 0)


def _nothing() -> None:
    """The server sees by itself that a run's pipes have been closed."""
