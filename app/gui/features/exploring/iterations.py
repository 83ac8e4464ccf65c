"""All iterations of a training run: their room, and going from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.controls.go_to_bar import GoToBar
from app.gui.docks import BottomPanel, Docks
from app.gui.features.feature import Feature
from app.gui.features.programs.places import VisitedPlaces
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.sentence_list import SentenceList
from app.session.findings.offers import is_offered
from app.session.iterations.series import iteration_at
from app.session.language import number, tr

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Iterations(Feature):
    """The table of all iterations folds the editor until a line of it is wanted."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        gradients: GradientsPanel,
        findings: SentenceList,
        docks: Docks,
        bottom: BottomPanel,
        places: VisitedPlaces,
        do: Actions,
    ) -> None:
        super().__init__(gradients)
        self._workspace, self._gradients, self._docks = workspace, gradients, docks
        self._bottom, self._action = bottom, do.go_to_iteration
        self.bar = GoToBar(tr("Go to iteration"), tr("Iteration to go to"), 64)
        bottom.header.insert_widget(self.bar)
        self._before: tuple[int, QWidget | None] = 0, None
        """The position and the widget with the keys before the bar opened."""
        self.hear(workspace.changed, self._show)
        self.hear(gradients.spreadChanged, docks.set_wide)
        self.hear(gradients.iterations.eventChosen, self.go_to)
        self.hear(places.visited, lambda: docks.set_wide(False))
        self.hear(findings.actionChosen, self._go_to_beginning)
        self.hear(self.bar.typed, self._follow)
        self.hear(self.bar.left, self._leave)
        self.on(do.go_to_iteration, self._open)

    @property
    def _events(self) -> Sequence[int]:
        shown = self._workspace.shown
        table = None if shown is None else shown.over_iterations
        return () if table is None else table.events

    def _show(self) -> None:
        self._action.setEnabled(bool(self._events))
        self.bar.hide()

    def go_to(self, event: int) -> None:
        """Show the run at the iteration of an event."""
        if (shown := self._workspace.shown) is None:
            return
        position = shown.history.position_of(event)
        if shown.history.at(position).now < event:  # it is between two moments
            position += 1
        self._workspace.go_to(position)

    def _go_to_beginning(self, place: int) -> None:
        """Go to the iteration in which a finding began, if that is what its button does."""
        finding = self._workspace.findings[place]
        if finding.since is not None and not is_offered(finding.fix):
            self.go_to(finding.since)

    def _open(self) -> None:
        moment, events = self._workspace.moment, self._events
        at = iteration_at(events, None if moment is None else moment.now)
        self._before = self._workspace.position, self._gradients.window().focusWidget()
        self._bottom.show_timeline()
        note = tr("of {count}").format(count=number(len(events)))
        self.bar.ask(1 if at is None else at + 1, note)

    def _follow(self, text: str) -> None:
        """Go to the iteration that is typed, the last one where there are not so many."""
        if text.strip().isdecimal():
            events = self._events
            self.go_to(events[min(max(1, int(text)), len(events)) - 1])

    def _leave(self, stays: bool) -> None:
        position, widget = self._before
        if not stays:
            self._workspace.go_to(position)
        if widget is not None:
            widget.setFocus()
