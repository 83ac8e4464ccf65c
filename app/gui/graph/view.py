"""The graph view: what autograd recorded, as a picture that can be pointed at.

Everything is painted by hand: a widget per node would cost a second for a large graph.  So what the
platform would do for widgets is done here: focus, tooltips, and text for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QCloseEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.gui.graph import describe
from app.gui.graph.backdrop import paint_message
from app.gui.graph.cards import Cards
from app.gui.graph.export import export_scene
from app.gui.graph.layouter import Layouter
from app.gui.graph.legend import Legend
from app.gui.graph.minimap import Minimap
from app.gui.graph.navigate import Direction, neighbour, reading_order
from app.gui.graph.scene import PlacedNode, Scene
from app.gui.graph.stage import Stage
from app.gui.graph.waiting import Waiting
from app.gui.theme import Theme
from app.session.graph_items import StatusKey, TensorItem
from app.session.graph_part import Part

if TYPE_CHECKING:
    import networkx as nx

    from app.session.timeline import Then

EMPTY_TEXT: Final = "Nothing traced yet. Press Run, or turn on Live."
_REACH: Final = 6
"""How far from an edge, in pixels on the screen, one may point."""
_PILLS_FROM: Final = 0.7
"""The zoom from which pills are drawn and can be clicked."""
_KEY_ZOOM: Final = 1.25
_ARROWS: Final[dict[int, Direction]] = {
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Home: "first",
    Qt.Key.Key_End: "last",
}


class GraphView(Stage):
    """Shows graphs of `app.session.graph`.  `close` ends its thread and its layout process."""

    operationSelected = Signal(int)
    tensorSelected = Signal(int)
    selectionCleared = Signal()
    selectionChanged = Signal()
    """Other nodes or tensors are selected, by whomever."""
    sceneChanged = Signal()
    """Another graph is shown, or the same otherwise."""
    operationActivated = Signal(int)
    """Double click or Enter on an operation."""
    layoutFinished = Signal()
    layoutFailed = Signal(str)
    """Why there is no picture, in words; the view shows it as well."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("graphView")
        self.setAccessibleName("Graph of operations")
        self._message = EMPTY_TEXT
        self._current: str | None = None
        self._announce = False
        self.filled.connect(self._announce_picture)
        self._requested = 0
        self._waiting = Waiting(self)
        self._waiting.changed.connect(self.refresh)
        self._layouter = Layouter(self)
        self._layouter.placed.connect(self._placed)
        self._layouter.failed.connect(self._failed)
        self._graph: nx.MultiDiGraph[str] | None = None
        self._laid_out: nx.MultiDiGraph[str] | None = None
        self._cards = Cards(theme, self)
        self._connect_cards()

    def _connect_cards(self) -> None:
        cards = self._cards
        cards.legend.hiddenChanged.connect(self._hide_statuses)
        for card in (cards.zoom, cards.minimap):
            card.zoomed.connect(self.zoom_by)
        cards.zoom.reset.connect(lambda: self.zoom_to(1.0))
        cards.zoom.fitted.connect(self.fit)
        cards.minimap.wanted.connect(self.centre_on)
        cards.spotlight.closed.connect(lambda: self.set_spotlight(None))
        self.zoomChanged.connect(cards.zoom.set_percent)
        self.moved.connect(lambda: cards.minimap.set_seen(self.visible_area()))

    # -------------------------------------------------------------------------------- the graph

    def show_graph(self, graph: nx.MultiDiGraph[str], counts: Mapping[StatusKey, int]) -> None:
        """Lay `graph` out and show it; `layoutFinished` follows.  Do not change it afterwards."""
        self._cards.legend.set_counts(counts)
        self._message = EMPTY_TEXT
        self._laid_out = graph
        self._requested = self._layouter.request(graph, self.room().width())
        self._waiting.start(graph.number_of_nodes())

    def clear(self, message: str = EMPTY_TEXT) -> None:
        """Show no graph, but a sentence that says why."""
        self._requested, self._laid_out = 0, None
        self._cards.legend.set_counts({})
        self._message = message
        self._set_scene(Scene([], [], []))

    def _placed(self, number: int, scene: Scene) -> None:
        if number == self._requested:
            self._announce = True
            self._set_scene(scene)

    def _announce_picture(self) -> None:
        """A picture counts as made when it can be seen."""
        if self._announce:
            self._announce = False
            self.layoutFinished.emit()

    def _failed(self, number: int, reason: str) -> None:
        if number == self._requested:
            self._message = f"The graph could not be drawn. {reason}"
            self._set_scene(Scene([], [], []))
            self.layoutFailed.emit(reason)

    def _set_scene(self, scene: Scene) -> None:
        """Swap the picture, keeping in place what the user is looking at."""
        self._waiting.stop()
        self.repaint_scene(marks_hold=False)
        before, self._scene = self._scene, scene
        self._graph = self._laid_out
        self._filter = replace(self._filter, kept=None, hits={})
        self._cards.spotlight.say("")
        self._cards.minimap.set_scene(scene)
        self._cards.place(self.size(), len(scene.nodes))
        self._keep_selection(before)
        anchor = self._anchor(before)
        if anchor is None:
            self.look()
        else:
            moved = scene.nodes[anchor].rect.center() - before.nodes[anchor].rect.center()
            self.pan_by(-moved * self._camera.zoom)
        self.sceneChanged.emit()

    def _keep_selection(self, before: Scene) -> None:
        """Keep what is selected and still the same; say so where nothing is left."""
        kept = frozenset(key for key in self._marks.nodes if _same(key, before, self._scene))
        lost = bool(self._marks.nodes) and not kept
        was = self._filter.as_it_was
        running = was.running(self._scene) if was is not None else frozenset()
        self._marks = replace(
            self._marks,
            nodes=kept,
            running=running,
            hovered=None,
            hovered_edge=None,
            pointed=frozenset(),
        )
        if self._current is not None and not _same(self._current, before, self._scene):
            self._current = None
        if lost:
            self.selectionCleared.emit()

    def _anchor(self, before: Scene) -> str | None:
        """The node that must not move on the screen; None where a fresh look is better."""
        if self.aim != "free":
            return None
        seen = before.nodes_in(self.visible_area())
        middle = self.visible_area().center()
        seen.sort(key=lambda node: (node.rect.center() - middle).manhattanLength())
        chosen = [node.key for node in seen if node.key in self._marks.nodes]
        candidates = chosen + [node.key for node in seen]
        return next((key for key in candidates if _same(key, before, self._scene)), None)

    @property
    def is_waiting(self) -> bool:
        """Whether what is shown is pale because something newer is on its way."""
        return self._waiting.is_veiled

    def export(self, path: str | Path) -> None:
        """Write the whole graph as .svg, .pdf or .png.  Raises `export.ExportError`."""
        export_scene(self._scene, self._theme, Path(path), self._filter)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._cards.set_theme(theme)
        self.repaint_scene()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._waiting.stop()
        self._layouter.close()
        super().closeEvent(event)

    # --------------------------------------------------------------------- what is where, by key

    def node_rect(self, key: str) -> QRectF:
        """A node's rectangle in the scene.  Raises KeyError where it is not drawn."""
        return QRectF(self._scene.nodes[key].rect)

    def widget_point_of(self, key: str) -> QPoint:
        """Where the title row of a node is on the widget."""
        rect = self._scene.nodes[key].rect
        at = QPointF(rect.center().x(), rect.top() + min(rect.height() / 2, 20))
        return self._target.to_widget(at).toPoint()

    @property
    def scene(self) -> Scene:
        """What is shown.  It never changes: another graph is another scene."""
        return self._scene

    @property
    def legend(self) -> Legend:
        return self._cards.legend

    @property
    def minimap(self) -> Minimap:
        return self._cards.minimap

    def room(self) -> QRectF:
        """What the legend leaves: graphs open beside it and not below it."""
        return self._cards.room(QRectF(self.rect()))

    def covered(self) -> QRegion:
        return self._cards.covered()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cards.place(self.size(), len(self._scene.nodes))
        super().resizeEvent(event)
        self._cards.minimap.set_seen(self.visible_area())

    # -------------------------------------------------------------- what is put forward or aside

    def set_hits(self, hits: Mapping[str, int]) -> None:
        """Ring these nodes in yellow, and no others: how many hits there are in each, by key."""
        hits = {key: count for key, count in hits.items() if key in self._scene.nodes}
        if hits != self._filter.hits:
            self._filter = replace(self._filter, hits=hits)
            self._cards.minimap.set_hits(hits)
            self.repaint_scene()

    @property
    def hits(self) -> Mapping[str, int]:
        return self._filter.hits

    def set_spotlight(self, part: Part | None, words: str = "") -> None:
        """Dim all but a part of the graph, and say what that is; None dims nothing."""
        if part != self._filter.kept:
            self._filter = replace(self._filter, kept=part)
            self.repaint_scene()
        self._cards.spotlight.say(words if part is not None else "")

    @property
    def spotlight(self) -> Part | None:
        return self._filter.kept

    @property
    def spotlight_words(self) -> str:
        return self._cards.spotlight.words

    def _hide_statuses(self, hidden: frozenset[StatusKey]) -> None:
        self._filter = replace(self._filter, dimmed=hidden)
        self.repaint_scene()

    # -------------------------------------------------------------------------------- selection

    @property
    def selected_nodes(self) -> frozenset[str]:
        return self._marks.nodes

    def select_operations(self, operations: Iterable[int]) -> None:
        """Ring the nodes of these operations and bring one into sight.  Emits nothing."""
        nodes = (self._scene.node_of.get(operation) for operation in operations)
        self._mark([key for key in nodes if key is not None], ())

    def select_tensors(self, tensors: Iterable[int]) -> None:
        """Ring whatever stands for these tensors: capsules, pills, edges.  Emits nothing."""
        wanted = frozenset(tensors)
        keys = [node.key for node in self._scene.nodes.values() if _shows(node, wanted)]
        self._mark((), wanted)
        if keys:
            self._reveal(keys)

    def clear_selection(self) -> None:
        """Select nothing; tells so if something was selected."""
        had = bool(self._marks.nodes or self._marks.tensors)
        self._current = None
        self._mark((), ())
        if had:
            self.selectionCleared.emit()

    def reveal(self, rect: QRectF | str) -> None:
        """Bring a node, by its key, or a scene rectangle into sight."""
        super().reveal(self.node_rect(rect) if isinstance(rect, str) else rect)

    def _mark(
        self, keys: Iterable[str], tensors: Iterable[int], *, by_keyboard: bool = False
    ) -> None:
        nodes, before = frozenset(keys), self._marks
        self._marks = replace(
            self._marks, nodes=nodes, tensors=frozenset(tensors), by_keyboard=by_keyboard
        )
        if (before.nodes, before.tensors) != (self._marks.nodes, self._marks.tensors):
            self.selectionChanged.emit()
        if len(nodes) == 1:
            self._current = next(iter(nodes))
        if nodes:
            self._reveal(nodes)
        self._speak()
        self.refresh()

    def _reveal(self, keys: Iterable[str]) -> None:
        """Bring the first of these nodes into sight, unless one of them is already."""
        rects = [self._scene.nodes[key].rect for key in keys]
        seen = self._target.area(QRectF(self.rect()).size())
        if not any(seen.contains(rect) for rect in rects):
            self.reveal(min(rects, key=lambda rect: (rect.y(), rect.x())))

    def _choose(self, node: PlacedNode, *, by_keyboard: bool = False) -> None:
        """The user selected a node: mark it and say so."""
        self._mark((node.key,), (), by_keyboard=by_keyboard)
        if isinstance(node.item, TensorItem):
            self.tensorSelected.emit(node.item.tensor)
        else:
            self.operationSelected.emit(node.item.operation)

    def _choose_tensor(self, tensor: int) -> None:
        self._mark((), (tensor,))
        self.tensorSelected.emit(tensor)

    def _speak(self) -> None:
        """What a screen reader says of the current node."""
        node = self._scene.nodes.get(self._current) if self._current else None
        text = ""
        if node is not None:
            arriving, leaving = self._scene.arriving(node.key), self._scene.leaving(node.key)
            text = describe.spoken(node, arriving, leaving)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    def show_moment(self, then: Then | None) -> None:
        """The picture as it was then; None is the run as a whole."""
        # here, as the window is to be there before networkx is loaded
        from app.gui.graph.as_it_was import AsItWas, changed

        before = self._filter.as_it_was
        now = None if then is None else AsItWas(then)
        self._filter = replace(self._filter, as_it_was=now)
        self._marks = replace(self._marks, running=now.running(self._scene) if now else frozenset())
        areas = changed(self._scene, before.then, then) if before and then else None
        if areas is None:
            self.repaint_scene()
        else:
            self.repaint_areas(areas)
        if self._marks.running:
            self._reveal(self._marks.running)

    # ------------------------------------------------------------------------------------ mouse

    def clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        pill = self._scene.pill_at(at) if self._camera.zoom >= _PILLS_FROM else None
        node = self._scene.node_at(at)
        if node is not None and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._mark(self._marks.nodes ^ {node.key}, ())
            return
        if pill is not None and not pill.is_rest:
            self._choose_tensor(pill.pills[0].tensor)
        elif node is not None:
            self._choose(node)
        elif edge := self._scene.edge_at(at, _REACH / self._camera.zoom):
            self._choose_tensor(edge.item.tensor)
        else:
            self.clear_selection()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self._scene.node_at(self._camera.to_scene(event.position()))
        if node is not None:
            self._activate(node)

    def _activate(self, node: PlacedNode) -> None:
        if not isinstance(node.item, TensorItem):
            self.operationActivated.emit(node.item.operation)

    def pointed(self, at: QPointF | None) -> None:
        node = edge = None
        if at is not None:
            where = self._camera.to_scene(at)
            node = self._scene.node_at(where)
            edge = None if node else self._scene.edge_at(where, _REACH / self._camera.zoom)
        over = node is not None or edge is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        marks = replace(
            self._marks,
            hovered=node.key if node else None,
            hovered_edge=edge.key if edge else None,
        )
        if marks != self._marks:
            self._marks = marks
            self.refresh()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self._text_at(self._camera.to_scene(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _text_at(self, at: QPointF) -> str:
        """The full text of what lies at a scene point."""
        pill = self._scene.pill_at(at) if self._camera.zoom >= _PILLS_FROM else None
        if pill is not None:
            return describe.pills_text(pill)
        if node := self._scene.node_at(at):
            return describe.node_text(node.item)
        if edge := self._scene.edge_at(at, _REACH / self._camera.zoom):
            return describe.edge_text(edge.item)
        frame = self._scene.frame_at(at)
        return describe.frame_text(frame.item) if frame else ""

    # --------------------------------------------------------------------------------- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in _ARROWS:
            self._walk(_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self._activate(self._scene.nodes[self._current])
        elif key == Qt.Key.Key_Escape and (self._marks.nodes or self._marks.tensors):
            self.clear_selection()
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.zoom_to(1.0)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_KEY_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _KEY_ZOOM)
        else:
            super().keyPressEvent(event)

    def _walk(self, direction: Direction) -> None:
        """Go from the current node to its neighbour, or to the first one."""
        start = self._current
        if start is None:
            start, direction = "", "first"
        key = neighbour(self._scene, start, direction)
        if key is not None:
            self._choose(self._scene.nodes[key], by_keyboard=True)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes through the nodes from top to bottom, and from the last one out of the view."""
        order = reading_order(self._scene)
        if order and self._current is not None:
            index = order.index(self._current) + (1 if next else -1)
            if 0 <= index < len(order):
                self._choose(self._scene.nodes[order[index]], by_keyboard=True)
                return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Coming in by Tab selects the first node, by Shift+Tab the last one."""
        super().focusInEvent(event)
        ways: dict[Qt.FocusReason, Direction] = {
            Qt.FocusReason.TabFocusReason: "first",
            Qt.FocusReason.BacktabFocusReason: "last",
        }
        if event.reason() in ways and self._current is None:
            self._walk(ways[event.reason()])
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.refresh()

    # --------------------------------------------------------------------------------- messages

    def paint_above(self, painter: QPainter) -> None:
        self._waiting.paint(painter, self._theme, QRectF(self.rect()), self.room())
        if not self._scene.nodes and not self._waiting.is_veiled:
            paint_message(painter, self._theme, self.room(), self._message)


def _same(key: str, before: Scene, after: Scene) -> bool:
    """Whether a key names the same thing in two scenes: ids start anew with every run."""
    if key not in before.nodes or key not in after.nodes:
        return False
    old, new = before.nodes[key].item, after.nodes[key].item
    return describe.heading(old) == describe.heading(new)


def _shows(node: PlacedNode, tensors: frozenset[int]) -> bool:
    if isinstance(node.item, TensorItem):
        return node.item.tensor in tensors
    return any(pill.tensor in tensors for placed in node.pills for pill in placed.pills)
