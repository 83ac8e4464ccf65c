"""What a run may take of memory, where the system can enforce it, and how deep its stack may be.

Linux counts what the process may write to (`RLIMIT_DATA`), which torch's and Python's allocations
are part of and mapped files are not.  Elsewhere the address space is what can be limited; macOS
accepts the limit and does not enforce it, Windows has none.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from contextlib import suppress

_RESERVE = 8 << 20
"""Bytes reserved for the work that is left when all other memory is used up."""

if sys.platform != "win32":
    import resource

    _KIND = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS

    _STACK = 112 << 20
    """Linux keeps 128 MiB below a program's stack free, whatever the limit at its start."""

    def limit(mib: int | None) -> Callable[[], None]:
        """From here on allocations fail that take the whole process beyond `mib` MiB.

        Returns what lets go of a reserve, so that there is memory to report their failure with.
        It needs none itself.
        """
        if mib is None:
            return _nothing
        reserve = mmap.mmap(-1, _RESERVE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        _set(mib << 20)
        return reserve.close

    def deepen_stack() -> None:
        """Lets a long chain of autograd nodes be freed.

        torch frees one without recursion, but not where Python has seen its nodes: there each node
        takes its part of the C stack, and the usual 8 MiB end at some 40,000.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
        unlimited = resource.RLIM_INFINITY
        most = _STACK if hard == unlimited else min(_STACK, hard)
        if soft != unlimited and soft < most:
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_STACK, (most, hard))

    def lift() -> None:
        """Lift the limit, so that the error that it caused can be reported."""
        _set(resource.getrlimit(_KIND)[1])

    def _set(size: int) -> None:
        hard = resource.getrlimit(_KIND)[1]
        # Above a limit that the user's system has set, or above what can be counted: none.
        with suppress(ValueError, OSError, OverflowError):
            resource.setrlimit(_KIND, (size, hard))

else:

    def limit(mib: int | None) -> Callable[[], None]:
        """Windows limits no process's memory."""
        return _nothing

    def deepen_stack() -> None:
        """A program's stack on Windows is as deep as it was built."""

    def lift() -> None:
        """There is no limit to lift."""


def _nothing() -> None:
    """Release nothing: there is no reserve."""
