"""`tapescope trace`: no window, no Qt, no display."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app.command_line.running import EXIT_CODES, run_of
from app.command_line.streams import say, tell
from app.command_line.values import is_saved
from app.command_line.writing import one_line, summary, write_outputs


def trace_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Trace a program, write the outputs, return the exit code.  Raises UsageError."""
    run = run_of(options, arguments)
    write_outputs(run, options)
    if options.outputs:
        tell(f"tapescope: {one_line(run)}\n")
    else:
        say("\n".join(summary(run)))
    converted = options.file is not None and is_saved(options.file)
    return 0 if converted else EXIT_CODES.get(run.trace.run.status, 3)
