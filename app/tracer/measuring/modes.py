"""The grad modes that are measured, without a recorder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.contract.records import NoteCode
from app.tracer.grad_modes.regions import GradModes
from app.tracer.grad_modes.watch import watch_grad_modes
from app.tracer.grad_modes.what_if import Unswitched, requested_mode
from app.tracer.mishaps import Mishaps
from app.tracer.patches import Patches
from app.tracer.snippet.files import Files
from app.tracer.snippet.frames import Sites
from app.tracer.snippet.source import SourceFile
from app.tracer.stream import Stream


@contextmanager
def under(mode: str, text: str, filename: str) -> Iterator[None]:
    """Run a block as a what-if runs: the program's own regions do not switch to the contrary."""
    wanted = requested_mode(mode)
    if wanted is None:
        yield
        return
    nowhere = Stream(lambda row: None)
    sites = Sites(Files(SourceFile(text, filename), nowhere.put), nowhere)
    patches = Patches()
    with wanted.around():
        watch_grad_modes(
            patches,
            _Here(GradModes(sites, nowhere, Unswitched(wanted))),
            Mishaps(_NoNotes(), sites),
        )
        try:
            yield
        finally:
            patches.undo()


class _Here:
    """The state of the one thread that is measured."""

    def __init__(self, modes: GradModes) -> None:
        self.modes = modes

    def here(self) -> _Here:
        return self


class _NoNotes:
    def note(self, code: NoteCode, line: int | None, text: str) -> None:
        """Nobody reads notes of a run that is measured."""
