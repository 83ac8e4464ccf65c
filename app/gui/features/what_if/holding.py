"""Freezes parameters and holds modules in a mode, where the tables and the graph offer it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.contract.patterns import covers
from app.contract.records import Change
from app.gui.features.feature import Feature
from app.gui.features.what_if.changing import Changing
from app.gui.panels.gradients.panel import GradientsPanel
from app.session.what_if.changes import put_in_state, state_asked

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Holding(Feature):
    def __init__(
        self, workspace: Workspace[Prepared], changing: Changing, gradients: GradientsPanel
    ) -> None:
        super().__init__(gradients)
        self._workspace, self._changing, self._gradients = workspace, changing, gradients
        self.hear(gradients.stateWanted, self._hold)
        self.hear(changing.changed, self._show)

    def _show(self) -> None:
        self._gradients.show_changes(self._changing.changes)

    def _hold(self, names: Sequence[str], frozen: bool) -> None:
        changes = self._changing.changes
        for name in names:
            wanted = Change("freeze" if frozen else "unfreeze", name)
            changes = put_in_state(changes, wanted, as_written=self._is_so(name, frozen))
        self._changing.set(changes)

    def _is_so(self, name: str, frozen: bool) -> bool:
        """Return whether all that a name covers has this state in the run as written."""
        shown = self._workspace.shown
        if shown is None:
            return False
        ran = [one.change for one in shown.run.trace.run.what_if]
        for row in shown.rows:
            if not row.can_be_held or not covers(name, row.gradient.name):
                continue
            requires = row.gradient.requires_grad
            if row.as_written is not None:
                requires = row.as_written.requires_grad
            elif state_asked(ran, row.gradient.name, "freeze", "unfreeze") is not None:
                requires = not requires  # what is held was changed: it was the other way
            if requires is frozen:
                return False
        return True
