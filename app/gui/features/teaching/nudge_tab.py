"""The tab Nudge, which is made when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.details.inspector import Inspector, InspectorPage
from app.gui.panels.gradients.panel import GradientsPanel

if TYPE_CHECKING:
    from app.gui.features.teaching.nudges import Nudges
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class NudgeTab(Feature):
    """A presentation shows its panel in a pane instead."""

    opened = Signal()
    """The tab is about a leaf, maybe another one than before."""
    left = Signal()

    def __init__(
        self,
        workspace: Workspace[Prepared],
        inspector: Inspector,
        docks: Docks,
        gradients: GradientsPanel,
        graph: GraphView,
        do: Actions,
        make: Callable[[], Nudges],
    ) -> None:
        super().__init__(inspector)
        self._workspace, self._inspector, self._docks = workspace, inspector, docks
        self._actions, self._make = do, make
        self._made: Nudges | None = None
        graph.addAction(do.nudge)
        self.on(do.nudge, self._nudge)
        self.hear(gradients.nudgeWanted, self._open)
        self.hear(docks.inspectorTaken, self._enable)
        self.hear(workspace.changed, self._follow)

    @property
    def nudges(self) -> Nudges:
        """What the tab shows."""
        if self._made is None:
            self._made = self._make()
            self._made.closeWanted.connect(self.leave)
            self._inspector.hold(InspectorPage.NUDGE, self._made.panel)
        return self._made

    @property
    def is_open(self) -> bool:
        return self._made is not None and self._inspector.is_available(InspectorPage.NUDGE)

    def _leaf(self) -> int | None:
        """Return the tensor that is selected, else the first leaf with a gradient: of those that
        the selected operations use, or of all."""
        workspace = self._workspace
        if workspace.shown is None:
            return None
        subject = workspace.subject
        if subject is not None and subject[0] == "tensor":
            return subject[1]
        run, rows = workspace.shown.run, workspace.shown.run.trace.gradients
        filled = {
            run.identity(row.tensor): row.tensor
            for row in rows
            if row.grad is not None and run.tensors[row.tensor].is_leaf
        }
        used = (run.operations[one].inputs for one in workspace.selection.operations)
        chosen = (filled.get(run.identity(one)) for one in chain.from_iterable(used))
        found = (one for one in chosen if one is not None)
        return next(chain(found, filled.values(), (row.tensor for row in rows)), None)

    def _enable(self) -> None:
        shown = self._workspace.shown
        has_leaf = shown is not None and bool(shown.run.trace.gradients)
        has_place = self._docks.has_inspector or self._docks.is_presenting
        self._actions.nudge.setEnabled(has_leaf and has_place)

    def _nudge(self) -> None:
        if (tensor := self._leaf()) is not None:
            self._open(tensor)

    def _open(self, tensor: int) -> None:
        if self._workspace.covered is not None:  # its answers are not to be shown
            return
        nudges, inspector = self.nudges, self._inspector
        inspector.set_available(InspectorPage.NUDGE, True)
        if not self._docks.is_presenting:
            self._docks.inspector.show()
            self._docks.inspector.raise_()
        inspector.show_page(InspectorPage.NUDGE)
        self.opened.emit()
        nudges.panel.setFocus()
        nudges.open(tensor)

    def _follow(self) -> None:
        self._enable()
        if self.is_open:
            self.nudges.follow()

    def leave(self) -> None:
        """Close the tab."""
        if self._made is not None:
            self._made.leave()
        self._inspector.set_available(InspectorPage.NUDGE, False)
        self.left.emit()

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
        super().close()
