"""Removes from a trace the machine's name and the folders in which it ran.

Pages and pictures are always made of such a trace.  The document keeps what it knows, so that it
says where it ran when it is opened elsewhere, unless `tapescope trace --anonymous` made it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

from app.contract.records import Trace

_HOME = re.compile(r"(?:/home/|/Users/|\b[A-Za-z]:[\\/]Users[\\/])[^\\/\s\"':;,]+|/root\b(?=/)")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def anonymous(trace: Trace) -> Trace:
    """Return a copy without the machine's name and the snippet's folder; home folders become `~`.

    What the snippet itself printed is its own but for such paths.  `trace` is left as it is.
    """
    path = trace.snippet.path
    folder, name = ("", None) if path is None else _parted(path)
    homeless = len(folder) > 1 and not _HOME.fullmatch(folder[:-1])

    def cleaned(text: str) -> str:
        if path and name:
            text = text.replace(path, name)
        return _HOME.sub("~", text.replace(folder, "") if homeless else text)

    error = trace.error
    if error is not None:
        error = replace(error, message=cleaned(error.message), traceback=cleaned(error.traceback))
    output = trace.output
    return replace(
        trace,
        snippet=replace(trace.snippet, path=name),
        files=[
            replace(file, path=None if file.path is None else cleaned(file.path))
            for file in trace.files
        ],
        run=replace(trace.run, host=""),
        error=error,
        output=replace(output, stdout=cleaned(output.stdout), stderr=cleaned(output.stderr)),
    )


def _parted(path: str) -> tuple[str, str]:
    """Split a path into the folder with its last separator and the name.

    >>> _parted("/home/anna/work/train.py"), _parted("train.py")
    (('/home/anna/work/', 'train.py'), ('', 'train.py'))
    """
    name = PureWindowsPath(path).name if _DRIVE.match(path) else PurePosixPath(path).name
    return path[: len(path) - len(name)], name
