"""Sending the rows of a run."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from app.contract.messages import Row
from app.contract.packing import Encoder


class Rows:
    """Sends the rows of this process, each as soon as it is there, in the order of the calls.

    `write` takes their bytes.  Any thread may send, and so may what interrupts a sending one (a
    signal handler of the snippet): whoever is sending goes on until nothing is left.  A process
    that the snippet forks inherits the recorder; its rows are dropped.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._encoder = Encoder()
        self._waiting: deque[Row] = deque()
        self._sending = threading.Lock()
        self._ours = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        self._ours = False

    def send(self, row: Row) -> None:
        """Send a row, or leave that to whoever is sending."""
        if not self._ours:
            return
        waiting, encoder = self._waiting, self._encoder
        waiting.append(row)
        while waiting and self._sending.acquire(False):  # by name it takes longer
            try:
                while waiting:
                    self._write(encoder.encode(waiting.popleft()))
                    encoder.sent()
            finally:
                self._sending.release()
