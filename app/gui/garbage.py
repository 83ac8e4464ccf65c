"""When Python looks for garbage: not while a large trace or picture is being made.

It looks through everything that lives, a second for a million objects, and stops every thread
meanwhile, the window's as well.  What makes up a trace or a scene has no circles and goes away by
itself, so that looking there finds nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_MANY: Final = 200_000
"""New objects from which on they are not looked through later either."""
_lock: Final = Lock()
_pauses = 0


@contextmanager
def undisturbed() -> Iterator[None]:
    """No looking for garbage inside; what was made inside is spared afterwards if it is much."""
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
