"""The run beside that of a scene: made unheard, and pinned while the scene is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Signal

from app.gui.features.comparing.comparing import Comparing
from app.gui.features.feature import Feature
from app.gui.features.programs.runs import Runs
from app.gui.files.documents import Documents
from app.gui.files.snippet_file import FileProblem
from app.gui.graph.view import GraphView
from app.gui.panels.status_bar import StatusBar
from app.gui.running.background import IsWanted, NotWantedError
from app.session.graph.choice import GraphChoice
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.running.other_runs import OtherRuns
    from app.gui.running.prepared import Prepared
    from app.gui.running.run_controller import RunController
    from app.session.run import Run
    from app.session.scenes.records import Beside
    from app.session.workspace import Workspace


class _Made(NamedTuple):
    beside: Beside
    shown: Prepared
    other: Prepared | None
    note: str
    """What the other one is, or why there is none."""
    program: str = ""
    """Its program, if that is another one."""


class Besides(Feature):
    placed = Signal()
    """Both graphs are beside each other."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        controller: RunController,
        runs: Runs,
        comparing: Comparing,
        status: StatusBar,
    ) -> None:
        super().__init__(comparing)
        self._workspace, self._documents = workspace, documents
        self._controller, self._runs = controller, runs
        self._comparing, self._status = comparing, status
        self._others: OtherRuns | None = None
        """Those of the program that was asked about last."""
        self._pinned: Run | None = None
        """The run that was pinned for a scene."""
        self._maker = self.latest("run beside a scene", self._pin)

    def close(self) -> None:
        """End the thread, and the run that it waits for."""
        if self._others is not None:
            self._others.close()
        super().close()

    def show(self, beside: Beside | None) -> bool:
        """Show the run beside the shown one, in a while, and none before; return whether one was.

        Where it cannot be made, the status bar says so, and the shown one is alone.
        """
        had_one, shown = self.leave(), self._workspace.shown
        if beside is not None and shown is not None:
            others, name = self.others(shown.run), self._documents.program.name

            def make(is_wanted: IsWanted) -> _Made:
                return _made(shown, others, beside, name, is_wanted)

            self._maker.ask(make)
        return had_one

    def leave(self) -> bool:
        """Take away the run beside a scene; return whether there was one."""
        self._maker.forget()
        pinned, self._pinned = self._pinned, None
        is_there = pinned is not None and self._comparing.pinned is pinned
        if is_there:
            self._comparing.unpin()
        return is_there

    @property
    def pinned_graph(self) -> GraphView | None:
        return self._comparing.pinned_graph

    def others(self, run: Run) -> OtherRuns:
        """Return what makes the runs beside a run of the current program."""
        from app.gui.running.other_runs import OtherRuns

        changes = tuple(one.change for one in run.trace.run.what_if)
        job = replace(
            self._runs.job(run.trace.snippet.text), what_if=changes, choice=GraphChoice(),
            caret=None, open=frozenset(),
        )  # fmt: skip
        known, programs = self._others, self._programs
        if known is None or (known.job, known.programs) != (job, programs):
            name = self._documents.program.name
            known = self._others = OtherRuns(self._controller, job, programs, name)
        return known

    def described(self, run: Run) -> Beside | None:
        """Describe what is beside a run now; None if nothing is, or if it cannot be made again."""
        from app.session.scenes.beside import described  # loads msgspec

        other = self._comparing.pinned
        found = None if other is None else described(run, other, self._programs)
        if other is not None and found is None:
            text = tr("The scene is without the pinned run, which is of a text that is not here.")
            self._status.showMessage(text)
        return found

    @property
    def _programs(self) -> Mapping[str, str]:
        lecture = self._documents.program.lecture
        return {} if lecture is None else lecture.lecture.programs

    def _pin(self, made: _Made) -> None:
        shown = self._workspace.shown
        if made.other is None:
            self._status.showMessage(made.note)
        elif shown is None or shown.program != made.shown.program:
            return
        elif shown.run is not made.shown.run:
            self.show(made.beside)  # the program has run again meanwhile
        else:
            self._pinned = made.other.run
            is_changed = bool(shown.run.trace.run.what_if)
            self._comparing.pin(made.other, made.note, is_second=not is_changed, name=made.program)
            together = self._comparing.together
            assert together is not None
            together.placed.connect(self.placed)


def _made(
    shown: Prepared, others: OtherRuns, beside: Beside, name: str, is_wanted: IsWanted
) -> _Made:
    """Return the run beside another one, or why there is none.  Not for the window's thread."""
    from app.gui.running.prepared import prepare
    from app.session.what_if.changes import heading

    try:
        run = others.get(beside, is_wanted)
    except (FileProblem, NotWantedError) as problem:
        return _Made(beside, shown, None, str(problem))
    sign = heading(run.trace.run)
    note = beside.program or tr("{name}, as written").format(name=name)
    note = note if sign is None else sign.text
    return _Made(beside, shown, prepare(run, choice=shown.choice), note, beside.program)
