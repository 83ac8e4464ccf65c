"""Back and forward through what was looked at, and bookmarks on the digits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.gui.graph.interaction import Place
from app.gui.history import History
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow

_NOWHERE = translatable("Nowhere yet")


class Journeys(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._graph = window, window.graph
        self._history: History[Place] = History()
        self._bookmarks: dict[int, Place] = {}
        self._is_travelling = False
        self._arrival = QTimer(self, singleShot=True, interval=0)
        self._arrival.timeout.connect(self._arrive)
        do = window.actions_
        do.connect(do.back, lambda: self._travel(back=True))
        do.connect(do.forward, lambda: self._travel(back=False))
        window.graph.backRequested.connect(do.back.trigger)
        window.graph.forwardRequested.connect(do.forward.trigger)
        window.graph.selectionChanged.connect(self._arrival.start)
        window.display.changed.connect(lambda _: self._forget())
        for digit, (go, put) in do.bookmarks.items():
            do.connect(go, partial(self._go_to_bookmark, digit))
            do.connect(put, partial(self._put_bookmark, digit))
        self._forget()

    # ------------------------------------------------------------------------- back and forward

    def _forget(self) -> None:
        """Another run: places of the one before are none of this."""
        self._history.clear()
        self._history.visit(self._graph.place)
        self._bookmarks.clear()
        self._enable()

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
            go.setEnabled(place is not None)
            title = place.title.replace("&", "&&") if place is not None else tr(_NOWHERE)
            go.setText(f"&{digit}  {title}")
