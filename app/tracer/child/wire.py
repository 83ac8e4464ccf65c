"""Writing all bytes to a descriptor."""

from __future__ import annotations

import os
from typing import Any

from app.contract.framing import encode_batch

_write = os.write  # what the snippet puts in its place is not for us
_set_blocking = getattr(os, "set_blocking", None)


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, however little the descriptor takes at a time.  Raises OSError."""
    view = memoryview(data)
    while view:
        try:
            view = view[_write(descriptor, view) :]
        except BlockingIOError:  # the snippet made every descriptor non-blocking
            if _set_blocking is None:
                raise
            _set_blocking(descriptor, True)


def send(descriptor: int, *messages: tuple[Any, ...]) -> None:
    """Send one line with these messages.  Raises OSError where the reader is gone."""
    write_all(descriptor, encode_batch(messages))
