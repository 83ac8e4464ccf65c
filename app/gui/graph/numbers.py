"""The node of the graph that is open: what the mouse and the keys do in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent

from app.gui.graph import describe
from app.gui.graph.camera import Camera
from app.gui.graph.interaction import Interaction
from app.gui.graph.scenes.scene import PlacedNode, Scene
from app.session.graph.payloads import OperationItem

if TYPE_CHECKING:
    from app.drawing.opened.card import Opened

_Key = Qt.Key
_STEPS: Final = {
    _Key.Key_Up: (-1, 0), _Key.Key_Down: (1, 0), _Key.Key_Left: (0, -1), _Key.Key_Right: (0, 1),
}  # fmt: skip
_AROUND: Final = 10.0
"""Kept free around an opened node."""
_WHOLE_FROM: Final = 0.85
"""A graph is shown as a whole around an opened node if its numbers can be read then."""


class NodeWithNumbers(Interaction):
    """A graph in which one node may show its numbers: `opened`, for which the scene has room."""

    numbersWanted = Signal()
    """Open the node of the step that is shown, or close it."""
    stepWanted = Signal(int)
    """Double click or Enter on an operation that takes part in the running backward pass."""

    @property
    def opened(self) -> Opened | None:
        """The numbers that are shown, or None."""
        return self._filter.opened if self._scene.roomy is not None else None

    def cell_point(self, equation: int, place: int, row: int, column: int) -> QPointF:
        """Return the middle of a cell of a matrix on the widget.

        Raises LookupError where no node is open, or it has no such matrix.
        """
        node, opened = self._scene.roomy, self.opened
        if node is None or opened is None:
            raise LookupError("no node is open")
        x, y = opened.middle_of(equation, place, (row, column))
        return self._target.to_widget(node.rect.topLeft() + QPointF(x, y))

    def _at(self, point: QPointF) -> tuple[PlacedNode, Opened, QPointF] | None:
        """Return the opened node under a point of the scene, and the point in it."""
        node, opened = self._scene.roomy, self.opened
        if node is None or opened is None or self._scene.node_at(point) is not node:
            return None
        return node, opened, point - node.rect.topLeft()

    def _choose_cell(self, node: PlacedNode, opened: Opened) -> None:
        if self.opened is not None and opened.chosen != self.opened.chosen:
            self._filter = replace(self._filter, opened=opened)
            self.repaint_areas([node.rect])
            self._speak()

    def _see_opened(self, before: Scene) -> None:
        """Show all of the opened node: with the whole graph if that leaves it readable.

        Once it is closed, show the graph as before if the user did not move it.
        """
        if (node := self._scene.roomy) is None:
            readable = self._whole.zoom >= self._scene.readable_zoom
            if before.roomy is not None and self.aim != "free" and readable:
                self.go_to(self._whole)
            return
        self._current = node.key
        self._speak()
        if self.aim != "free" and self._whole.zoom >= _WHOLE_FROM * self._largest:
            self.go_to(self._whole)
            return
        area, room = node.rect.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND), self.room()
        fitting = min(room.width() / area.width(), room.height() / area.height())
        camera = self._target
        zoom = min(max(camera.zoom, self._largest), fitting)
        at = camera.to_widget(QPointF(area.center().x(), area.top()))
        self.go_to(_within(camera.zoomed(zoom / camera.zoom, at), area, room))

    # ---------------------------------------------------------------------------- mouse and keys

    def clicked(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if (found := self._at(at)) is None:
            super().clicked(at, modifiers)
            return
        node, opened, (x, y) = found[0], found[1], found[2].toTuple()
        if opened.closes_at(x, y):
            self.numbersWanted.emit()
        elif opened.chosen_at(x, y) is None:
            super().clicked(at, modifiers)
        else:
            self._current = node.key

    def pointed(self, at: QPointF | None) -> None:
        found = None if at is None else self._at(self._camera.to_scene(at))
        super().pointed(None if found is not None else at)
        if found is None:
            return
        node, opened, (x, y) = found[0], found[1], found[2].toTuple()
        if (chosen := opened.chosen_at(x, y)) is not None:
            self._choose_cell(node, opened.choosing(chosen))
        elif opened.closes_at(x, y):
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _tell(self, at: QPointF) -> None:
        if self._at(self._camera.to_scene(at)) is None:
            super()._tell(at)

    def _activate(self, node: PlacedNode) -> None:
        was, item = self._filter.as_it_was, node.item
        operation = item.operation if isinstance(item, OperationItem) else None
        takes_part = was is not None and operation is not None and was.then.node(operation)
        if node.has_room:
            return
        if takes_part and operation is not None and not node.group:
            self.stepWanted.emit(operation)
        else:
            super()._activate(node)

    def _description(self, node: PlacedNode) -> str:
        if node.has_room and self.opened is not None:
            return describe.numbers(self.opened)
        return super()._description(node)

    def event(self, event: QEvent) -> bool:
        is_open = self.opened is not None
        is_escape = isinstance(event, QKeyEvent) and event.key() == _Key.Key_Escape
        if is_open and is_escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it closes the node before it ends anything else
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, node, opened = event.key(), self._scene.roomy, self.opened
        if key == _Key.Key_N or (key == _Key.Key_Escape and opened is not None):
            self.numbersWanted.emit()
        elif key in _STEPS and node is not None and opened and self._current == node.key:
            self._choose_cell(node, opened.moved(*_STEPS[_Key(key)]))
        else:
            super().keyPressEvent(event)


def _within(camera: Camera, area: QRectF, room: QRectF) -> Camera:
    """Return a camera that shows an area of the scene in a room, moved as little as that takes."""
    seen = camera.rect_to_widget(area)
    right = max(0.0, room.left() - seen.left()) or min(0.0, room.right() - seen.right())
    down = max(0.0, room.top() - seen.top()) or min(0.0, room.bottom() - seen.bottom())
    return camera.panned(QPointF(right, down))
