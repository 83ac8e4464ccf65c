"""What `tapescope trace` writes: files by their endings, or what a person wants to know first."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command_line.arguments import PICTURES, UsageError
from app.contract.records import Trace


def write(trace: Trace, outputs: Sequence[str]) -> None:
    """Raises UsageError where one cannot be written."""
    pictures = [output for output in outputs if Path(output).suffix.lower() in PICTURES]
    for output in outputs:
        if output not in pictures:
            _write(trace, output)
    if pictures:
        _draw(trace, pictures)


def _write(trace: Trace, output: str) -> None:
    try:
        data = _render(trace, Path(output).suffix.lower())
        if output == "-":
            with open(1, "wb", closefd=False) as stdout:
                stdout.write(data)
        else:
            Path(output).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from None


def _render(trace: Trace, suffix: str) -> bytes:
    if suffix == ".html":
        from app.report.page import page

        return page(trace)
    if suffix == ".dot":
        return _dot(trace)
    from app.session.document import dump

    return dump(trace)


def _dot(trace: Trace) -> bytes:
    from app.session.export import styled
    from graphviz_render import LayoutError, dot_source

    try:
        return dot_source(styled(trace)).encode()
    except LayoutError as error:
        raise UsageError(str(error)) from None


def _draw(trace: Trace, pictures: Sequence[str]) -> None:
    """As the window draws them, by a program of its own: nothing of Qt is loaded here."""
    from app.session.document import dump

    root = str(Path(__file__).resolve().parents[2])
    places = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.gui.drawing", *pictures],
        input=dump(trace),
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": places},
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason was given"]
        raise UsageError(f"{', '.join(pictures)} could not be drawn: {said[-1]}")


def summary(trace: Trace) -> list[str]:
    """How the run ended, what was recorded, the gradients with their reasons; a line each."""
    from app.session.counts import status_counts
    from app.session.in_words import in_words

    counts = [f"{count} {status}" for status, count in status_counts(trace).items() if count]
    operations = f"Operations: {', '.join(counts)}." if counts else "Operations: none."
    words = [] if trace.error else [sentence.text for sentence in in_words(trace)]
    return [_ending(trace), operations, *words, *_gradients(trace)]


def _ending(trace: Trace) -> str:
    run, error = trace.run, trace.error
    if error is None:
        return f"Ran to its end in {run.seconds:.3g} s on {run.device} with torch {run.torch}."
    where = "" if error.line is None else f" on line {error.line}"
    hint = "" if error.hint is None else f" {error.hint}"
    return f"{error.type}{where}: {error.message}{hint}"


def _gradients(trace: Trace) -> list[str]:
    rows = []
    for gradient in trace.gradients:
        grad = gradient.grad
        norm = "" if grad is None else grad.norm
        number = f"{norm:.4g}" if isinstance(norm, float) else norm
        value = "None" if grad is None else f"norm {number}"
        rows.append((f"{gradient.name}.grad", value, gradient.why.text))
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    return [f"{name:{widths[0]}}  {value:{widths[1]}}  {why}" for name, value, why in rows]
