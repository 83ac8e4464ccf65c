"""Keeps outline and graph in step: selection, open groups, search results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.outline_panel import OutlinePanel
from app.session.graph.grouping.groups import ROOT
from app.session.graph.outline import Thing
from app.session.language import tr
from app.session.numbers import hits_counted, operations_counted

if TYPE_CHECKING:
    from app.session.graph.grouping.opening import View
    from app.session.shown import Shown
    from app.session.workspace import Workspace

_MANY: Final = "+"


class OutlineDock(Feature):
    """A tab beside the snippet, hidden until it is asked for."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        panel: OutlinePanel,
        docks: Docks,
        graph: GraphView,
        do: Actions,
        go_to: Callable[[int], object],
    ) -> None:
        """`go_to` brings an operation into sight."""
        super().__init__(panel)
        self._workspace, self.panel, self._docks = workspace, panel, docks
        self._graph, self._actions = graph, do
        self.dock = docks.add(
            "outline", tr("Outline"), panel.header, panel, Qt.DockWidgetArea.LeftDockWidgetArea
        )
        self.dock.hide()
        self.on(do.outline, self._toggle)
        self.hear(self.dock.visibilityChanged, self._on_visible)
        self.hear(workspace.changed, self._show)
        self.hear(workspace.drawn_changed, self._show)
        self.hear(workspace.found_changed, self._show)
        self.hear(graph.selectionChanged, self._select)
        self.hear(panel.thingChosen, self._choose)
        self.hear(panel.thingActivated, partial(self._go_to, go_to))
        self.hear(panel.opened, self._open)

    def _toggle(self) -> None:
        if self._is_shown:
            self.dock.hide()
            return
        if self.dock.isHidden() and not self.dock.isFloating():
            self._docks.put_beside(self._docks.snippet, self.dock)
        self.dock.show()
        self.dock.raise_()
        self._show()
        self.panel.tree.setFocus()

    @property
    def _is_shown(self) -> bool:
        return not self.dock.visibleRegion().isEmpty()

    def _on_visible(self, visible: bool) -> None:
        self._actions.outline.setChecked(not self.dock.isHidden())
        if visible:
            self._show()

    # ------------------------------------------------------------------------------ what it shows

    def _show(self) -> None:
        """Show the outline of the picture, with the same groups open."""
        if self.dock.isHidden():
            return
        shown, panel = self._workspace.shown, self.panel
        outline = shown.outline if shown is not None else None
        filtered = self._workspace.found.filtered
        if filtered is not None and filtered.outline is not outline:
            filtered = None
        if panel.outline is not outline or panel.filtered is not filtered:
            panel.show_outline(outline, filtered)
            self._tell_count()
        if shown is not None and filtered is None:
            view = shown.drawing.view(shown.choice.folds)
            open_ = set(_open_groups(view))
            around = (shown.outline.parent(key) for key in open_)
            sections = {key for key in around if key not in view.tree}
            panel.set_open(frozenset(open_ | sections))
        if self._graph.selected_nodes:  # else the row that was opened or closed stays
            self._select()

    def _tell_count(self) -> None:
        outline, filtered = self.panel.outline, self.panel.filtered
        if outline is None:
            self.panel.header.set_note("")
        elif filtered is not None:
            self.panel.header.set_note(hits_counted(filtered.count(ROOT)))
        else:
            self.panel.header.set_note(operations_counted(len(outline.tree.order)))

    def _select(self) -> None:
        """Select the row of the selected node; keep a row inside it."""
        if not self.dock.isHidden() and not self._is_inside(self.panel.current):
            self.panel.select(self._selected())

    def _is_inside(self, thing: Thing | None) -> bool:
        """Return whether the single selected node contains the thing of a row."""
        outline, graph = self.panel.outline, self._graph
        if thing is None or outline is None or len(graph.selected_nodes) != 1:
            return False
        return graph.scene.node_of.get(outline.operation(thing)) in graph.selected_nodes

    def _selected(self) -> Thing | None:
        outline, graph = self.panel.outline, self._graph
        if outline is None or len(graph.selected_nodes) != 1:
            return None
        node = graph.scene.nodes[next(iter(graph.selected_nodes))]
        if node.group:
            first = node.group.rpartition(_MANY)[0] or node.group
            key = node.group if node.group in outline.tree else first
            return key if key in outline.tree else None
        return outline.place(node.operations[0]) if node.operations else None

    # --------------------------------------------------------------------------- what the user does

    def _choose(self, thing: Thing) -> None:
        outline = self.panel.outline
        if outline is not None:
            self._workspace.select_operation(outline.operation(thing))

    def _go_to(self, go_to: Callable[[int], object], thing: Thing) -> None:
        outline = self.panel.outline
        if outline is not None:
            go_to(outline.operation(thing))

    def _open(self, key: str, wanted: bool) -> None:
        """Open or fold a group in the picture too, unless the outline shows search results."""
        shown = self._workspace.shown
        if shown is None or self.panel.filtered is not None:
            return
        view = shown.drawing.view(shown.choice.folds)
        if key in view.tree and view.is_open(view.tree[key]) != wanted:
            self._workspace.toggle(key)


def _open_groups(view: View) -> Iterator[str]:
    """Yield the open groups whose outer groups are all open."""
    waiting = [ROOT]
    while waiting:
        for group in view.tree.children(waiting.pop()):
            if view.is_open(group):
                yield group.key
                waiting.append(group.key)
