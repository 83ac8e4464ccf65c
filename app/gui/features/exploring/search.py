"""Search: finds in a thread, rings the results in the picture, and steps through them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.running.background import IsWanted
from app.gui.toolbar import SearchField
from app.session.language import number, tr
from app.session.workspace import Hit, SearchResults

if TYPE_CHECKING:
    from app.gui.graph.scenes.scene import Scene
    from app.session.run import Run
    from app.session.search import SearchIndex
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_PAUSE_MS: Final = 60
"""Milliseconds from a key to the search: most keys are followed by another."""


class Search(Feature):
    def __init__(
        self,
        workspace: Workspace[Shown],
        field: SearchField,
        graph: GraphView,
        gradients: GradientsPanel,
        do: Actions,
        go_to: Callable[[int], object],
        leave: Callable[[], object],
    ) -> None:
        """`go_to` brings an operation into sight; `leave` is called when the field is left."""
        super().__init__(field)
        self._workspace, self._field = workspace, field
        self._graph, self._gradients, self._go_to = graph, gradients, go_to
        self._thread = self.latest("search", self._show)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._place = -1
        """The index of the result that was visited last."""
        self._known: tuple[Run, SearchIndex] | None = None
        self.hear(field.textChanged, self._on_text)
        self.hear(field.stepped, self.step)
        self.hear(field.left, leave)
        self.hear(workspace.drawn_changed, self._ask)
        self.hear(workspace.changed, self._on_run)
        self.on(do.find, self._focus)
        self.on(do.find_next, lambda: self.step(1))
        self.on(do.find_previous, lambda: self.step(-1))

    def step(self, by: int) -> None:
        """Select the next (+1) or previous (−1) result, and make it visible."""
        order = self._workspace.found.order
        if not order:
            return
        start = self._place if self._place >= 0 else (-1 if by > 0 else 0)
        self._place = (start + by) % len(order)
        kind, id_ = order[self._place]
        if kind == "operation":
            self._go_to(id_)
        else:
            self._workspace.select_tensor(id_)
        self._show_count()

    # ---------------------------------------------------------------------------------- finding

    def _focus(self) -> None:
        self._field.setFocus()
        self._field.selectAll()

    def _on_text(self, text: str) -> None:
        self._gradients.set_search(text.strip())
        if text.strip():
            self._pause.start()
        else:
            self._pause.stop()
            self._thread.forget()
            self._show(SearchResults())

    def _on_run(self) -> None:
        """Search again after another run."""
        self._place, self._known = -1, None
        if self._workspace.shown is None:
            self._show(SearchResults())
        else:
            self._ask()

    def _ask(self) -> None:
        query, shown = self._field.text().strip(), self._workspace.shown
        if query and shown is not None:
            self._thread.ask(partial(self._search, query, shown, self._graph.scene))

    def _search(self, query: str, shown: Shown, scene: Scene, is_wanted: IsWanted) -> SearchResults:
        """Search in the thread."""
        from app.session.graph.outline import Filtered
        from app.session.search import QueryError, SearchIndex

        run = shown.run
        if self._known is None or self._known[0] is not run:
            self._known = run, SearchIndex(run)
        try:
            hits = self._known[1].matching(query, is_wanted)
        except QueryError as problem:
            return SearchResults(query, problem=str(problem))
        operations: list[Hit] = [("operation", id_) for id_ in hits.operations]
        tensors: list[Hit] = [("tensor", id_) for id_ in hits.tensors]
        nodes = Counter(scene.node_of[id_] for id_ in hits.operations if id_ in scene.node_of)
        variables = {run.identity(id_) for id_ in hits.tensors}
        for key, node in scene.nodes.items():
            if node.tensor is not None and run.identity(node.tensor) in variables:
                nodes[key] += 1
        filtered = Filtered(shown.outline, hits.operations)
        return SearchResults(query, (*operations, *tensors), nodes, filtered)

    # ---------------------------------------------------------------------------------- showing

    def _show(self, found: SearchResults) -> None:
        if found.order != self._workspace.found.order:
            self._place = -1
        self._workspace.set_found(found)
        self._show_count()

    def _show_count(self) -> None:
        found, text, tip = self._workspace.found, None, ""
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
