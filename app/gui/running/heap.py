"""How freed memory goes back to the system.

Python gives back an arena of a megabyte once nothing is left in it.  Its cache of attribute lookups
keeps the names, some thousand of them, and those that C code passes are new strings each time: a
name that was looked up while a large trace was there keeps an arena of that trace.

The C library, where it is glibc, gives each thread a heap of its own and keeps what was freed
there.  A large trace is opened by one thread, laid out by another and freed by a third, so that
every opening would leave many megabytes behind.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""


@cache
def _library() -> Any:
    """Return glibc, or None where the C library is another one."""
    if sys.platform != "linux":
        return None
    import ctypes  # here and below: not before the window is there

    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def share_one_heap() -> None:
    """Have all threads that begin from now on use one heap."""
    library = _library()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what was freed."""
    import ctypes

    ctypes.pythonapi.PyType_ClearCache()
    library = _library()
    if library is not None:
        library.malloc_trim(0)
