"""Back and forward through visited places, and bookmarks on the digits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.graph.interaction import Viewpoint
from app.gui.graph.scenes.carrying import Carrying
from app.gui.graph.view import GraphView
from app.gui.history import Visits
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_NOWHERE = translatable("Nowhere yet")


class Journeys(Feature):
    def __init__(
        self, workspace: Workspace[Shown], graph: GraphView, do: Actions, documents: Documents
    ) -> None:
        super().__init__(graph)
        self._workspace, self._graph, self._actions = workspace, graph, do
        self._history: Visits[Viewpoint] = Visits()
        self._bookmarks: dict[int, Viewpoint] = {}
        self._gone: set[int] = set()
        """The digits whose bookmarks do not exist in this run; a later run may have them again."""
        self._scene = graph.scene
        """The picture in which the places are..."""
        self._names: dict[int, str] = {}
        """...and the names of its tensors in the table."""
        self._is_new_run = False
        """The picture of another run is still to come."""
        self._is_travelling = False
        self._arrival = QTimer(self, singleShot=True, interval=0)
        self._arrival.timeout.connect(self._arrive)
        self.on(do.fit, graph.fit)
        self.on(do.zoom_selection, graph.zoom_to_selection)
        self.on(do.back, lambda: self._travel(back=True))
        self.on(do.forward, lambda: self._travel(back=False))
        self.hear(graph.backRequested, do.back.trigger)
        self.hear(graph.forwardRequested, do.forward.trigger)
        self.hear(graph.selectionChanged, self._arrival.start)
        self.hear(workspace.changed, self._on_run)
        self.hear(documents.opened, self._forget)
        self.hear(workspace.drawn_changed, self._on_picture)
        for digit, (go, put) in do.bookmarks.items():
            self.on(go, partial(self._go_to_bookmark, digit))
            self.on(put, partial(self._put_bookmark, digit))
        self._forget()

    # ------------------------------------------------------------------------- back and forward

    def _on_run(self) -> None:
        self._is_new_run = True
        if self._workspace.shown is None:
            self._forget()

    def _forget(self) -> None:
        """Forget the places of another text."""
        self._history.clear()
        self._history.visit(self._graph.place)
        self._bookmarks.clear()
        self._gone.clear()
        self._scene, self._names = self._graph.scene, {}
        self._enable()

    def _on_picture(self) -> None:
        """Handle another picture; for another run, find the old places in it."""
        scene, shown = self._graph.scene, self._workspace.shown
        if not scene.nodes or shown is None:
            return
        if self._is_new_run:
            self._is_new_run, tree = False, shown.drawing.tree
            tensors = {row.name: row.tensor for row in shown.run.trace.gradients}
            carrying = Carrying(
                self._scene, scene, self._names, tensors, lambda key: bool(tree.members(key))
            )
            self._history.carry(carrying.carried)
            self._stay()
            self._carry_bookmarks(carrying)
            self._names = {tensor: name for name, tensor in tensors.items()}
            self._enable()
        self._scene = scene

    def _stay(self) -> None:
        """Visit the current place in the new picture, if it differs."""
        here, now = self._history.here, self._graph.place
        if here is not None and (here.nodes, here.tensors) == (now.nodes, now.tensors):
            self._history.replace(now)
        else:
            self._history.visit(now)

    def _carry_bookmarks(self, carrying: Carrying) -> None:
        for digit, place in self._bookmarks.items():
            found = carrying.found_again(place) if digit in self._gone else carrying.carried(place)
            if found is None:
                self._gone.add(digit)
            else:
                self._gone.discard(digit)
                self._bookmarks[digit] = found

    def _arrive(self) -> None:
        """Visit the place of a new selection, once even if it changed repeatedly."""
        if not self._is_travelling:
            self._history.visit(self._graph.place)
        self._is_travelling = False
        self._enable()

    def _travel(self, *, back: bool) -> None:
        self._history.replace(self._graph.place)
        place = self._history.back() if back else self._history.forward()
        if place is not None:
            self._go(place)
        self._enable()

    def _go(self, place: Viewpoint) -> None:
        before = self._graph.selected_nodes, self._graph.selected_tensors
        self._graph.go_to_place(place)
        after = self._graph.selected_nodes, self._graph.selected_tensors
        self._is_travelling = before != after

    # -------------------------------------------------------------------------------- bookmarks

    def _put_bookmark(self, digit: int) -> None:
        if self._workspace.shown is not None:
            self._bookmarks[digit] = self._graph.place
            self._gone.discard(digit)
            self._enable()

    def _go_to_bookmark(self, digit: int) -> None:
        self._history.replace(self._graph.place)
        self._graph.go_to_place(self._bookmarks[digit])

    def _enable(self) -> None:
        do = self._actions
        do.back.setEnabled(self._history.can_go_back)
        do.forward.setEnabled(self._history.can_go_forward)
        for digit, (go, _) in do.bookmarks.items():
            place = self._bookmarks.get(digit)
            go.setEnabled(place is not None and digit not in self._gone)
            title = place.title.replace("&", "&&") if place is not None else tr(_NOWHERE)
            go.setText(f"&{digit}  {title}")
