"""Writing to the standard streams, which may be closed, full, or limited to ASCII."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from app.command_line.usage import UsageError
from app.session.language import tr


def occupy_standard_descriptors() -> None:
    """Open the null device on closed descriptors 0 to 2, so that no file gets their number.

    `sys.stdin`, `sys.stdout` and `sys.stderr` stay None for them.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def say(text: str) -> None:
    """Write lines to standard output.  Raises UsageError if that fails."""
    if sys.stdout is None:
        raise UsageError(tr("standard output is closed"))
    try:
        _write(sys.stdout, f"{text}\n")
    except OSError as error:
        sys.stdout = None  # else Python would try again at its end
        problem = tr("standard output cannot be written: {error}")
        raise UsageError(problem.format(error=error.strerror or error)) from None


def tell(text: str) -> None:
    """Write to standard error; ignore failures."""
    if sys.stderr is None:
        return
    try:
        _write(sys.stderr, text)
    except OSError:
        sys.stderr = None


def _write(stream: TextIO, text: str) -> None:
    """Write a text; escape, as Python does, letters that the stream's encoding lacks."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def settle() -> None:
    """Flush what argparse left in the buffers; give up a stream that cannot be written."""
    for name in ("stdout", "stderr"):
        try:
            stream = getattr(sys, name)
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            setattr(sys, name, None)
