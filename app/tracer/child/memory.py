"""The memory limit of a run, where the system can enforce one.

Linux counts what the process may write to (`RLIMIT_DATA`), which torch's and Python's allocations
are part of and mapped files are not.  Elsewhere the address space is what can be limited; macOS
accepts the limit and does not enforce it, Windows has none.
"""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

    _KIND = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS

    def limit(mib: int | None) -> None:
        """From here on allocations fail that take the whole process beyond `mib` MiB."""
        if mib is not None:
            _set(mib << 20)

    def lift() -> None:
        """Lets an error be reported that came of the limit."""
        _set(resource.getrlimit(_KIND)[1])

    def _set(size: int) -> None:
        hard = resource.getrlimit(_KIND)[1]
        with suppress(ValueError, OSError):  # above a limit that the user's system has set
            resource.setrlimit(_KIND, (size, hard))

else:

    def limit(mib: int | None) -> None:
        """Windows limits no process's memory."""

    def lift() -> None:
        """There is no limit to lift."""
