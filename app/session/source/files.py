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
