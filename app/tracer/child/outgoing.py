"""Sending the rows of a run."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from app.contract.messages import Row
from app.contract.packing import Encoder


class RowSender:
    """Sends the rows of this process, each as soon as it is there, in the order of the calls.

    `write` takes their bytes.  Any thread may send, and so may what interrupts a sending one (a
    signal handler of the snippet): whoever is sending, or sends next, sends what waits.  A process
    that the snippet forks inherits the recorder; its rows are dropped.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._encoder = Encoder()
        self._waiting: deque[Row] = deque()
        self._sending = threading.Lock()
        self._take_turn = self._sending.acquire
        self._ours = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        self._ours = False

    def send(self, row: Row) -> None:
        """Send a row, or leave that to whoever is sending."""
        if not self._ours:
            return
        waiting = self._waiting
        if not self._take_turn(False):
            waiting.append(row)
            return
        try:
            while waiting:
                self._send(waiting.popleft())
            self._send(row)
            while waiting:
                self._send(waiting.popleft())
        finally:
            self._sending.release()

    def _send(self, row: Row) -> None:
        encoder = self._encoder
        self._write(encoder.encode(row))
        if encoder.words.fresh:
            encoder.sent()
