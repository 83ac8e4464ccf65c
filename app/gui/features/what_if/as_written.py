"""Compares a what-if with the run as written: in numbers, or side by side with that one pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.features.comparing.comparing import Comparing
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.panels.what_if.changed import WhatItChanged
from app.session.comparing.what_if import NOT_COMPARED
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.running.background import IsWanted
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class AsWritten(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        comparing: Comparing,
        panel: WhatItChanged,
        do: Actions,
    ) -> None:
        super().__init__(panel)
        self._workspace, self._documents, self._comparing = workspace, documents, comparing
        self._panel = panel
        self._action = do.compare_what_if
        self._thread = self.latest("as written", self._pin)
        self.hear(workspace.changed, self._show)
        self.on(self._action, self._compare)

    def _show(self) -> None:
        shown = self._workspace.shown
        found = None if shown is None else shown.comparison
        can = found is not None
        self._panel.show_measures(() if found is None else found.counted)
        self._action.setEnabled(can)
        words = tr("Show the run as written beside this one")
        self._action.setToolTip(words if can else tr(NOT_COMPARED))

    def _compare(self) -> None:
        """Prepare the run as written, in a thread, and pin it."""
        shown = self._workspace.shown
        if shown is None or shown.comparison is None:
            return
        written, choice, job = shown.comparison.written, shown.choice, shown.job

        def question(is_wanted: IsWanted) -> tuple[Prepared, Prepared]:
            from app.gui.running.prepared import prepare

            return shown, prepare(written, choice=choice, time_limit=shown.time_limit, job=job)

        self._thread.ask(question)

    def _pin(self, both: tuple[Prepared, Prepared]) -> None:
        shown, written = both
        if shown is self._workspace.shown:
            note = tr("{name}, as written").format(name=self._documents.program.name)
            self._comparing.pin(written, note)
