"""Moving a descriptor to a number that the snippet does not use, and writing all bytes to one."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.contract.framing import encode_batch

if sys.platform != "win32":
    import fcntl

_PRIVATE_DESCRIPTORS = 200
"""Descriptors below this number are left to the snippet."""
_write = os.write  # what the snippet puts in its place is not for us
_set_blocking = getattr(os, "set_blocking", None)


def private(descriptor: int) -> int:
    """Return a duplicate above the snippet's own numbers, which programs do not inherit."""
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _PRIVATE_DESCRIPTORS)


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


_mask: Any = getattr(signal, "pthread_sigmask", None)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt wait until the block is over: what it writes must be written whole."""
    before = None if _mask is None else _mask(_SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        if _mask is not None:
            _mask(_SIG_SETMASK, before)


_SIG_BLOCK, _SIG_SETMASK = (getattr(signal, name, 0) for name in ("SIG_BLOCK", "SIG_SETMASK"))


def send(descriptor: int, *messages: tuple[Any, ...]) -> None:
    """Send one line with these messages.  Raises OSError where the reader is gone."""
    write_all(descriptor, encode_batch(messages))
