"""The outline in step with the picture: one selection, the same groups open, the same search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget

from app.gui.docks import new_dock
from app.gui.panels.outline_panel import OutlinePanel
from app.session.graph.groups import ROOT
from app.session.language import tr
from app.session.numbers import hits_counted, operations_counted
from app.session.outline import Thing

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.window.search import Found
    from app.session.graph.opening import View

_MANY: Final = "+"


class OutlineDock(QObject):
    """A tab beside the snippet, hidden until it is asked for."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.panel = panel = OutlinePanel(window.look.theme)
        window.themed = (*window.themed, panel)
        self.dock = self._make_dock()
        self._found: Found | None = None
        window.actions_.connect(window.actions_.outline, self._toggle)
        self.dock.visibilityChanged.connect(self._on_visible)
        window.display.changed.connect(lambda _: self._show())
        window.graph.sceneChanged.connect(self._show)
        window.graph.selectionChanged.connect(self._select)
        window.search.found.connect(self._on_found)
        panel.thingChosen.connect(self._choose)
        panel.thingActivated.connect(self._go_to)
        panel.opened.connect(self._open)

    def _make_dock(self) -> QDockWidget:
        area = Qt.DockWidgetArea.LeftDockWidgetArea
        dock = new_dock(self._window, "outline", tr("Outline"), self.panel.header, self.panel, area)
        dock.hide()
        return dock

    def _toggle(self) -> None:
        if self._is_shown:
            self.dock.hide()
            return
        if self.dock.isHidden() and not self.dock.isFloating():
            self._window.tabifyDockWidget(self._window.docks.snippet, self.dock)
        self.dock.show()
        self.dock.raise_()
        self._show()
        self.panel.tree.setFocus()

    @property
    def _is_shown(self) -> bool:
        return not self.dock.visibleRegion().isEmpty()

    def _on_visible(self, visible: bool) -> None:
        self._window.actions_.outline.setChecked(not self.dock.isHidden())
        if visible:
            self._show()

    # ------------------------------------------------------------------------------ what it shows

    def _show(self) -> None:
        """The outline of what the picture shows, as far open as that is."""
        if self.dock.isHidden():
            return
        prepared, panel = self._window.display.prepared, self.panel
        outline = prepared.outline if prepared is not None else None
        filtered = self._found.filtered if self._found is not None else None
        if filtered is not None and filtered.outline is not outline:
            filtered = None
        if panel.outline is not outline or panel.filtered is not filtered:
            panel.show_outline(outline, filtered)
            self._tell_count()
        if prepared is not None and filtered is None:
            view = prepared.drawing.view(prepared.choice.folds)
            open_ = set(_open_groups(view))
            around = (prepared.outline.parent(key) for key in open_)
            sections = {key for key in around if key not in view.tree}
            panel.set_open(frozenset(open_ | sections))
        if self._window.graph.selected_nodes:  # else the row that was opened or closed stays
            self._select()

    def _tell_count(self) -> None:
        outline, filtered = self.panel.outline, self.panel.filtered
        if outline is None:
            self.panel.header.set_note("")
        elif filtered is not None:
            self.panel.header.set_note(hits_counted(filtered.count(ROOT)))
        else:
            self.panel.header.set_note(operations_counted(len(outline.tree.order)))

    def _on_found(self, found: Found) -> None:
        self._found = found if found.query else None
        self._show()

    def _select(self) -> None:
        """The row of the node that is selected; one inside of it may stay."""
        if not self.dock.isHidden() and not self._is_inside(self.panel.current):
            self.panel.select(self._selected())

    def _is_inside(self, thing: Thing | None) -> bool:
        """Whether the one node that is selected stands for a row."""
        outline, graph = self.panel.outline, self._window.graph
        if thing is None or outline is None or len(graph.selected_nodes) != 1:
            return False
        return graph.scene.node_of.get(outline.operation(thing)) in graph.selected_nodes

    def _selected(self) -> Thing | None:
        outline, graph = self.panel.outline, self._window.graph
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
            self._window.link.choose_operation(outline.operation(thing))

    def _go_to(self, thing: Thing) -> None:
        outline = self.panel.outline
        if outline is not None:
            self._window.locating.go_to(outline.operation(thing))

    def _open(self, key: str, wanted: bool) -> None:
        """A group opened in the outline opens in the picture, unless the outline shows hits."""
        prepared = self._window.display.prepared
        if prepared is None or self.panel.filtered is not None:
            return
        view = prepared.drawing.view(prepared.choice.folds)
        if key in view.tree and view.is_open(view.tree[key]) != wanted:
            self._window.folding.toggle(key)


def _open_groups(view: View) -> Iterator[str]:
    """The groups that are open, with all around them open too."""
    waiting = [ROOT]
    while waiting:
        for group in view.tree.children(waiting.pop()):
            if view.is_open(group):
                yield group.key
                waiting.append(group.key)
