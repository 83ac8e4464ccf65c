"""Freezes parameters and holds modules in a mode, where the tables and the graph offer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.contract.patterns import covers
from app.contract.records import Change, Module
from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.features.what_if.changing import Changing
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.panel import GradientsPanel
from app.session.what_if.changes import put_in_state, state_asked

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Holding(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        changing: Changing,
        gradients: GradientsPanel,
        graph: GraphView,
        do: Actions,
    ) -> None:
        super().__init__(gradients)
        self._workspace, self._changing, self._gradients = workspace, changing, gradients
        self._actions = do
        graph.addActions([do.hold_eval, do.hold_train])
        self.hear(graph.modeWanted, self._switch)
        self.hear(workspace.selection_changed, self._enable)
        self.hear(workspace.changed, self._enable)
        self.on(do.hold_eval, lambda: self._switch_selected(training=False))
        self.on(do.hold_train, lambda: self._switch_selected(training=True))
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
                requires = not requires  # what is held was changed: it was the opposite
            if requires is frozen:
                return False
        return True

    # ------------------------------------------------------------------------------- modules

    @property
    def _module(self) -> str | None:
        """The path of the innermost module with all that is selected, if anything is."""
        shown = self._workspace.shown
        if shown is None:
            return None
        modules = shown.run.modules
        paths = [
            _around(modules, shown.run.operations[id_].module)
            for id_ in self._workspace.selection.operations
        ]
        shared = [
            module for module in (paths[0] if paths else ()) if all(module in p for p in paths)
        ]
        return modules[shared[0]].path if shared else None

    def _enable(self) -> None:
        has_one = self._module is not None
        for action in (self._actions.hold_eval, self._actions.hold_train):
            action.setEnabled(has_one)

    def _switch_selected(self, *, training: bool) -> None:
        if (path := self._module) is not None:
            self._switch(path, training)

    def _switch(self, path: str, training: bool) -> None:
        """Hold a module in a mode, or leave it as it is written if it is in that mode there."""
        wanted = Change("train" if training else "eval", path)
        changes = self._changing.changes
        self._changing.set(put_in_state(changes, wanted, as_written=self._is_in(path, training)))

    def _is_in(self, path: str, training: bool) -> bool:
        """Return whether a module is in this mode throughout the run as written, if known."""
        shown = self._workspace.shown
        if shown is None:
            return False
        run = shown.run if shown.comparison is None else shown.comparison.written
        if run.trace.run.what_if:
            return False
        inside = {one.id for one in run.trace.modules if covers(path, one.path)}
        modes = [mode.training for mode in run.trace.module_modes if mode.module in inside]
        return bool(modes) and all(mode is training for mode in modes)


def _around(modules: Mapping[int, Module], module: int | None) -> list[int]:
    """Return a module and those around it, the innermost first."""
    found = []
    while module is not None:
        found.append(module)
        module = modules[module].parent
    return found
