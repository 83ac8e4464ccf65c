"""`tapescope trace`: no window, no Qt, no display."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from app.command_line.running import Traced, exit_code, traced
from app.command_line.streams import say, tell
from app.command_line.usage import UsageError
from app.command_line.values import is_saved
from app.command_line.writing import one_line, summary, write_outputs
from app.process.client import CAN_FORK
from app.session.language import tr


def trace_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Trace a program, write the outputs, return the exit code.  Raises UsageError."""
    if not options.children:
        with traced(options, arguments) as found:
            _report(found, options)
    else:
        if not CAN_FORK:
            raise UsageError(tr("--children needs a system that can fork"))
        if "-" in options.outputs:
            raise UsageError(tr("--children writes a file for each process; name one instead of -"))
        with TemporaryDirectory() as folder:
            with traced(options, arguments, children=folder) as found:
                _report(found, options)
            from app.session.trace.child_runs import child_runs

            for child in child_runs(Path(folder), found.run.trace.snippet):
                write_outputs(child, options)
                number = child.trace.run.child
                words = tr("Child process {number}: {words}")
                tell(f"tapescope: {words.format(number=number, words=one_line(child))}\n")
    return 0 if is_saved(options.file) else exit_code(found.run)


def _report(found: Traced, options: argparse.Namespace) -> None:
    run, ask = found
    write_outputs(run, options, ask)
    if options.outputs:
        tell(f"tapescope: {one_line(run)}\n")
    else:
        say("\n".join(summary(run)))
