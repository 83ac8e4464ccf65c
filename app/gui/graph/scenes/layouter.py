"""Lays graphs out away from the window's thread, the newest request first and only.

Measuring and placing run in a thread, the layout itself in a process that can be killed: Graphviz
cannot be interrupted, and an engine written in Python would hold the window up.
"""

from __future__ import annotations

import sys
from threading import Condition, Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.gui.graph.scenes.making import ANYHOW, Wish, make_scene
from app.session import internal_errors
from app.session.garbage import undisturbed
from app.session.language import tr
from graphviz_render import LayoutCancelledError, LayoutError
from graphviz_render.worker import Worker

if TYPE_CHECKING:
    import networkx as nx


class Layouter(QObject):
    """Turns graphs into scenes.

    A request replaces the one before: that one's layout is cancelled and it never answers.  Each
    request ends in `placed` or `failed`, unless another one or `close` came in between.  A graph
    must not be changed once it has been handed over.
    """

    placed = Signal(int, object)
    """The request's number and its `Scene`."""
    failed = Signal(int, str)
    """The request's number and why there is no scene, in words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker()
        self._changed = Condition()
        self._waiting: tuple[int, nx.MultiDiGraph[str], Wish] | None = None
        self._number = 0
        self._busy = False
        self._closed = False
        self._thread = Thread(target=self._work, name="graph layout", daemon=True)
        self._thread.start()

    def request(self, graph: nx.MultiDiGraph[str], wish: Wish = ANYHOW) -> int:
        """Start laying `graph` out; returns the request's number at once."""
        with self._changed:
            self._number += 1
            self._waiting = (self._number, graph, wish)
            if self._busy:
                self._worker.cancel()
            self._changed.notify()
            return self._number

    def cancel(self) -> None:
        """Cancel the current request, which will not answer."""
        with self._changed:
            self._number += 1
            self._waiting = None
            if self._busy:
                self._worker.cancel()

    def close(self) -> None:
        """End the thread and the process.  Blocks until both are gone."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._worker.close()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(lambda: self._closed or self._waiting is not None)
                if self._closed or self._waiting is None:
                    return
                number, graph, wish = self._waiting
                self._waiting = None
                self._busy = True
            with undisturbed():
                self._answer(number, graph, wish)
            del graph, wish  # they hold a run and a picture, which may be large

    def _answer(self, number: int, graph: nx.MultiDiGraph[str], wish: Wish) -> None:
        try:
            scene = make_scene(graph, wish, self._worker.layout, lambda: not self._is_stale(number))
        except LayoutCancelledError:
            return
        except LayoutError as error:
            self.failed.emit(number, str(error))
        except Exception:
            # A bug of ours must not end the thread: the window would wait for ever.
            sys.excepthook(*sys.exc_info())
            text = tr("Tapescope hit an internal error and cannot lay out this graph. {details}")
            self.failed.emit(number, text.format(details=internal_errors.details()))
        else:
            if not self._is_stale(number):
                self.placed.emit(number, scene)

    def _is_stale(self, number: int) -> bool:
        with self._changed:
            return self._closed or number != self._number
