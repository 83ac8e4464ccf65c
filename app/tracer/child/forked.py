"""A run in a process of its own, as the server sees it: forked, listened to, stopped, reaped."""

from __future__ import annotations

import codecs
import ctypes
import mmap
import os
import selectors
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from app.contract.framing import CHUNK, rows_line
from app.contract.messages import Exited, LostRow, Printed
from app.tracer.child.crash import crash_row, watch
from app.tracer.child.group import kill_group
from app.tracer.child.reached import SharedLines
from app.tracer.child.ring import Ring
from app.tracer.child.wire import private, send, write_all

_STOP_STEPS = ((0.0, signal.SIGINT), (0.5, signal.SIGTERM), (1.0, signal.SIGKILL))
"""Seconds after the request to stop, and the signal that the run's process group then gets."""
_TO_CLOSE_BOOKS = 1.5
"""Extra seconds for a run that has received the request and is sending its last rows."""
RUNNING, STOPPING, CLOSING = range(3)

_KILL = ((0.0, signal.SIGKILL),)

_PIPE_CAPACITY = 1 << 20
"""Bytes that Linux lets a pipe hold at most: all that a dead process can have left in one."""

_ROWS_SECONDS = 0.01
"""How often the ring of rows is looked at: it holds what a run writes in 25 ms."""


def fork() -> int:
    """`os.fork()` without Python 3.12's warning about threads.

    The server starts none; those that libraries started on import (OpenBLAS) know about forks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return os.fork()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends (Linux only)."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGKILL), 0, 0, 0)


class Channels:
    """Between a run and the server: pipes for stdout, stderr and the stack of a crash.

    `stopping` is a byte of shared memory: `STOPPING` from the request to stop on, `CLOSING` once
    the run has heard of it and has only its last rows to send; `limit` is a number there, of
    optimizer steps after which the run ends, 0 for none; `ring` brings its rows; `reached` has the
    lines that ran.
    """

    def __init__(self, reached: SharedLines, iterations: int | None) -> None:
        self.stopping = mmap.mmap(-1, 1)
        self.limit = memoryview(mmap.mmap(-1, 8)).cast("Q")  # of native size: one store
        self.limit[0] = iterations or 0
        self.ring = Ring()
        self.reached = reached
        self.stdout = os.pipe()
        self.stderr = os.pipe()
        self.crash = os.pipe()

    def is_stopping(self) -> bool:
        """Return whether a stop was requested; if so, report to the server that the run closes."""
        asked = self.stopping[0] != RUNNING
        if asked:
            self.stopping[0] = CLOSING
        return asked

    def iterations(self) -> int | None:
        """Return the number of optimizer steps after which the run ends; None for no limit."""
        return self.limit[0] or None

    def become_child(self) -> None:
        """Install the writing ends, and let this process mark lines."""
        self.reached.become_child()
        os.dup2(self.stdout[1], 1)
        os.dup2(self.stderr[1], 2)
        crash = private(self.crash[1])
        for end in (*self.stdout, *self.stderr, *self.crash):
            os.close(end)
        watch(crash)

    def become_parent(self) -> None:
        """Close the writing ends."""
        for _, writer in (self.stdout, self.stderr, self.crash):
            os.close(writer)


class ForkedRun:
    """The process of one run.  What it writes goes on to the parent as it comes.

    `filename` is what the snippet's code objects are called.
    """

    def __init__(
        self,
        pid: int,
        channels: Channels,
        filename: str,
        selector: selectors.BaseSelector,
        protocol: int,
    ) -> None:
        self._pid = pid
        self._channels = channels
        self._filename = filename
        self._selector = selector
        self._protocol = protocol
        self._stop: Literal["stopped", "timeout"] | None = None
        self._signals: list[tuple[float, signal.Signals]] = []
        self._closes_books = False
        with suppress(OSError):  # the run does the same: whoever comes first
            os.setpgid(pid, pid)
        channels.become_parent()
        self._readers: dict[int, Callable[[bytes], None]] = {
            channels.stdout[0]: self._text_reader("stdout"),
            channels.stderr[0]: self._text_reader("stderr"),
        }
        for descriptor in self._readers:
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ)

    def _text_reader(self, stream: Literal["stdout", "stderr"]) -> Callable[[bytes], None]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")

        def read(data: bytes) -> None:
            text = decoder.decode(data, final=not data)
            if text:
                send(self._protocol, Printed(stream, text))

        return read

    def forward_rows(self) -> None:
        """Forward the rows that the run has written since."""
        data = self._channels.ring.read()
        if data:
            write_all(self._protocol, rows_line(data))

    def forward(self, descriptor: int) -> int:
        """Forward what one pipe has now; return the number of bytes."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return 0
        self._readers[descriptor](data)
        if not data:
            self._close(descriptor)
        return len(data)

    def _close(self, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        os.close(descriptor)
        del self._readers[descriptor]

    def ask_to_stop(self, reason: Literal["stopped", "timeout"], at_once: bool) -> None:
        """Interrupt, then terminate, then kill; the first reason given counts."""
        if self._stop is None:
            self._stop = reason
            self._channels.stopping[0] = STOPPING
            now = time.monotonic()
            steps = _KILL if at_once else _STOP_STEPS
            self._signals = [(now + delay, number) for delay, number in steps]

    def limit(self, iterations: int | None) -> None:
        """End the run after this many optimizer steps; None for no limit."""
        self._channels.limit[0] = iterations or 0

    def patience(self) -> float:
        """Return the seconds after which there may be rows, or a signal is due."""
        if not self._signals:
            return _ROWS_SECONDS
        return min(_ROWS_SECONDS, max(0.0, self._signals[0][0] - time.monotonic()))

    def send_due_signals(self) -> None:
        if self._signals and self._channels.stopping[0] == CLOSING and not self._closes_books:
            self._closes_books = True
            self._signals = [(due + _TO_CLOSE_BOOKS, number) for due, number in self._signals]
        while self._signals and self._signals[0][0] <= time.monotonic():
            self._signal(self._signals.pop(0)[1])

    def _signal(self, number: signal.Signals) -> None:
        """Signal the run, and all of its group where it may still do something about it."""
        if number != signal.SIGKILL:
            with suppress(ProcessLookupError):
                os.killpg(self._pid, number)
        with suppress(ProcessLookupError):
            if number == signal.SIGKILL or os.getpgid(self._pid) != self._pid:  # it left the group
                os.kill(self._pid, number)

    def ended(self) -> bool:
        """Return whether the process is gone; if so, all it left has been sent, `Exited` last.

        Processes that it started and left in its group are killed: they would outlive the run.
        """
        wanted = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, self._pid, wanted) is None:
            return False
        code = self._reap()
        for descriptor in list(self._readers):
            self._drain(descriptor)
        self.forward_rows()
        self._report_lost()
        self._report_lines()
        number = -code if code < 0 else None
        self._report_crash(number)
        send(self._protocol, Exited(None if number else code, number, self._stop))
        return True

    def _report_lost(self) -> None:
        lost = self._channels.ring.lost
        self._channels.ring.close()
        if lost:
            send(self._protocol, LostRow(lost))

    def _report_lines(self) -> None:
        if rows := self._channels.reached.rows():
            send(self._protocol, *rows)

    def _report_crash(self, number: int | None) -> None:
        with os.fdopen(self._channels.crash[0], "rb") as pipe:
            os.set_blocking(pipe.fileno(), False)  # a process that left the group may hold it
            dump = pipe.read() or b""
        row = None if number is None else crash_row(dump, self._filename, number)
        if row is not None:
            send(self._protocol, row)

    def _reap(self) -> int:
        self._signal(signal.SIGKILL)
        kill_group(self._pid)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _drain(self, descriptor: int) -> None:
        left = _PIPE_CAPACITY
        while left > 0 and (count := self.forward(descriptor)):
            left -= count
        if descriptor in self._readers:  # held open by a process that left the group
            self._readers[descriptor](b"")
            self._close(descriptor)

    def kill(self) -> None:
        """Kill the run: its output is no longer wanted."""
        self._reap()
