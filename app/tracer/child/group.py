"""The process group of a run at its end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

_TRACKER = b"multiprocessing.resource_tracker"
_TRACKER_SECONDS = 1.0
"""How long a resource tracker has to remove what the processes of its group have left."""
_LOOK_SECONDS = 0.005


def kill_group(group: int) -> None:
    """Kill the processes of a group.

    Python's resource tracker, which removes segments of shared memory and semaphores once the
    processes that used them are gone, is given the time to do it (on Linux, where it can be
    recognised).
    """
    if sys.platform == "linux":
        trackers = [pid for pid in _members(group) if _TRACKER in _command(pid)]
        if trackers:
            for pid in set(_members(group)) - set(trackers):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            _wait_for(trackers)
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _members(group: int) -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                if os.getpgid(int(name)) == group:
                    yield int(name)


def _command(pid: int) -> bytes:
    """Return the command line of a process; nothing of one that is gone or not ours to read."""
    with suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
    return b""


def _wait_for(pids: list[int]) -> None:
    end = time.monotonic() + _TRACKER_SECONDS
    while any(map(_command, pids)) and time.monotonic() < end:  # none once they are zombies
        time.sleep(_LOOK_SECONDS)
