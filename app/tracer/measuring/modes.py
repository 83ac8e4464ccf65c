"""The grad modes that are measured, without a recorder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import CodeType, FrameType
from typing import Any

from app.contract.records import NoteCode
from app.tracer.grad_modes.regions import GradModes, Origin
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
        self._modes.want(wanted)
        patches = Patches()
        with nullcontext() if wanted is None else wanted.around():
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
        self._origins: dict[tuple[object, ...], tuple[Origin, CodeType]] = {}
        """By place: what enters a region there, and the code, whose `id` is in the key."""

    def want(self, mode: RequestedMode | None) -> None:
        """Let regions of the program that would switch to the contrary have no effect.

        As written, with None, it is asked all the same whose they are, which takes as long.
        """
        self._unswitched = Unswitched(mode)

    def _origin(self, frame: FrameType, kind: str, enabled: bool) -> Origin:
        code = frame.f_code
        if code.co_filename == CONTEXTLIB_FILE:  # a decorator, which is that of a function
            wrapped = getattr(frame.f_locals.get("func"), "__code__", None)
            if type(wrapped) is not CodeType:
                return super()._origin(frame, kind, enabled)
            code = wrapped
        elif code.co_filename.endswith("contextlib.py"):  # an ExitStack, which anybody may have
            return super()._origin(frame, kind, enabled)
        key = id(code), frame.f_lasti, kind, enabled
        known = self._origins.get(key)
        if known is None:
            known = self._origins[key] = super()._origin(frame, kind, enabled), code
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
