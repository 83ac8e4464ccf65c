"""What trains: the line above graph and gradients, and what its groups mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.contract.records import Finding, Training
from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.features.feature import Feature
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.verdict.bar import VerdictBar
from app.session.source.code_marks import unmarked
from app.session.training.headline import Headline
from app.session.workspace import RowFilter

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Verdict(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        bar: VerdictBar,
        docks: Docks,
        gradients: GradientsPanel,
        do: Actions,
        go_to_line: Callable[[int], object],
    ) -> None:
        """`go_to_line` goes to a line of the text that ran."""
        super().__init__(bar)
        self._workspace, self._bar, self._docks = workspace, bar, docks
        self._actions = do
        self.dock = docks.add_line("verdict", bar)
        self.hear(bar.groupChosen, self._mark)
        self.hear(gradients.allWanted, lambda: bar.choose(None))
        self.hear(bar.lineChosen, go_to_line)
        self.hear(bar.faultChosen, do.next_finding.trigger)
        self.hear(workspace.changed, self._show)
        self.hear(workspace.findings_changed, self._show)
        self.hear(workspace.covered_changed, self.follow)
        self.hear(bar.processes.appeared, self.follow)
        self.hear(bar.runningChanged, self.follow)
        self.on(do.verdict, self._toggle)
        self.dock.hide()

    @property
    def _training(self) -> Training | None:
        shown = self._workspace.shown
        return None if shown is None else shown.run.trace.training

    def _show(self) -> None:
        shown, training = self._workspace.shown, self._training
        headline = self._other_headline or (None if shown is None else shown.headline)
        if shown is not None and training is not None:
            self._bar.show_training(training, self._fault, headline, is_running=shown.is_running)
        else:
            self._bar.show_without_parameters(self._fault, headline)
        self._actions.verdict.setEnabled(training is not None)
        self.follow()

    @property
    def _fault(self) -> Finding | None:
        """What the verdict does not say: the worst of its processes, or an error of this one."""
        among, training = self._workspace.findings_among_processes, self._training
        found = [one for one in among if one.severity != "info" and not _is_error_of_rank(one)]
        if training is not None and training.trained:
            own = self._workspace.findings
            found += [one for one in own if one.severity == "error"]
        return next(iter(found), None)

    @property
    def _other_headline(self) -> Headline | None:
        """Which other process of the run raised an error, and did not only wait."""
        found = filter(_is_error_of_rank, self._workspace.findings_among_processes)
        return next((Headline(unmarked(one.title), "error") for one in found), None)

    def follow(self) -> None:
        """Show the line if there is something in it, whatever a saved state of the window says."""
        bar = self._bar
        has_content = self._training is not None or bar.processes.is_available or bar.is_running
        is_hidden = self._docks.is_presenting or self._workspace.covered is not None
        self.dock.setVisible(has_content and not is_hidden)

    def _toggle(self) -> None:
        self._bar.opener.toggle()
        if self._bar.opener.isChecked():
            self._bar.opener.setFocus()

    def _mark(self, tensors: list[int], words: str) -> None:
        self._workspace.filter_rows(RowFilter(tuple(tensors), words))
        if (layout := self._bar.window().layout()) is not None:
            layout.activate()  # the graph brings nodes into the sight that is left
        if tensors:
            self._workspace.select_users(tensors)
        else:
            self._workspace.clear_selection()


def _is_error_of_rank(found: Finding) -> bool:
    """Return whether it is the error that ended another process, which is the verdict's title."""
    return found.code == "process_ended" and found.severity == "error"
