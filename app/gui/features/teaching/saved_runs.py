"""Saved traces in the folder of a lecture: shown when their program is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.gui.features.exploring.shown_run import ShownRun
from app.gui.features.feature import Feature
from app.gui.features.lessons import Lessons
from app.gui.panels.banner import Banner
from app.gui.running.background import IsWanted
from app.session.lectures.files import read_trace
from app.session.lectures.reading import LectureProblem

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class _Found(NamedTuple):
    number: int
    """Of the tab with the program."""
    prepared: Prepared | None
    problem: str = ""


class SavedRuns(Feature):
    """A trace of another text than the program's is left alone."""

    def __init__(
        self, workspace: Workspace[Prepared], shown_run: ShownRun, lessons: Lessons, banner: Banner
    ) -> None:
        super().__init__(lessons.panel)
        self._workspace, self._shown_run = workspace, shown_run
        self._lessons, self._banner = lessons, banner
        self._looked: int | None = None
        """The number of the tab whose saved trace was read last."""
        self._reader = self.latest("saved trace", self._show)
        self.hear(lessons.followed, self._look)

    def _look(self) -> None:
        """Read the saved trace of a program that has just been opened."""
        place = self._lessons.place
        if place is None or place.tab.is_text or place.lecture.path is None:
            return
        number, path, program = place.tab.number, place.lecture.path, place.page.program
        if program is None or number == self._looked:
            return
        self._looked = number
        text, choice = place.page.snippet, self._workspace.fresh_choice

        def read(_: IsWanted) -> _Found:
            from app.gui.running.prepared import prepare
            from app.session.trace.document import load
            from app.session.trace.json_text import TraceFormatError

            try:
                data = read_trace(path, program)
                run = None if data is None else load(data)
            except (LectureProblem, TraceFormatError) as problem:
                return _Found(number, None, str(problem))
            is_it = run is not None and run.trace.snippet.text == text
            return _Found(
                number, prepare(run, choice=choice) if run is not None and is_it else None
            )

        self._reader.ask(read)

    def _show(self, found: _Found) -> None:
        tab = None if self._lessons.place is None else self._lessons.place.tab
        if found.problem:
            self._banner.show_message(found.problem)
        is_current = tab is not None and tab.number == found.number and tab.prepared is None
        if found.prepared is not None and is_current:
            self._shown_run.show_again(found.prepared)
