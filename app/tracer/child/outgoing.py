"""Sending the rows of a run."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from app.contract.messages import Row
from app.contract.packing import Encoder
from app.tracer.child.spool import Spool


class RowSender:
    """Sends the rows of this process, each as soon as it is there, in the order of the calls.

    `write` takes their bytes.  Threads take turns.  What interrupts one that is sending (a signal
    handler of the snippet) may send too: its rows follow.  A process that the snippet forks
    inherits the recorder; its rows go to a file of its own, or are dropped without a `spool`.
    """

    def __init__(
        self, write: Callable[[bytes], None], spool: Spool | None = None, *, is_child: bool = False
    ) -> None:
        self._write = write
        self._spool = spool
        self._encoder = Encoder()
        self._turn = threading.RLock()
        self._is_sending = False
        self._waiting: deque[Row] = deque()
        self._ours = not is_child
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._fork, after_in_parent=self._stay, after_in_child=self._leave
            )

    def _fork(self) -> None:
        """Let no thread be in the midst of sending while the process forks."""
        self._turn.acquire()
        if self._spool is not None:
            self._spool.fork()

    def _stay(self) -> None:
        self._turn.release()

    def _leave(self) -> None:
        self._ours = False
        self._turn = threading.RLock()
        if self._spool is not None:
            self._spool = self._spool.of_child()

    @property
    def is_child(self) -> bool:
        """Whether the snippet started this process."""
        return not self._ours

    def code_of_spawned(self) -> str:
        """Return the code with which a process begins that this one spawns."""
        return "" if self._spool is None else self._spool.code_of_spawned()

    def send(self, *rows: Row) -> None:
        """Send rows; where this interrupts sending, leave that to what is interrupted."""
        if not self._ours and self._spool is None:
            return
        with self._turn:
            encoder, waiting = self._encoder, self._waiting
            waiting.extend(rows)
            if self._is_sending:
                return
            self._is_sending = True
            try:
                while waiting:
                    data = encoder.encode(waiting.popleft())
                    while waiting and not encoder.words.fresh:
                        data += encoder.encode(waiting.popleft())
                    if self._ours:
                        self._write(data)
                    if self._spool is not None:
                        self._spool.write(data)
                    if encoder.words.fresh:
                        encoder.sent()
            finally:
                self._is_sending = False
