"""What is connected with what: a part of the graph lit on demand, the rest dimmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.background import IsWanted, Latest
from app.gui.graph import describe
from app.session.explain.phrases import joined
from app.session.graph_items import CutItem
from app.session.graph_part import Part
from app.session.language import ngettext, number, tr
from app.session.run import Run

if TYPE_CHECKING:
    import networkx as nx

    from app.gui.graph.scene import Scene
    from app.gui.main_window import MainWindow

Find = Callable[["nx.MultiDiGraph[str]"], tuple[Part, str]]


@dataclass(frozen=True, slots=True)
class _Found:
    part: Part | None
    words: str


class Relations(QObject):
    """Looked for in a thread of their own: a graph of 50,000 nodes takes a while."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._graph = window, window.graph
        self._thread = Latest("relations", self)
        self._thread.answered.connect(lambda _, found: self._show(found))
        self._again: Callable[[], None] | None = None
        self._row: int | None = None
        """The tensor of the table's row that was chosen last, until something else is selected."""
        do = window.actions_
        do.connect(do.upstream, lambda: self._ask_one("upstream"))
        do.connect(do.downstream, lambda: self._ask_one("downstream"))
        do.connect(do.between, self._ask_between)
        do.connect(do.connection, self._ask_connection)
        for action in (do.upstream, do.downstream, do.between, do.connection):
            window.graph.addAction(action)
        window.gradients.table.addAction(do.connection)
        window.graph.tensorActivated.connect(self.connect_to_loss)
        window.graph.selectionChanged.connect(self._on_selection)
        window.gradients.tensorChosen.connect(self._on_row)
        window.graph.sceneChanged.connect(self._on_scene)
        window.graph.spotlightClosed.connect(self._end)
        window.display.changed.connect(self._end)
        self._enable()

    def close(self) -> None:
        self._thread.close()

    def connect_to_loss(self, tensor: int) -> None:
        """Light what connects a tensor to the loss, or the way up to where it is cut."""
        prepared, scene = self._window.display.prepared, self._graph.scene
        if prepared is not None:
            self._again = partial(self.connect_to_loss, tensor)
            self._thread.ask(partial(_connection, prepared.run, scene, tensor))

    # ----------------------------------------------------------------------------------- asking

    def _on_selection(self) -> None:
        self._row = None
        self._enable()

    def _on_row(self, tensor: int) -> None:
        self._row = tensor
        self._enable()

    def _enable(self) -> None:
        do, chosen = self._window.actions_, len(self._graph.selected_nodes)
        do.upstream.setEnabled(chosen == 1)
        do.downstream.setEnabled(chosen == 1)
        do.between.setEnabled(chosen == 2)
        do.zoom_selection.setEnabled(chosen > 0 or bool(self._graph.selected_tensors))
        do.connection.setEnabled(self._tensor() is not None)

    def _tensor(self) -> int | None:
        """The tensor that is selected, or the one that the selected operation made."""
        if self._row is not None:
            return self._row
        if tensors := self._graph.selected_tensors:
            return min(tensors)
        prepared = self._window.display.prepared
        if prepared is None or len(self._graph.selected_nodes) != 1:
            return None
        node = self._graph.scene.nodes[next(iter(self._graph.selected_nodes))]
        if node.tensor is not None:
            return node.tensor
        made = [
            tensor
            for operation in node.operations
            for tensor in prepared.run.operations[operation].outputs
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

    def _show(self, found: _Found) -> None:
        self._graph.set_spotlight(found.part, found.words)
        if found.part is not None:
            self._graph.show_nodes(found.part.nodes)
        self._graph.setFocus()

    def _on_scene(self) -> None:
        """The same trace drawn otherwise: light the same thing in it."""
        self._enable()
        if self._again is not None:
            self._again()

    def _end(self) -> None:
        self._again = self._row = None
        self._thread.forget()
        self._enable()


# --------------------------------------------------------------------------------- in the thread


def _one(graph: nx.MultiDiGraph[str], key: str, name: str, direction: str, _: IsWanted) -> _Found:
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
    return _Found(part, text.format(name=name, count=number(others)))


def _between(graph: nx.MultiDiGraph[str], ends: dict[str, str], _: IsWanted) -> _Found:
    from app.session.graph.relations import between

    one, other = ends
    part = between(graph, one, other)
    names = joined(list(ends.values()))
    if not part.nodes:
        text = tr("There is no path between {names}.")
        return _Found(None, text.format(names=names))
    inside = len(part.nodes) - 2
    text = tr("An edge between {names}.")
    if inside:
        text = ngettext("{count} node between {names}.", "{count} nodes between {names}.", inside)
    return _Found(part, text.format(count=number(inside), names=names))


def _connection(run: Run, scene: Scene, tensor: int, _: IsWanted) -> _Found:
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
    return _Found(Part(frozenset(nodes), edges), found.words)
