"""Reads the traces of the other processes of a run, and makes what is shown of one of them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.gui.features.comparing.compared import Compared, compare
from app.gui.files.snippet_file import FileProblem, read_bytes
from app.gui.running.background import IsWanted
from app.gui.running.prepared import Prepared, prepare
from app.session.comparing.alignment import StoppedError
from app.session.garbage import undisturbed
from app.session.ranks.differing import ComparedProcesses
from app.session.ranks.sisters import Process, files_beside, together
from app.session.trace.document import load
from app.session.trace.json_text import TraceFormatError

if TYPE_CHECKING:
    from app.session.run import Run


def read_processes(shown: Prepared, is_wanted: IsWanted) -> ComparedProcesses | None:
    """Return the processes of a run that was read from a file; None if nobody waits any more."""
    first, *opened = shown.paths
    beside: list[Path] = []
    with suppress(OSError):  # the folder may be gone
        beside = files_beside(first)
    others: dict[Path, Run | str] = {}
    with undisturbed():
        for path in dict.fromkeys([*opened, *beside]):
            if not is_wanted():
                return None
            try:
                others[path] = load(read_bytes(path))
            except (FileProblem, TraceFormatError) as problem:
                others[path] = str(problem)
        found = together(Process(first, shown.run), others, frozenset(opened))
        try:
            return ComparedProcesses(found, is_wanted)
        except StoppedError:
            return None


class Turn(NamedTuple):
    """A step from the shown process to another one, drawn alike, or to two beside each other.

    `compared` is None if the shown one stays.  `beside` is the first of two.
    """

    before: Prepared
    after: Prepared
    compared: Compared | None
    beside: Prepared | None


def turn(
    before: Prepared, process: Process, beside: Process | None, is_wanted: IsWanted
) -> Turn | None:
    """Return the step to a process, with another one beside it; None if nobody waits any more."""

    def prepared(one: Process) -> Prepared:
        if one.run is before.run:
            return before
        return prepare(one.run, choice=before.choice, paths=(one.path,))

    with undisturbed():
        first = None if beside is None else prepared(beside)
        if process.run is before.run:
            return Turn(before, before, None, first)
        compared = compare(prepared(process), before, None, is_wanted)
    return None if compared is None else Turn(before, compared.pinned, compared, first)
