"""Going to an operation wherever it is: what it lies in is unfolded, then it is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.session.graph_items import GroupItem

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Locating(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._awaited: int | None = None
        window.graph.sceneChanged.connect(self._arrive)
        window.display.changed.connect(self._forget)

    def go_to(self, operation: int) -> None:
        """Select an operation by its id; in the picture as soon as it has a node of its own.

        Of a composite call that has none, the first call inside.
        """
        operation = self._drawn(operation)
        self._window.link.choose_operation(operation)
        scene = self._window.graph.scene
        node = scene.nodes.get(scene.node_of.get(operation, ""))
        self._awaited = None
        if node is not None and isinstance(node.item, GroupItem):
            self._awaited = operation
            self._window.folding.reveal(operation)

    def _drawn(self, operation: int) -> int:
        """What stands for an operation: itself, unless it is a call that lies in a folded group."""
        prepared, scene = self._window.display.prepared, self._window.graph.scene
        if prepared is None or operation in scene.node_of:
            return operation
        place = prepared.outline.place(operation)
        return operation if place is None else prepared.outline.operation(place)

    def _arrive(self) -> None:
        """The picture in which it is unfolded."""
        operation, self._awaited = self._awaited, None
        if operation is not None:
            self._window.link.choose_operation(operation)

    def _forget(self) -> None:
        self._awaited = None
