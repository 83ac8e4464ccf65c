"""The texts of the files that ran."""

from __future__ import annotations

from typing import NamedTuple

from app.contract.records import FIRST, Lines, Trace
from app.contract.spots import FileId


class FileText(NamedTuple):
    """A file's text, and which of its lines ran if that is known."""

    file: FileId
    text: str
    lines: Lines | None


def texts_of(trace: Trace) -> list[FileText]:
    """Return the texts that are known, that of the snippet first."""
    first = trace.files[0].id if trace.files else FIRST
    return [
        FileText(first, trace.snippet.text, trace.lines),
        *(FileText(f.id, f.text, f.lines) for f in trace.files[1:] if f.text is not None),
    ]


def line_of(code: str, text: str) -> int | None:
    r"""Return the first line of a text that reads so without its indentation; None if none does.

    >>> line_of("y = 1", "x = '\x0c'\n    y = 1")
    2
    """
    lines = enumerate(text.split("\n"), 1)
    return next((place for place, line in lines if line.strip() == code), None)
