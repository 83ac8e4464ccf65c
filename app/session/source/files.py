"""The texts of the files that ran."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
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


def line_of(code: str, text: str, nth: int = 0) -> int | None:
    r"""Return the `nth` line (from 0) that reads so without its indentation; None if there is none.

    >>> line_of("y = 1", "x = '\x0c'\n    y = 1\ny = 1"), line_of("y = 1", "y = 1\n    y = 1", 1)
    (2, 2)
    """
    return next(islice(_lines_of(code, text), nth, None), None)


def nth_of(line: int, text: str) -> int:
    r"""Return how many lines before one read as it does.

    >>> nth_of(2, "y = 1\n    y = 1")
    1
    """
    code = text.split("\n")[line - 1].strip()
    return sum(place < line for place in _lines_of(code, text))


def _lines_of(code: str, text: str) -> Iterator[int]:
    lines = enumerate(text.split("\n"), 1)
    return (place for place, line in lines if line.strip() == code)
