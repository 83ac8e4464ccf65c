"""The rows of a run and of the processes that it starts, each in a file of its own.

A forked process goes on with what had been recorded before, so these rows belong to both.  The
name of its file says so: "0.2@5120" has what the second process that "0@0" forked did after the
first 5,120 bytes of that.  A spawned process has inherited nothing: "0.3@0".
"""

from __future__ import annotations

import os
from contextlib import suppress

from app.tracer.child.wire import private, uninterrupted

REQUEST = "request"
"""The file with the request of the run, for spawned processes."""
_LAUNCH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "launch.py")
_FOLLOW = (
    "import sys, runpy; path = sys.path[:]; launch = runpy.run_path({launch!r}); "
    "sys.path[:] = path; launch['follow_spawned']({folder!r}, {name!r}); "
)
_open, _close, _write = os.open, os.close, os.write
"""The snippet may put something else in the place of each."""


class Spool:
    """The file of this process; `before` is the number of bytes that were recorded before it."""

    def __init__(self, folder: str, name: str = "0", before: int = 0) -> None:
        self._folder = folder
        self._name = name
        self._recorded = before
        self._forks = 0
        self.unsent = bytearray()
        """What is to be written."""
        path = f"{folder}/{name}@{before}"
        file = _open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = private(file)
        _close(file)

    def write(self) -> None:
        data = bytes(self.unsent)
        with uninterrupted():
            with suppress(OSError):  # the snippet may close what is not its own
                _write(self._file, data)
            self._recorded += len(data)
            self.unsent.clear()

    def fork(self) -> None:
        """Note, before this process forks, that it does."""
        self._forks += 1

    def code_of_spawned(self) -> str:
        """Return the code with which a spawned process begins."""
        self._forks += 1
        name = f"{self._name}.{self._forks}"
        return _FOLLOW.format(launch=_LAUNCH, folder=self._folder, name=name)

    def of_child(self) -> Spool:
        """Return the file of the process that was forked; called there."""
        _close(self._file)
        return Spool(self._folder, f"{self._name}.{self._forks}", self._recorded)
