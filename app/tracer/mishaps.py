"""Errors of the recorder itself: notes in the trace, never exceptions of the snippet."""

from __future__ import annotations

from contextlib import suppress
from types import FrameType, TracebackType
from typing import Protocol

from app.contract.records import NoteCode


class _Notes(Protocol):
    def note(self, code: NoteCode, line: int | None, text: str) -> None: ...


class _Lines(Protocol):
    def line(self, frame: FrameType | None) -> int | None: ...


class Mishaps:
    """The notes of one run, each with the line of the snippet where something was missed."""

    def __init__(self, notes: _Notes, lines: _Lines) -> None:
        self._notes = notes
        self._lines = lines

    def missed(self, what: str, frame: FrameType | None, error: Exception) -> None:
        """Note that describing `what` raised `error`; it is missing, and recording continues."""
        line = None
        with suppress(Exception):  # what failed may be this
            line = self._lines.line(frame)
        with suppress(Exception):  # at the limit of recursion, say, this is one call more
            text = f"{what} could not be described ({type(error).__name__}: {error})"
            self._notes.note("incomplete", line, f"{text} and is missing from the trace.")

    def around(self, what: str, frame: FrameType | None) -> _Around:
        """Run a block that describes `what`; if it raises, end the block and add a note."""
        return _Around(self, what, frame)


class _Around:
    __slots__ = ("_frame", "_mishaps", "_what")

    def __init__(self, mishaps: Mishaps, what: str, frame: FrameType | None) -> None:
        self._mishaps = mishaps
        self._what = what
        self._frame = frame

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self._mishaps.missed(self._what, self._frame, error)
        return True
