"""`tapescope trace`: no window, no Qt, no display."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from app.command_line.running import exit_code, run_of
from app.command_line.streams import say, tell
from app.command_line.usage import UsageError
from app.command_line.values import is_saved
from app.command_line.writing import one_line, summary, write_outputs
from app.process.client import CAN_FORK
from app.session.language import tr
from app.session.run import Run


def trace_command(options: argparse.Namespace, arguments: Sequence[str]) -> int:
    """Trace a program, write the outputs, return the exit code.  Raises UsageError."""
    if not options.children:
        run = run_of(options, arguments)
        _report(run, options)
    else:
        if not CAN_FORK:
            raise UsageError(tr("--children needs a system that can fork"))
        if "-" in options.outputs:
            raise UsageError(tr("--children writes a file for each process; name one instead of -"))
        with TemporaryDirectory() as folder:
            run = run_of(options, arguments, children=folder)
            _report(run, options)
            from app.session.trace.child_runs import child_runs

            for child in child_runs(Path(folder), run.trace.snippet):
                write_outputs(child, options)
                number = child.trace.run.child
                words = tr("Child process {number}: {words}")
                tell(f"tapescope: {words.format(number=number, words=one_line(child))}\n")
    return 0 if is_saved(options.file) else exit_code(run)


def _report(run: Run, options: argparse.Namespace) -> None:
    write_outputs(run, options)
    if options.outputs:
        tell(f"tapescope: {one_line(run)}\n")
    else:
        say("\n".join(summary(run)))
