"""What the user does to the graph: points, clicks, walks with the keys; and what is selected.

Everything is painted by hand: a widget per node would cost a second for a large graph.  So what the
platform would do for widgets is done here: focus, hints, menus, and text for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from app.gui.graph import describe
from app.gui.graph.camera import Camera, fitting
from app.gui.graph.frame_header import HeaderPart
from app.gui.graph.navigate import Direction, neighbour
from app.gui.graph.painting.paint import Filter
from app.gui.graph.pointing import Pointing, edge_at, header_at, member_at, pill_at, thing_at
from app.gui.graph.scenes.scene import PlacedNode, PlacedPill, Scene, Thing
from app.gui.graph.stage import Stage
from app.gui.theme import Theme
from app.session.graph.payloads import (
    FrameItem,
    GroupItem,
    OperationItem,
    Stepper,
    TensorItem,
)
from app.session.language import tr

_KEY_ZOOM: Final = 1.25
_AROUND: Final = 24
"""Kept free around what is zoomed to."""
_ARROWS: Final[dict[int, Direction]] = {
    Qt.Key.Key_Down: "down",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Home: "first",
    Qt.Key.Key_End: "last",
}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A selection and a camera; `title` describes them."""

    title: str
    nodes: frozenset[str]
    tensors: frozenset[int]
    camera: Camera


class Interaction(Stage):
    """A stage whose nodes, pills and edges can be selected.

    The commands of its context menu are its `actions()`: whoever has one to offer adds it.
    """

    operationSelected = Signal(int)
    groupSelected = Signal(str)
    """The key of a folded group, or of several alike ones."""
    autogradNodeSelected = Signal(int)
    """An autograd node that a backward pass made: no operation did."""
    tensorSelected = Signal(int)
    selectionCleared = Signal()
    selectionChanged = Signal()
    """The selection changed, by the user or by the program."""
    hovered = Signal(object)
    """The ids of the operations of the node under the mouse, as a tuple; none where none is."""
    bytesWanted = Signal()
    """Show what nodes keep for backward, or no longer."""
    viewKept = Signal()
    """Keep the view as a scene."""
    askWanted = Signal()
    """Cover the answers and ask a room about them."""
    backRequested = Signal()
    forwardRequested = Signal()
    """The mouse's buttons for that."""
    operationActivated = Signal(int)
    """Double click or Enter on an operation."""
    groupActivated = Signal(str)
    """The same on a folded group, or a click on the header of an open one: its key."""
    modeWanted = Signal(str, bool)
    """The path of a module, and whether it is to be in training mode."""
    passStepped = Signal(str, int)
    """A loop, by its key, is to show another pass: how much later."""
    memberChosen = Signal(str)
    """The key of one of several alike groups: its cell was clicked."""
    tensorActivated = Signal(int)
    """Double click or Enter on a capsule or a pill."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._current: str | None = None
        self.pointing = Pointing(theme, self)
        self._pointed_at: Thing | None = None
        self.moved.connect(self._hide_card)

    # --------------------------------------------------------------------- what is where, by key

    def node_rect(self, key: str) -> QRectF:
        """Return a node's rectangle in the scene.  Raises KeyError if it is not drawn."""
        return QRectF(self._scene.nodes[key].rect)

    def widget_point_of(self, key: str) -> QPoint:
        """Return the widget point of a node's title."""
        rect = self._scene.nodes[key].rect
        at = QPointF(rect.center().x(), rect.top() + min(rect.height() / 2, 20))
        return self._target.to_widget(at).toPoint()

    @property
    def scene(self) -> Scene:
        """The scene that is shown.  It is immutable: another graph is another scene."""
        return self._scene

    # -------------------------------------------------------------------------------- selection

    @property
    def selected_nodes(self) -> frozenset[str]:
        return self._marks.nodes

    @property
    def current_group(self) -> str | None:
        """The key of the folded group that is selected."""
        node = self._scene.nodes.get(self._current or "")
        return (node.group or None) if node else None

    @property
    def current_operation(self) -> int | None:
        """The operation that is selected, or the first one of a group."""
        node = self._scene.nodes.get(self._current or "")
        return node.operations[0] if node and node.operations else None

    @property
    def current_stepper(self) -> Stepper | None:
        """The pass that the loop around the selection shows, or else the first loop that shows
        one."""
        loops = [frame for frame in self._scene.frames if frame.item.stepper is not None]
        node = self._scene.nodes.get(self._current or "")
        around = [f for f in loops if node is not None and f.rect.contains(node.rect)]
        frame = around[-1] if around else loops[0] if loops else None
        return None if frame is None else frame.item.stepper

    @property
    def selected_tensors(self) -> frozenset[int]:
        return self._marks.tensors

    @property
    def place(self) -> Viewpoint:
        """The user's current place."""
        node = self._scene.nodes.get(self._current) if self._current in self._marks.nodes else None
        title = tr("at {percent} %").format(percent=self.zoom_percent)
        if node is not None:
            title = describe.heading(node.item)
        return Viewpoint(title, self._marks.nodes, self._marks.tensors, self._target)

    def go_to_place(self, place: Viewpoint) -> None:
        """Restore the selection, as if the user made it, and the camera of a place."""
        keys = [key for key in place.nodes if key in self._scene.nodes]
        if len(keys) == 1:
            self._choose(self._scene.nodes[keys[0]])
        elif place.tensors:
            self._choose_tensor(min(place.tensors))
        elif keys:
            self._mark(keys, ())
        else:
            self.clear_selection()
        self.aim = "free"
        self.go_to(place.camera)
        if keys:
            self._reveal(keys)

    def zoom_to_selection(self) -> None:
        """Zoom so that the whole selection is just visible."""
        keys = self._marks.nodes.union(
            *(self._scene.holders.get(tensor, ()) for tensor in self._marks.tensors)
        )
        self.zoom_to_nodes(keys)

    def zoom_to_nodes(self, keys: Iterable[str]) -> None:
        """Zoom so that these nodes are just visible; do nothing if they are not drawn."""
        if not (area := self._area_of(keys)).isEmpty():
            self.aim = "free"
            self.go_to(fitting(area, self.room()))

    def show_nodes(self, keys: Iterable[str]) -> None:
        """Make all of these nodes visible with as little movement as possible."""
        area = self._area_of(keys)
        if area.isEmpty() or self.room().contains(self._target.rect_to_widget(area)):
            return
        size, room = area.size() * self._target.zoom, self.room().size()
        if size.width() > room.width() or size.height() > room.height():
            self.zoom_to_nodes(keys)
        else:
            self.reveal(area)

    def _area_of(self, keys: Iterable[str]) -> QRectF:
        """Return the rectangle around those of these nodes that are drawn, or an empty one."""
        area = QRectF()
        for key in keys:
            if key in self._scene.nodes:
                area = area.united(self._scene.nodes[key].rect)
        return area.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND) if not area.isEmpty() else area

    def select_operations(self, operations: Iterable[int]) -> None:
        """Ring the nodes of these operations and bring one into sight.  Emits nothing."""
        nodes = (self._scene.node_of.get(operation) for operation in operations)
        self._mark([key for key in nodes if key is not None], ())

    def ring(self, keys: Iterable[str], tensors: Iterable[int] = ()) -> None:
        """Ring these nodes and what shows these tensors.  Emits `selectionChanged` only."""
        self._mark(keys, tensors)

    def select_tensors(self, tensors: Iterable[int]) -> None:
        """Ring the capsules, pills and edges of these tensors.  Emits nothing."""
        wanted = frozenset(tensors)
        keys = [key for tensor in wanted for key in self._scene.holders.get(tensor, ())]
        self._mark((), wanted)
        if keys:
            self._reveal(keys)

    def clear_selection(self) -> None:
        """Clear the selection; emit signals if something was selected."""
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

    @property
    def filter(self) -> Filter:
        """How the scene is painted: at which moment, and what is paler."""
        return self._filter

    @property
    def running_nodes(self) -> frozenset[str]:
        """The nodes that the moment which is shown is about."""
        return self._marks.running

    def part_at(self, at: QPointF) -> str | None:
        """Return the key of the node under a widget point, else of the innermost frame."""
        where = self._camera.to_scene(at)
        if (node := self._scene.node_at(where)) is not None:
            return node.key
        around = [frame.key for frame in self._scene.frames if frame.rect.contains(where)]
        return around[-1] if around else None

    def part_rect(self, key: str) -> QRectF:
        """Return where a node or a frame is in the widget; empty if it is not drawn."""
        node = self._scene.nodes.get(key)
        frames = (frame.rect for frame in self._scene.frames if frame.key == key)
        rect = next(frames, QRectF()) if node is None else node.rect
        return QRectF() if rect.isEmpty() else self._camera.rect_to_widget(rect)

    def point_at(self, operations: Iterable[int]) -> None:
        """Lift the nodes of these operations, as if the mouse were on them."""
        nodes = (self._scene.node_of.get(operation) for operation in operations)
        pointed = frozenset(key for key in nodes if key is not None)
        if pointed != self._marks.pointed:
            self._marks = replace(self._marks, pointed=pointed)
            self.refresh()

    def _choose(self, node: PlacedNode, *, by_keyboard: bool = False) -> None:
        """Mark a node that the user selected, and emit signals."""
        self._mark((node.key,), (), by_keyboard=by_keyboard)
        if isinstance(node.item, TensorItem):
            self.tensorSelected.emit(node.item.tensor)
        elif isinstance(node.item, GroupItem):
            self.groupSelected.emit(node.item.group)
        elif node.item.operation is not None:
            self.operationSelected.emit(node.item.operation)
        elif isinstance(node.item, OperationItem):
            self.autogradNodeSelected.emit(node.item.node)

    def _choose_tensor(self, tensor: int) -> None:
        self._mark((), (tensor,))
        self.tensorSelected.emit(tensor)

    def _speak(self) -> None:
        """Announce the current node to screen readers."""
        node = self._scene.nodes.get(self._current) if self._current else None
        text = ""
        if node is not None:
            text = self._description(node)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
            event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
            QAccessible.updateAccessibility(event)

    def _description(self, node: PlacedNode) -> str:
        arriving, leaving = self._scene.arriving(node.key), self._scene.leaving(node.key)
        return describe.spoken(self._filter.node(node), arriving, leaving)

    # ------------------------------------------------------------------------------------ mouse

    def clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        pill = pill_at(self._scene, at, self._camera.zoom)
        node = self._scene.node_at(at)
        if node is not None and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._mark(self._marks.nodes ^ {node.key}, ())
            return
        if pill is not None and not pill.is_rest:
            self._choose_tensor(pill.pills[0].tensor)
        elif member := member_at(self._scene, at, self._camera.zoom):
            self.memberChosen.emit(member.group)
        elif node is not None:
            self._choose(node)
        elif header := header_at(self._scene, at, self._camera.zoom):
            self._use_header(*header)
        elif (edge := edge_at(self._scene, at, self._camera.zoom)) and edge.item.tensor >= 0:
            self._choose_tensor(edge.item.tensor)
        else:
            self.clear_selection()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hide_card()
        if event.button() == Qt.MouseButton.BackButton:
            self.backRequested.emit()
        elif event.button() == Qt.MouseButton.ForwardButton:
            self.forwardRequested.emit()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self._camera.to_scene(event.position())
        pill = pill_at(self._scene, at, self._camera.zoom)
        node = self._scene.node_at(at)
        if pill is not None and not pill.is_rest:
            self.tensorActivated.emit(pill.pills[0].tensor)
        elif node is not None and member_at(self._scene, at, self._camera.zoom) is None:
            self._activate(node)

    def _activate(self, node: PlacedNode) -> None:
        if node.group:
            self.groupActivated.emit(node.group)
        elif isinstance(node.item, TensorItem):
            self.tensorActivated.emit(node.item.tensor)
        elif node.item.operation is not None:
            self.operationActivated.emit(node.item.operation)

    def _use_header(self, frame: FrameItem, part: HeaderPart) -> None:
        if frame.switch is not None and part in ("train", "eval"):
            self.modeWanted.emit(frame.switch.module, part == "train")
        elif part == "fold" or frame.stepper is None:
            self.groupActivated.emit(frame.group)
        else:
            self.passStepped.emit(frame.stepper.loop, 1 if part == "forward" else -1)

    def pointed(self, at: QPointF | None) -> None:
        node = edge = header = None
        if at is not None:
            where = self._camera.to_scene(at)
            header = header_at(self._scene, where, self._camera.zoom)
            node = self._scene.node_at(where)
            edge = None if node else edge_at(self._scene, where, self._camera.zoom)
            if self._pointed_at is not None:
                self._forget_pointed_at(where)
        else:
            self._hide_card()
        over = node is not None or edge is not None or header is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        marks = replace(
            self._marks,
            hovered=node.key if node else None,
            hovered_edge=edge.key if edge else None,
        )
        if marks != self._marks:
            was, self._marks = self._marks.hovered, marks
            self.refresh()
            if marks.hovered != was:
                self.hovered.emit(() if node is None else node.operations)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._tell(QPointF(event.pos()))
            return True
        return super().event(event)

    def _tell(self, at: QPointF) -> None:
        """Show the card of the thing under the resting mouse."""
        where = self._camera.to_scene(at)
        thing = thing_at(self._scene, where, self._camera.zoom)
        place = QRectF(at.x() - 4, at.y() - 4, 8, 8)
        if isinstance(thing, PlacedNode | PlacedPill):
            place = self._camera.rect_to_widget(thing.rect)
        self._pointed_at = thing
        self.pointing.tell(thing, place, self._filter.as_it_was)

    def _forget_pointed_at(self, where: QPointF) -> None:
        """Hide the card if the mouse has left its thing."""
        if thing_at(self._scene, where, self._camera.zoom) is not self._pointed_at:
            self._hide_card()

    def _hide_card(self) -> None:
        self._pointed_at = None
        self.pointing.hide()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the commands for the selection; a click selects the thing under it before."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._choose_for_menu(self._camera.to_scene(QPointF(event.pos())))
            at = event.globalPos()
        elif self._current is not None:
            at = self.mapToGlobal(self.widget_point_of(self._current))
        else:
            at = self.mapToGlobal(self.rect().center())
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.actions())
        menu.popup(at)

    def _choose_for_menu(self, at: QPointF) -> None:
        """Select the thing at a point for the menu, unless it is part of the selection."""
        pill, node = pill_at(self._scene, at, self._camera.zoom), self._scene.node_at(at)
        if pill is not None and not pill.is_rest:
            self._choose_tensor(pill.pills[0].tensor)
        elif node is not None and node.key not in self._marks.nodes:
            self._choose(node)

    # --------------------------------------------------------------------------------- keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._hide_card()
        key = event.key()
        if key in _ARROWS:
            self._walk(_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self._activate(self._scene.nodes[self._current])
        elif key == Qt.Key.Key_Escape and (self._marks.nodes or self._marks.tensors):
            self.clear_selection()
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key == Qt.Key.Key_Z:
            self.zoom_to_selection()
        elif key == Qt.Key.Key_1:
            self.zoom_to(1.0)
        elif key == Qt.Key.Key_B:
            self.bytesWanted.emit()
        elif key == Qt.Key.Key_K:
            self.viewKept.emit()
        elif key == Qt.Key.Key_Q:
            self.askWanted.emit()
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
        """Move with Tab through the nodes from top to bottom, and then out of the view."""
        order = self._scene.reading_order
        if order and self._current is not None and self.hasFocus():  # not a button on it
            index = order.index(self._current) + (1 if next else -1)
            if 0 <= index < len(order):
                self._choose(self._scene.nodes[order[index]], by_keyboard=True)
                return True
        return super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the first node when focused by Tab, the last one by Shift+Tab."""
        super().focusInEvent(event)
        directions: dict[Qt.FocusReason, Direction] = {
            Qt.FocusReason.TabFocusReason: "first",
            Qt.FocusReason.BacktabFocusReason: "last",
        }
        if event.reason() in directions and self._current is None:
            self._walk(directions[event.reason()])
        self.refresh()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.refresh()
