"""A recorded block as a file, in a notebook and in the window."""

from __future__ import annotations

import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app.contract.records import ENDINGS, Trace
from app.page.html import page
from app.session.language import number, paragraph, tr
from app.session.run import Run
from app.session.summary.counts import status_counts
from app.session.summary.in_words import trains
from app.session.summary.leaf_grads import counted, leaf_grads
from app.session.trace import document

_FRAME = (
    '<iframe srcdoc="{page}" title="Tapescope" '
    'style="width: 100%; height: 640px; border: 1px solid #8888"></iframe>'
)

_windows: list[subprocess.Popen[bytes]] = []
"""Kept, as Python warns of a process that is forgotten while it runs."""


def as_file(trace: Trace, name: str) -> bytes:
    """Return the contents of a file of this name: a trace or a page.  Raises ValueError."""
    if name.lower().endswith(".html"):
        return page(trace)
    if name.lower().endswith(ENDINGS):
        return document.as_file(trace, name)
    raise ValueError(f"{name!r} must end in one of {', '.join((*ENDINGS, '.html'))}.")


def in_one_line(run: Run) -> str:
    """Return what trained or was raised, how much was recorded, and how many leaves have a grad."""
    trace, said = run.trace, []
    if (error := trace.error) is not None:
        text = tr("Raised {error} on line {line}.") if error.spot else tr("Raised {error}.")
        said.append(text.format(error=error.type, line=error.spot))
    said += [sentence.text for sentence in trains(trace)]
    counts = status_counts(run)
    recorded = counts.pop("recorded")
    text = tr("{recorded} operations recorded, {skipped} skipped.")
    said.append(text.format(recorded=number(recorded), skipped=number(sum(counts.values()))))
    if (leaves := counted(leaf_grads(run))).total:
        text = tr("{filled} of {total} leaves have a .grad.")
        said.append(text.format(filled=number(leaves.filled), total=number(leaves.total)))
    return paragraph(said)


def in_notebook(trace: Trace) -> str:
    """Return the page in a frame, which keeps its styles away from those of the notebook."""
    return _FRAME.format(page=html.escape(page(trace).decode()))


def show(trace: Trace, root: Path) -> None:
    """Open the trace in the window of a process of its own; `root` has the package `app`."""
    folder = Path(tempfile.mkdtemp(prefix="tapescope-"))
    path = folder / "run.json.gz"
    path.write_bytes(document.as_file(trace, path.name))
    places = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    _windows.append(
        subprocess.Popen(
            [sys.executable, "-P", "-m", "app", str(path)],
            env=os.environ | {"PYTHONPATH": places},
            start_new_session=True,
        )
    )
