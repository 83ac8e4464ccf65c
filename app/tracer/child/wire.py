"""Bytes in and out of descriptors: whole lines only."""

from __future__ import annotations

import os
from typing import Any

from app.contract.framing import encode_batch

CHUNK = 1 << 16


def write_all(descriptor: int, data: bytes) -> None:
    """Writes everything, however little the descriptor takes at a time.  Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def send(descriptor: int, *messages: tuple[Any, ...]) -> None:
    """One line with these messages.  Raises OSError where the reader is gone."""
    write_all(descriptor, encode_batch(messages))


class Lines:
    """Cuts what comes into lines, and keeps the beginning of the next one."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> bytes:
        """The lines that `data` completes, newlines included; empty if there is none."""
        end = data.rfind(b"\n") + 1
        if not end:
            self._rest += data
            return b""
        complete = bytes(self._rest) + data[:end]
        self._rest = bytearray(data[end:])
        return complete
