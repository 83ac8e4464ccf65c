"""Sending the rows of a run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from app.contract.framing import encode_batch
from app.contract.messages import LostRow, Row
from app.tracer.child.unsent import Unsent

_monotonic = time.monotonic
_PATIENCE = 0.05
"""Seconds for which rows may wait, to be sent together."""


class Rows:
    """Sends the rows of this process.

    A process that the snippet forks inherits the recorder; its rows are dropped.  With `unsent`,
    rows may wait there for 50 ms; without it, each is written at once.
    """

    def __init__(self, write: Callable[[bytes], None], unsent: Unsent | None) -> None:
        self._write = write
        self._unsent = unsent
        self._due = 0.0
        self._ours = True
        self._lock = threading.RLock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        self._ours = False

    def send(self, rows: Sequence[Row]) -> None:
        if not self._ours:
            return
        try:
            line = encode_batch(rows)
        except (TypeError, ValueError):
            line = _encoded_one_by_one(rows)
        unsent = self._unsent
        with self._lock:
            if unsent is None:
                self._write_out(line)
            elif not unsent.put(line):
                if not self._write_out(unsent.lines() + line):
                    unsent.lose(len(rows))
            elif _monotonic() >= self._due:
                self._write_out(unsent.lines())

    def send_now(self, rows: Sequence[Row]) -> None:
        """Send these rows and all that wait."""
        self._due = 0.0
        self.send(rows)

    def _write_out(self, lines: bytes) -> bool:
        """Write the lines; return whether that worked.  Without `unsent` failures go unnoticed."""
        self._due = _monotonic() + _PATIENCE
        before = _hold_interrupts()  # what has been written must not be written once more
        try:
            self._write(lines)
            if self._unsent is not None:
                self._unsent.clear()
        except OSError:  # the snippet closed descriptors that are not its own
            return False
        finally:
            _let_interrupts_in(before)
        return True


_mask: Callable[[int, Any], Any] | None = getattr(signal, "pthread_sigmask", None)


def _hold_interrupts() -> Any:
    return None if _mask is None else _mask(_SIG_BLOCK, (signal.SIGINT,))


def _let_interrupts_in(before: Any) -> None:
    if _mask is not None:
        _mask(_SIG_SETMASK, before)


_SIG_BLOCK, _SIG_SETMASK = (getattr(signal, name, 0) for name in ("SIG_BLOCK", "SIG_SETMASK"))


def _encoded_one_by_one(rows: Sequence[Row]) -> bytes:
    """Encode the rows that can be encoded, and a count of the others, whose data is damaged."""
    lines = []
    for row in rows:
        try:
            lines.append(encode_batch([row]))
        except (TypeError, ValueError):
            lines.append(encode_batch([LostRow(1)]))
    return b"".join(lines)
