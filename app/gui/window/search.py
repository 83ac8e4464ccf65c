"""Search: found in a thread of its own, ringed in the picture, stepped through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.gui.background import IsWanted, Latest
from app.session.language import number, tr

if TYPE_CHECKING:
    from app.gui.graph.scene import Scene
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared
    from app.session.outline import Filtered
    from app.session.run import Run
    from app.session.search import SearchIndex

_PAUSE_MS: Final = 60
"""After a key, until the search begins: most keys are followed by another."""

Hit = tuple[Literal["operation", "tensor"], int]


@dataclass(frozen=True, slots=True)
class Found:
    """`order` is the order of the run; `nodes` counts the hits in each node of the picture."""

    query: str
    order: tuple[Hit, ...] = ()
    nodes: Mapping[str, int] | None = None
    filtered: Filtered | None = None
    """The rows of the outline that lead there."""
    problem: str = ""


class Search(QObject):
    found = Signal(object)
    """A `Found`, whenever another one holds; its query is empty where nothing is searched."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._field = window.toolbar.search
        self._thread = Latest("search", self)
        self._thread.answered.connect(lambda _, found: self._show(found))
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._found = Found("")
        self._place = -1
        self._known: tuple[Run, SearchIndex] | None = None
        self._field.textChanged.connect(self._on_text)
        self._field.stepped.connect(self.step)
        self._field.left.connect(window.editor.setFocus)
        window.graph.sceneChanged.connect(self._ask)
        window.display.changed.connect(self._on_trace)
        do = window.actions_
        do.connect(do.find, self._focus)
        do.connect(do.find_next, lambda: self.step(1))
        do.connect(do.find_previous, lambda: self.step(-1))

    def close(self) -> None:
        self._thread.close()

    def step(self, by: int) -> None:
        """Select the next (+1) or the previous (−1) of what was found, and bring it into sight."""
        order = self._found.order
        if not order:
            return
        start = self._place if self._place >= 0 else (-1 if by > 0 else 0)
        self._place = (start + by) % len(order)
        kind, id_ = order[self._place]
        if kind == "operation":
            self._window.locating.go_to(id_)
        else:
            self._window.link.choose_tensor(id_)
        self._show_count()

    # ---------------------------------------------------------------------------------- finding

    def _focus(self) -> None:
        self._field.setFocus()
        self._field.selectAll()

    def _on_text(self, text: str) -> None:
        self._window.gradients.set_search(text.strip())
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._thread.forget()
            self._show(Found(""))

    def _on_trace(self, prepared: Prepared | None) -> None:
        """Another trace: what was found is not in it."""
        self._place = -1
        if prepared is None:
            self._known = None
            self._show(Found(""))
        else:
            self._ask()

    def _ask(self) -> None:
        query, prepared = self._field.text().strip(), self._window.display.prepared
        if query and prepared is not None:
            scene = self._window.graph.scene
            self._thread.ask(partial(self._search, query, prepared, scene))

    def _search(self, query: str, prepared: Prepared, scene: Scene, is_wanted: IsWanted) -> Found:
        """Runs in the thread."""
        from app.session.outline import Filtered
        from app.session.search import QueryError, SearchIndex

        run = prepared.run
        if self._known is None or self._known[0] is not run:
            self._known = run, SearchIndex(run)
        try:
            hits = self._known[1].matching(query, is_wanted)
        except QueryError as problem:
            return Found(query, problem=str(problem))
        operations: list[Hit] = [("operation", id_) for id_ in hits.operations]
        tensors: list[Hit] = [("tensor", id_) for id_ in hits.tensors]
        nodes = Counter(scene.node_of[id_] for id_ in hits.operations if id_ in scene.node_of)
        variables = {run.tensors[id_].identity for id_ in hits.tensors}
        for key, node in scene.nodes.items():
            if node.tensor is not None and run.tensors[node.tensor].identity in variables:
                nodes[key] += 1
        filtered = Filtered(prepared.outline, hits.operations)
        return Found(query, (*operations, *tensors), nodes, filtered)

    # ---------------------------------------------------------------------------------- showing

    def _show(self, found: Found) -> None:
        if found.order != self._found.order:
            self._place = -1
        self._found = found
        self._window.graph.set_hits(found.nodes or {})
        self._show_count()
        self.found.emit(found)

    def _show_count(self) -> None:
        found, text, tip = self._found, None, ""
        total = len(found.order)
        if found.problem:
            text, tip = "–", found.problem
        elif found.query:
            text = number(total)
            if self._place >= 0:
                text = tr("{place} of {total}").format(place=number(self._place + 1), total=text)
            if not total:
                tip = tr("No operation, tensor or line matches “{query}”.").format(
                    query=found.query
                )
        self._field.show_count(text)
        self._field.setToolTip(tip)
