"""How the C library deals with freed memory, where it is glibc.

It gives each thread a heap of its own and keeps what was freed there.  A large trace is opened by
one thread, laid out by another and freed by a third, so that every opening would leave many
megabytes behind.
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
    import ctypes  # not before the window is there

    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def share_one_heap() -> None:
    """Have all threads that begin from now on use one heap."""
    library = _library()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what was freed."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)
