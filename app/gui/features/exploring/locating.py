"""Going to an operation: unfolds the groups around it and selects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.session.graph.payloads import GroupItem

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class Locating(Feature):
    def __init__(self, workspace: Workspace[Shown], graph: GraphView) -> None:
        super().__init__(graph)
        self._workspace, self._graph = workspace, graph
        self._awaited: int | None = None
        self.hear(workspace.drawn_changed, self._arrive)
        self.hear(workspace.changed, self._forget)

    def go_to(self, operation: int) -> None:
        """Select an operation by its id; in the picture as soon as it has a node of its own.

        Of a composite call that has none, the first call inside.
        """
        operation = self._drawn(operation)
        self._workspace.select_operation(operation)
        scene = self._graph.scene
        node = scene.nodes.get(scene.node_of.get(operation, ""))
        self._awaited = None
        if node is not None and isinstance(node.item, GroupItem):
            self._awaited = operation
            self._workspace.reveal(operation)

    def _drawn(self, operation: int) -> int:
        """Return the operation that represents `operation` in the picture."""
        shown = self._workspace.shown
        if shown is None or operation in self._graph.scene.node_of:
            return operation
        place = shown.outline.place(operation)
        return operation if place is None else shown.outline.operation(place)

    def _arrive(self) -> None:
        """Select the operation in the picture in which it is unfolded."""
        operation, self._awaited = self._awaited, None
        if operation is not None:
            self._workspace.select_operation(operation)

    def _forget(self) -> None:
        self._awaited = None
