"""The grad modes that are measured, without a recorder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from app.contract.records import NoteCode
from app.tracer.grad_modes.regions import GradModes
from app.tracer.grad_modes.watch import watch_grad_modes
from app.tracer.grad_modes.what_if import RequestedMode, Unswitched, requested_mode
from app.tracer.mishaps import Mishaps
from app.tracer.patches import Patches
from app.tracer.private import CONTEXTLIB_FILE
from app.tracer.snippet.files import Files
from app.tracer.snippet.frames import Sites
from app.tracer.snippet.source import SourceFile
from app.tracer.stream import Stream


class MeasuredModes:
    """Runs blocks in a mode as a what-if runs: the program's own regions do not switch to the
    contrary.

    Whose a region is, is found out once for each place.  The few microseconds that this costs a
    region later are the same in every mode, as written included.
    """

    def __init__(self, text: str, filename: str) -> None:
        nowhere = Stream(lambda row: None)
        self._sites = Sites(Files(SourceFile(text, filename), nowhere.put), nowhere)
        self._modes = _Regions(self._sites, nowhere)

    @contextmanager
    def under(self, mode: str) -> Iterator[None]:
        wanted = requested_mode(mode)
        if wanted is None:
            with self._watched(None):
                yield
        else:
            with wanted.around(), self._watched(wanted):
                yield

    @contextmanager
    def _watched(self, wanted: RequestedMode | None) -> Iterator[None]:
        self._modes.wanted = wanted
        patches = Patches()
        watch_grad_modes(patches, self, Mishaps(_NoNotes(), self._sites))
        try:
            yield
        finally:
            patches.undo()

    @property
    def modes(self) -> GradModes:
        return self._modes

    def here(self) -> MeasuredModes:
        """The state of the one thread that is measured."""
        return self


class _Regions(GradModes):
    """Decides whether regions take effect, and keeps no record of them."""

    def __init__(self, sites: Sites, nowhere: Stream) -> None:
        super().__init__(sites, nowhere)
        self.wanted: RequestedMode | None = None
        self._kinds: dict[tuple[object, ...], tuple[str, CodeType]] = {}
        """By place: whose region it is, and the code, whose `id` is in the key."""

    def takes_effect(self, kind: str, enabled: bool, frame: FrameType) -> bool:
        whose = self._whose(kind, enabled, frame)
        grad_mode = enabled != (kind == "inference_mode")
        return not Unswitched(self.wanted).undoes(whose, None, "", grad_mode)

    def _whose(self, kind: str, enabled: bool, frame: FrameType) -> str:
        code = frame.f_code
        if code.co_filename == CONTEXTLIB_FILE:  # a decorator, which is that of a function
            wrapped = getattr(frame.f_locals.get("func"), "__code__", None)
            if type(wrapped) is not CodeType:
                return self._origin(frame, kind, enabled).kind
            code = wrapped
        elif code.co_filename.endswith("contextlib.py"):  # an ExitStack, which anybody may have
            return self._origin(frame, kind, enabled).kind
        key = id(code), frame.f_lasti, kind, enabled
        known = self._kinds.get(key)
        if known is None:
            known = self._kinds[key] = self._origin(frame, kind, enabled).kind, code
        return known[0]

    def open(self, context: Any, kind: str, enabled: bool, frame: FrameType) -> bool:
        return self.takes_effect(kind, enabled, frame)

    def close(self, context: Any) -> None:
        """Nothing was opened."""

    def switch(self, context: Any, enabled: bool, frame: FrameType) -> None:
        """Nothing is noted."""

    def enter_switch(self, context: Any, frame: FrameType) -> bool:
        """It has switched already, when it was made."""
        return True


class _NoNotes:
    def note(self, code: NoteCode, line: int | None, text: str) -> None:
        """Nobody reads notes of a run that is measured."""
