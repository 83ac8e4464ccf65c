"""Back and forward through what was looked at, and bookmarks on the digits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.gui.graph.carrying import Way
from app.gui.graph.interaction import Place
from app.gui.history import History
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared

_NOWHERE = translatable("Nowhere yet")


class Journeys(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._graph = window, window.graph
        self._history: History[Place] = History()
        self._bookmarks: dict[int, Place] = {}
        self._gone: set[int] = set()
        """The digits whose bookmarks lead nowhere in this run: a later one may have them again."""
        self._tab = window.documents.current
        self._scene = window.graph.scene
        self._rows: dict[int, str] = {}
        """The names of the rows of the gradient table, by tensor."""
        self._is_new_run = False
        self._is_travelling = False
        self._arrival = QTimer(self, singleShot=True, interval=0)
        self._arrival.timeout.connect(self._arrive)
        do = window.actions_
        do.connect(do.back, lambda: self._travel(back=True))
        do.connect(do.forward, lambda: self._travel(back=False))
        window.graph.backRequested.connect(do.back.trigger)
        window.graph.forwardRequested.connect(do.forward.trigger)
        window.graph.selectionChanged.connect(self._arrival.start)
        window.display.changed.connect(self._on_trace)
        window.graph.sceneChanged.connect(self._on_scene)
        for digit, (go, put) in do.bookmarks.items():
            do.connect(go, partial(self._go_to_bookmark, digit))
            do.connect(put, partial(self._put_bookmark, digit))
        self._forget()

    # ------------------------------------------------------------------------- back and forward

    def _on_trace(self, prepared: Prepared | None) -> None:
        """Another run: its picture is still to come."""
        tab = self._window.documents.current
        if prepared is None or tab is not self._tab:
            self._forget()
        self._tab, self._is_new_run = tab, prepared is not None

    def _forget(self) -> None:
        """Another text: places of the one before are none of this."""
        self._history.clear()
        self._history.visit(self._graph.place)
        self._bookmarks.clear()
        self._gone.clear()
        self._scene, self._rows = self._graph.scene, {}
        self._enable()

    def _on_scene(self) -> None:
        """Another picture; of another run, the places of the one before are looked for in it."""
        scene, prepared = self._graph.scene, self._window.display.prepared
        if not scene.nodes or prepared is None:
            return
        if self._is_new_run:
            self._is_new_run = False
            gradients = prepared.run.trace.gradients
            tensors, tree = {row.name: row.tensor for row in gradients}, prepared.drawing.tree
            way = Way(self._scene, scene, self._rows, tensors, lambda key: bool(tree.members(key)))
            self._history.carry(way.carried)
            self._stay()
            self._carry_bookmarks(way)
            self._rows = {row.tensor: row.name for row in gradients}
            self._enable()
        self._scene = scene

    def _stay(self) -> None:
        """Where one is in the new picture is a place of its own, if it is another one."""
        here, now = self._history.here, self._graph.place
        if here is not None and (here.nodes, here.tensors) == (now.nodes, now.tensors):
            self._history.replace(now)
        else:
            self._history.visit(now)

    def _carry_bookmarks(self, way: Way) -> None:
        for digit, place in self._bookmarks.items():
            found = way.found_again(place) if digit in self._gone else way.carried(place)
            if found is None:
                self._gone.add(digit)
            else:
                self._gone.discard(digit)
                self._bookmarks[digit] = found

    def _arrive(self) -> None:
        """Another selection, however often it changed on the way, is a place of its own."""
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

    def _go(self, place: Place) -> None:
        before = self._graph.selected_nodes, self._graph.selected_tensors
        self._graph.go_to_place(place)
        after = self._graph.selected_nodes, self._graph.selected_tensors
        self._is_travelling = before != after

    # -------------------------------------------------------------------------------- bookmarks

    def _put_bookmark(self, digit: int) -> None:
        if self._window.display.prepared is not None:
            self._bookmarks[digit] = self._graph.place
            self._gone.discard(digit)
            self._enable()

    def _go_to_bookmark(self, digit: int) -> None:
        self._history.replace(self._graph.place)
        self._graph.go_to_place(self._bookmarks[digit])

    def _enable(self) -> None:
        do = self._window.actions_
        do.back.setEnabled(self._history.can_go_back)
        do.forward.setEnabled(self._history.can_go_forward)
        for digit, (go, _) in do.bookmarks.items():
            place = self._bookmarks.get(digit)
            go.setEnabled(place is not None and digit not in self._gone)
            title = place.title.replace("&", "&&") if place is not None else tr(_NOWHERE)
            go.setText(f"&{digit}  {title}")
