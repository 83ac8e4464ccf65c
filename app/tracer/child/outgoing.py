"""Sending the rows of a run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from app.contract.messages import Row
from app.contract.packing import Encoder
from app.tracer.child.spool import Spool

Write = Callable[[bytearray], None]
"""Takes bytes, and removes from the array what it has taken: the rest is offered again."""


class RowSender:
    """Sends the rows of this process, each as soon as it is there, in the order of the calls.

    `write` takes their bytes.  Threads take turns.  What interrupts one that is sending (a signal
    handler of the snippet) may send too: its rows follow.  It may also raise: rows and bytes are
    where they wait until they have been taken, so the next call goes on where this one ended.  A
    process that the snippet forks inherits the recorder; its rows go to a file of its own, or are
    dropped without a `spool`.
    """

    def __init__(self, write: Write, spool: Spool | None = None, *, is_child: bool = False) -> None:
        self._write = write
        self._spool = spool
        self._encoder = Encoder()
        self._turn = threading.RLock()
        self._is_sending = False
        self._waiting: list[Row] = []
        self._unsent = bytearray()
        self._ours = not is_child
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._fork, after_in_parent=self._stay, after_in_child=self._leave
            )

    def _fork(self) -> None:
        """Let no thread be in the midst of sending while the process forks."""
        self._turn.acquire()
        self.send()
        if self._spool is not None:
            self._spool.fork()

    def _stay(self) -> None:
        self._turn.release()

    def _leave(self) -> None:
        self._ours = False
        self._turn = threading.RLock()
        self._unsent = bytearray()
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
            self._waiting.extend(rows)
            if self._is_sending:
                return
            self._is_sending = True
            try:
                while self._waiting or self._unsent:
                    if self._waiting:
                        self._encode()
                    if self._ours:
                        self._write(self._unsent)
                    if self._spool is not None:
                        self._spool.write()
            finally:
                self._is_sending = False

    def _encode(self) -> None:
        """Turn the first of the waiting rows into bytes, and those that need no new strings."""
        encoder, waiting = self._encoder, self._waiting
        data = encoder.encode(waiting[0])
        count = 1
        while count < len(waiting) and not encoder.words.fresh:
            data += encoder.encode(waiting[count])
            count += 1
        # Python handles signals at calls and jumps, and there are none among the next lines.
        if self._ours:
            self._unsent += data
        if self._spool is not None:
            self._spool.unsent += data
        del waiting[:count]
        if encoder.words.fresh:
            encoder.sent()
