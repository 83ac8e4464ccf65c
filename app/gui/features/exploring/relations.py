"""Highlights a part of the graph on demand: what a node depends on, paths, and others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.graph import describe
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.running.background import IsWanted
from app.session.explain.phrases import joined
from app.session.graph.part import Part
from app.session.graph.payloads import CutItem
from app.session.language import ngettext, number, tr
from app.session.run import Run
from app.session.workspace import Excerpt

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.graph.scenes.scene import Scene
    from app.session.shown import Shown
    from app.session.workspace import Workspace

Find = Callable[["nx.MultiDiGraph[str]"], tuple[Part, str]]


class Relations(Feature):
    """Finds the parts in a thread: a graph of 50,000 nodes takes a while."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        graph: GraphView,
        gradients: GradientsPanel,
        do: Actions,
    ) -> None:
        super().__init__(graph)
        self._workspace, self._graph, self._actions = workspace, graph, do
        self._thread = self.latest("relations", self._show)
        self._again: Callable[[], None] | None = None
        """Asks again for the highlighted part."""
        self.on(do.upstream, lambda: self._ask_one("upstream"))
        self.on(do.downstream, lambda: self._ask_one("downstream"))
        self.on(do.between, self._ask_between)
        self.on(do.connection, self._ask_connection)
        for action in (do.upstream, do.downstream, do.between, do.connection):
            graph.addAction(action)
            self.on(action, graph.setFocus)  # a picture that is lit again leaves the focus
        gradients.table.addAction(do.connection)
        self.hear(graph.tensorActivated, self.connect_to_loss)
        self.hear(graph.selectionChanged, self._enable)
        self.hear(workspace.selection_changed, self._enable)
        self.hear(workspace.drawn_changed, self._on_picture)
        self.hear(graph.excerptClosed, self._end)
        self.hear(workspace.changed, self._end)
        self._enable()

    def connect_to_loss(self, tensor: int) -> None:
        """Highlight the path from a tensor to the loss, or up to where it is cut."""
        shown, scene = self._workspace.shown, self._graph.scene
        if shown is not None:
            self._again = partial(self.connect_to_loss, tensor)
            self._thread.ask(partial(_connection, shown.run, scene, tensor))

    # ----------------------------------------------------------------------------------- asking

    def _enable(self) -> None:
        do, chosen = self._actions, len(self._graph.selected_nodes)
        do.upstream.setEnabled(chosen == 1)
        do.downstream.setEnabled(chosen == 1)
        do.between.setEnabled(chosen == 2)
        do.zoom_selection.setEnabled(chosen > 0 or bool(self._graph.selected_tensors))
        do.connection.setEnabled(self._tensor() is not None)

    def _tensor(self) -> int | None:
        """The selected tensor, or the one that the selected operation made; or None.

        While the picture is of another run, what is selected in it is not of this one.
        """
        graph, selection, drawn = self._graph, self._workspace.selection, self._workspace.drawn
        if drawn is None:
            return None
        nodes = (graph.scene.node_of.get(operation) for operation in selection.operations)
        if selection.row is not None and graph.selected_nodes == frozenset(nodes) - {None}:
            return selection.row
        if tensors := graph.selected_tensors:
            return min(tensors)
        if len(graph.selected_nodes) != 1:
            return None
        node = graph.scene.nodes[next(iter(graph.selected_nodes))]
        if node.tensor is not None:
            return node.tensor
        made = [
            tensor
            for operation in node.operations
            for tensor in drawn.run.operations[operation].outputs
        ]
        return made[-1] if made else None

    def _ask_one(self, direction: str) -> None:
        graph = self._graph.graph
        if graph is not None and len(self._graph.selected_nodes) == 1:
            key = next(iter(self._graph.selected_nodes))
            self._again = partial(self._ask_one, direction)
            name = describe.heading(self._graph.scene.nodes[key].item)
            self._thread.ask(partial(_one, graph, key, name, direction))

    def _ask_between(self) -> None:
        graph = self._graph.graph
        if graph is not None and len(self._graph.selected_nodes) == 2:
            self._again = self._ask_between
            nodes = [self._graph.scene.nodes[key] for key in self._graph.selected_nodes]
            ends = {node.key: describe.heading(node.item) for node in nodes}
            self._thread.ask(partial(_between, graph, ends))

    def _ask_connection(self) -> None:
        if (tensor := self._tensor()) is not None:
            self.connect_to_loss(tensor)

    # ---------------------------------------------------------------------------------- showing

    def _show(self, found: Excerpt) -> None:
        self._workspace.set_excerpt(found)
        if found.part is not None:
            self._graph.show_nodes(found.part.nodes)

    def _on_picture(self) -> None:
        """Highlight the same thing in another picture of the same trace."""
        self._enable()
        if self._again is not None:
            self._again()

    def _end(self) -> None:
        self._again = None
        self._thread.forget()
        self._enable()


# --------------------------------------------------------------------------------- in the thread


def _one(graph: nx.MultiDiGraph[str], key: str, name: str, direction: str, _: IsWanted) -> Excerpt:
    from app.session.graph.relations import downstream, upstream

    part = upstream(graph, key) if direction == "upstream" else downstream(graph, key)
    others = len(part.nodes) - 1
    if direction == "upstream":
        text = tr("{name} depends on nothing in this picture.")
        if others:
            text = ngettext(
                "{name} depends on {count} node in this picture.",
                "{name} depends on {count} nodes in this picture.",
                others,
            )
    else:
        text = tr("Nothing in this picture depends on {name}.")
        if others:
            text = ngettext(
                "{count} node in this picture depends on {name}.",
                "{count} nodes in this picture depend on {name}.",
                others,
            )
    return Excerpt(part, text.format(name=name, count=number(others)))


def _between(graph: nx.MultiDiGraph[str], ends: dict[str, str], _: IsWanted) -> Excerpt:
    from app.session.graph.relations import between

    one, other = ends
    part = between(graph, one, other)
    names = joined(list(ends.values()))
    if not part.nodes:
        text = tr("There is no path between {names}.")
        return Excerpt(None, text.format(names=names))
    inside = len(part.nodes) - 2
    text = tr("An edge between {names}.")
    if inside:
        text = ngettext("{count} node between {names}.", "{count} nodes between {names}.", inside)
    return Excerpt(part, text.format(count=number(inside), names=names))


def _connection(run: Run, scene: Scene, tensor: int, _: IsWanted) -> Excerpt:
    from app.session.explain.connection import connection

    found = connection(run, tensor)
    nodes = {scene.node_of[id_] for id_ in found.operations if id_ in scene.node_of}
    nodes.update(key for value in found.values for key in scene.holders.get(value, ()))
    nodes.update(
        node.key
        for node in scene.nodes.values()
        if isinstance(node.item, CutItem) and node.item.operation in found.cuts
    )
    edges = frozenset(
        key
        for key, edge in scene.edges.items()
        if key[0] in nodes and key[1] in nodes and edge.item.tensor in found.values
    )
    return Excerpt(Part(frozenset(nodes), edges), found.words)
