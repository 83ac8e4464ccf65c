"""The runs that the scenes of a run have beside it, made unheard when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from app.gui.files.snippet_file import FileProblem
from app.gui.running.background import IsWanted, NotWantedError
from app.gui.running.unheard import run_unheard
from app.session.language import tr
from app.session.scenes.beside import changes_of
from app.session.source.effects import first_effect

if TYPE_CHECKING:
    from app.gui.running.run_controller import Job, RunController
    from app.session.run import Run
    from app.session.scenes.records import Beside


class OtherRuns:
    """Each is made once.  Not for the window's thread."""

    def __init__(
        self, controller: RunController, job: Job, programs: Mapping[str, str], name: str
    ) -> None:
        """`job` is what ran, `name` its program's, and `programs` are those of the lecture."""
        self._controller, self._name = controller, name
        self.job, self.programs = job, programs
        self._known: dict[Beside, Run] = {}
        self._turn = Lock()

    def close(self) -> None:
        """End the run that is going on."""
        self._controller.drop_hidden(self)

    def get(self, beside: Beside, is_wanted: IsWanted) -> Run:
        """Return a run.  Raises FileProblem if it cannot be made, and NotWantedError."""
        while not self._turn.acquire(timeout=0.1):
            if not is_wanted():
                raise NotWantedError
        try:
            if beside not in self._known:
                name, job = self._wanted(beside)
                self._known[beside] = run_unheard(self._controller, self, job, name, is_wanted)
            return self._known[beside]
        finally:
            self._turn.release()

    def getter(self, is_wanted: IsWanted = lambda: True) -> Callable[[Beside], Run | None]:
        """Return what returns a run, or None where it cannot be made."""

        def get(beside: Beside) -> Run | None:
            try:
                return self.get(beside, is_wanted)
            except (FileProblem, NotWantedError):
                return None

        return get

    def _wanted(self, beside: Beside) -> tuple[str, Job]:
        """Return the name of what has to run, and the job."""
        name, text = self._name, self.job.text
        if beside.program:
            name = beside.program
            if name not in self.programs:
                raise FileProblem(tr("There is no run of {program}.").format(program=name))
            text = self.programs[name]
        changes = changes_of(beside, text)
        if changes is None:
            raise FileProblem(tr("A line that the scene leaves out is gone."))
        if (effect := first_effect(text)) is not None:
            words = tr("Nothing is beside the run: line {line} of {name} calls {call}.")
            raise FileProblem(words.format(line=effect.line, name=name, call=effect.call))
        is_changed = bool(self.job.what_if)  # then the other one is as written
        return name, replace(self.job, text=text, what_if=() if is_changed else changes)
