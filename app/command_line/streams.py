"""What the command line writes and reads, whatever its streams are: closed, full, in ASCII."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from app.command_line.arguments import UsageError
from app.session.language import tr


def occupy_standard_descriptors() -> None:
    """Open nothing on those of 0, 1 and 2 that are closed: no file of ours is to get their number.

    `sys.stdin`, `sys.stdout` and `sys.stderr` stay None for them.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def say(text: str) -> None:
    """Write lines to standard output.  Raises UsageError where that is not possible."""
    if sys.stdout is None:
        raise UsageError(tr("standard output is closed"))
    try:
        _write(sys.stdout, f"{text}\n")
    except OSError as error:
        sys.stdout = None  # else Python would try once more at its end
        problem = tr("standard output cannot be written: {error}")
        raise UsageError(problem.format(error=error.strerror or error)) from None


def tell(text: str) -> None:
    """Write to standard error, where somebody may read it or not."""
    if sys.stderr is None:
        return
    try:
        _write(sys.stderr, text)
    except OSError:
        sys.stderr = None


def _write(stream: TextIO, text: str) -> None:
    """What the stream's encoding does not have is written as Python would escape it."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def settle() -> None:
    """Write what argparse left in the buffers; a stream that takes nothing is let go of."""
    for name in ("stdout", "stderr"):
        try:
            stream = getattr(sys, name)
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            setattr(sys, name, None)
