"""Pausing the cyclic garbage collector while a large trace or picture is being made.

A collection visits every object, about a second for a million, and stops all threads meanwhile,
the window's too.  Traces and scenes contain no reference cycles, so a collection finds nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_MANY: Final = 200_000
"""If a block made more new objects than this, they are frozen."""
_lock: Final = Lock()
_pauses = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Disable the cyclic collector in this block; freeze all objects if it made very many."""
    global _pauses
    with _lock:
        _pauses += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if not _pauses:
                if gc.get_count()[0] > _MANY:
                    gc.freeze()
                gc.enable()
