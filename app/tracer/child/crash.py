"""Where the snippet was when a signal ended its process.

`faulthandler` writes the stack of the thread that crashed into a pipe that only the server reads.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal

from app.contract.messages import ErrorRow
from app.tracer.snippet.hints import IN_COMPILED_CODE

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_HEADING = b"Fatal Python error"
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


def watch(descriptor: int) -> None:
    """Have a crash of this process write its stack to `descriptor`."""
    os.set_blocking(descriptor, False)  # a process that crashes must not wait for a reader
    faulthandler.enable(descriptor, all_threads=False)


def crash_row(dump: bytes, filename: str, number: int) -> ErrorRow | None:
    """Return the error of the signal `number` from `dump`, or None if it does not show the snippet.

    The last stack counts: earlier ones are of processes that the snippet forked.
    """
    text = dump.rpartition(_HEADING)[2].decode(errors="replace")
    frames = [frame for frame in _FRAME.findall(text) if not frame[0].startswith(_OURS)]
    name = filename.encode("ascii", "backslashreplace").decode()  # as faulthandler writes it
    lines = [int(line) for file, line, _ in frames if file == name]
    if not lines:
        return None
    stack = "".join(f'  File "{file}", line {at}, in {name}\n' for file, at, name in frames[::-1])
    kind = signal.Signals(number).name
    message = f"The process was ended by signal {number} ({kind})."
    traceback = f"Stack (most recent call last):\n{stack}"
    return ErrorRow("crashed", kind, message, lines[0], None, traceback, IN_COMPILED_CODE)
