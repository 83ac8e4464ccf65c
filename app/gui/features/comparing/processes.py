"""The processes of a run: one of them is shown, or two are beside each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.gui.actions import Actions
from app.gui.features.comparing.comparing import Comparing
from app.gui.features.exploring.shown_run import ShownRun
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.panels.verdict.processes import ProcessButtons
from app.gui.running.letting_go import let_go_if_large

if TYPE_CHECKING:
    from app.gui.features.comparing.reading import Turn
    from app.gui.running.background import IsWanted
    from app.gui.running.prepared import Prepared
    from app.session.ranks.differing import ComparedProcesses
    from app.session.workspace import Workspace


class ProcessSwitch(Feature):
    """Reads the traces of the other processes when one was opened, and turns from one to another.

    What is selected, the moment and the folds are those of before, as far as the other has them.
    """

    told = Signal()
    """Whether there are several processes, and which, may be known by now."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        shown_run: ShownRun,
        comparing: Comparing,
        buttons: ProcessButtons,
        do: Actions,
    ) -> None:
        super().__init__(buttons)
        self._workspace, self._documents, self._shown_run = workspace, documents, shown_run
        self._comparing, self._buttons, self._actions = comparing, buttons, do
        self._reader = self.latest("processes", self._on_read)
        self._turner = self.latest("process", self._on_turn)
        self._selects: Callable[[], object] | None = None
        """Selects in the next picture what is selected in the one before."""
        self.hear(workspace.changed, self._follow)
        self.hear(workspace.drawn_changed, self._select)
        self.hear(do.compare.toggled, self._show_buttons)
        self.hear(buttons.chosen, self._show)
        self.hear(buttons.pairChosen, self._show_pair)
        self.on(do.next_process, self._show_next)
        self.on(do.both_processes, self._show_both)

    @property
    def _known(self) -> ComparedProcesses | None:
        """The processes of the shown run, or None."""
        known, shown = self._documents.program.processes, self._workspace.shown
        if known is None or shown is None or known.processes.place_of(shown.run) is None:
            return None
        return known

    def _follow(self) -> None:
        self._turner.forget()
        self._reader.forget()
        self._selects = None
        known, shown = self._known, self._workspace.shown
        if known is None:
            self._forget()
        if known is None and shown is not None and shown.paths:

            def question(is_wanted: IsWanted) -> ComparedProcesses | None:
                from app.gui.features.comparing.reading import read_processes  # loads networkx

                return read_processes(shown, is_wanted)

            self._reader.ask(question)
        self._tell()

    def _forget(self) -> None:
        """Drop the processes of an earlier run of the program, which hold their traces."""
        program = self._documents.program
        before, program.processes = program.processes, None
        if before is not None:
            let_go_if_large(before, len(before.processes.all[0].run.trace.operations))

    def _on_read(self, found: ComparedProcesses | None) -> None:
        """Keep the processes of the run that is shown: for another one they are forgotten."""
        self._documents.program.processes = found
        self._tell()

    def _tell(self) -> None:
        known, shown = self._known, self._workspace.shown
        self._show_buttons()
        self._comparing.show_lines()
        if known is not None and shown is not None:
            self._workspace.set_findings_among_processes(known.findings(shown.run))
        self.told.emit()

    def _show_buttons(self) -> None:
        known, shown, pinned = self._known, self._workspace.shown, self._comparing.pinned
        is_on = known is not None and len(known.processes.all) > 1
        for action in self._actions.processes:
            action.setEnabled(is_on)
        place = None if known is None or shown is None else known.processes.place_of(shown.run)
        if known is None or place is None:
            self._buttons.show_processes((), 0)
            return
        other = None if pinned is None else known.processes.place_of(pinned)
        titles = tuple(process.name.title for process in known.processes.all)
        self._buttons.show_processes(titles, place, other, known.differing)

    # ---------------------------------------------------------------------- what the user does

    @property
    def _place(self) -> int:
        known, shown = self._known, self._workspace.shown
        found = None if known is None or shown is None else known.processes.place_of(shown.run)
        return found or 0

    def _show_next(self) -> None:
        if (known := self._known) is not None:
            self._show((self._place + 1) % len(known.processes.all))

    def _show_both(self) -> None:
        """Compare the shown process with the first, or that with the second."""
        self._show_pair(0 if self._place else 1)

    def _show(self, place: int) -> None:
        self._turn(place, None)

    def _show_pair(self, other: int) -> None:
        """Put the shown process and another one beside each other, the first of the two left."""
        first, second = sorted((self._place, other))
        self._turn(second, first)

    def _turn(self, place: int, beside: int | None) -> None:
        known, shown = self._known, self._workspace.shown
        if known is None or shown is None or not place < len(known.processes.all):
            return
        process = known.processes.all[place]
        other = None if beside is None else known.processes.all[beside]

        def question(is_wanted: IsWanted) -> Turn | None:
            from app.gui.features.comparing.reading import turn

            return turn(shown, process, other, is_wanted)

        self._turner.ask(question)

    def _on_turn(self, turn: Turn | None) -> None:
        workspace, comparing = self._workspace, self._comparing
        if turn is None or workspace.shown is None or workspace.shown.run is not turn.before.run:
            return
        if turn.beside is None:
            comparing.unpin()
        else:
            comparing.pin(turn.beside, turn.beside.paths[0].name)
        if turn.compared is not None:
            self._carry_over(turn)
        self._show_buttons()

    def _carry_over(self, turn: Turn) -> None:
        """Show another process at the same moment, and select there what is selected here."""
        workspace, compared = self._workspace, turn.compared
        assert compared is not None
        was_at_end, position, subject = workspace.is_at_end, workspace.position, workspace.subject
        self._shown_run.show_again(turn.after)
        if not was_at_end:
            workspace.go_to(compared.steps.first_at(position))
        match subject:
            case "operation", number if (found := compared.to_pinned.get(number)) is not None:
                self._selects = partial(workspace.select_operation, found)
            case "tensor", number if (found := compared.partner_of_tensor(number)) is not None:
                self._selects = partial(workspace.select_tensor, found)
            case "module", number if (found := compared.partner_of_module(number)) is not None:
                self._selects = partial(workspace.select_module, found)

    def _select(self) -> None:
        """Select what was selected in the other process, as soon as there is a picture of this."""
        select = self._selects
        if select is not None and self._workspace.drawn is not None:
            self._selects = None
            select()
