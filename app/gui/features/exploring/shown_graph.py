"""The graph of what a workspace shows: its picture, and what is selected and put forward in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_NOTHING_RUN = translatable("Nothing was run, so there is nothing to draw.")
_NOTHING_TO_DRAW = translatable("No operation on a tensor ran, so there is nothing to draw.")
_NOTHING_RECORDED = translatable("Autograd recorded nothing in this run, so it has no nodes.")


class ShownGraph(Feature):
    """What the user selects in the picture goes into the workspace, and what is there is drawn."""

    def __init__(self, workspace: Workspace[Shown], graph: GraphView) -> None:
        super().__init__(graph)
        self._workspace, self._graph = workspace, graph
        self._program: object = None
        """The text that was run for the picture, or the file of a trace that was read."""
        self.hear(workspace.changed, self._show)
        self.hear(workspace.redrawn, self._show_again)
        self.hear(workspace.covered_changed, self._show_covered)
        self.hear(workspace.moment_changed, self._show_moment)
        self.hear(workspace.selection_changed, self._ring)
        self.hear(workspace.found_changed, self._ring_hits)
        self.hear(workspace.excerpt_changed, self._light)
        for selected, select in (
            (graph.operationSelected, workspace.select_operation),
            (graph.groupSelected, workspace.select_group),
            (graph.autogradNodeSelected, workspace.select_autograd_node),
            (graph.tensorSelected, workspace.select_tensor),
        ):
            self.hear(selected, partial(select, origin="graph"))
        self.hear(graph.selectionCleared, partial(workspace.clear_selection, "graph"))
        self.hear(graph.sceneChanged, self._note_drawn)
        self.hear(graph.layoutCancelled, workspace.take_back)
        self.hear(graph.excerptClosed, partial(workspace.set_excerpt, None))

    def close(self) -> None:
        super().close()
        self._graph.close()

    def _show(self) -> None:
        shown = self._workspace.shown
        if shown is None:
            self._graph.clear()
        elif shown.graph:
            before, self._program = self._program, shown.program
            follows = self._program == before
            self._graph.show_graph(
                shown.graph, shown.counts, covered=shown.covered, follows=follows,
                grows=shown.is_running,
            )  # fmt: skip
        else:
            self._graph.clear(tr(_nothing_to_draw(shown)))
        self._show_moment()

    def _show_again(self) -> None:
        shown = self._workspace.shown
        if shown is None or shown.graph is self._graph.graph:  # taken back: it is still there
            return
        if shown.graph:
            held = self._workspace.held
            self._graph.show_graph(
                shown.graph, shown.counts, covered=shown.covered, again=True, held=held,
                grows=shown.is_running,
            )  # fmt: skip
        else:
            self._graph.clear(tr(_nothing_to_draw(shown)))

    def _show_covered(self) -> None:
        if (shown := self._workspace.shown) is not None:
            self._graph.show_covered(shown.covered, shown.counts)

    def _show_moment(self) -> None:
        """The picture of the run before stays as it is until there is another."""
        workspace = self._workspace
        self._graph.show_moment(None if workspace.drawn is None else workspace.moment)

    def _note_drawn(self) -> None:
        workspace, shown = self._workspace, self._workspace.shown
        workspace.set_excerpt(None)
        workspace.note_drawn(is_there=shown is not None and shown.graph is self._graph.graph)
        if workspace.moment is not None:
            self._show_moment()

    def _ring(self) -> None:
        selection = self._workspace.selection
        if selection.origin == "graph":
            return
        if selection.tensors:
            self._graph.select_tensors(selection.tensors)
        elif selection.operations or selection.lines:
            self._graph.select_operations(selection.operations)
        else:
            self._graph.clear_selection()

    def _ring_hits(self) -> None:
        self._graph.set_hits(self._workspace.found.nodes or {})

    def _light(self) -> None:
        light = self._workspace.excerpt
        self._graph.set_excerpt(*(None, "") if light is None else (light.part, light.words))


def _nothing_to_draw(shown: Shown) -> str:
    if shown.run.trace.run.status == "syntax_error":
        return _NOTHING_RUN
    return _NOTHING_RECORDED if shown.choice.level == "autograd" else _NOTHING_TO_DRAW
