"""When Python's cyclic garbage collector runs, in which thread, and for how long.

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
_FEW: Final = 700
"""New objects for which a collection is not worth it; Python's own threshold."""
_QUICK: Final = 8000
"""New objects that a collection visits in less than 8 ms."""
_ROUNDS: Final = 10
"""Collections of new objects after which the old ones are due."""
_lock: Final = Lock()
_pauses = 0
_was_enabled = True
_rounds = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """Disable the cyclic collector in this block; freeze all objects if it made very many."""
    global _pauses, _was_enabled
    with _lock:
        if not _pauses:
            _was_enabled = gc.isenabled()
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
                if _was_enabled:
                    gc.enable()


def collect(at_leisure: bool) -> None:
    """Free objects in reference cycles, in this thread, unless a block is to be undisturbed.

    That takes less than 8 ms, unless it may take longer (`at_leisure`) and more is due.
    """
    global _rounds
    young = gc.get_count()[0]
    if _pauses or (young <= _FEW and _rounds < _ROUNDS):
        return
    if at_leisure and (young > _QUICK or _rounds >= _ROUNDS):
        gc.collect()
        _rounds = 0
    elif _FEW < young <= _QUICK:
        gc.collect(1)
        _rounds += 1


def be_due() -> None:
    """Have old objects collected at the next leisure: something large has gone.

    What refers to itself there keeps memory of it, and for ever once the next one is frozen.
    """
    global _rounds
    _rounds = _ROUNDS
