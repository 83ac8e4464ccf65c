"""The spotlight and the pen, while presenting."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.gui.editor.code_editor import CodeEditor
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.table import GradientTable
from app.gui.presentation.magnifier import Magnifier
from app.gui.presentation.veil import AROUND, Hole, Stroke, Veil
from app.gui.theme import Theme

_MOUSE: Final = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
_LEAST: Final = 8
"""Pixels; less is a click."""


class Lit(NamedTuple):
    """A node or frame by key, a line of the text by number, a row of the table by tensor, or a
    free rectangle of the graph's scene."""

    kind: Literal["part", "line", "row", "free"]
    key: str = ""
    number: int = 0
    rect: QRectF = QRectF()


class Spotlight(QObject):
    """Follows the mouse over the panes and lights what it points at; with the pen it draws.

    What is lit stays lit while the run is stepped through and the picture moves.
    """

    def __init__(
        self, theme: Theme, area: QWidget, graph: GraphView, editor: CodeEditor,
        table: GradientTable, magnifiers: list[Magnifier],
    ) -> None:  # fmt: skip
        super().__init__(area)
        self.veil = Veil(theme, area)
        self._area, self._graph, self._editor = area, graph, editor
        self._table, self._magnifiers = table, magnifiers
        self._model = table.rows
        self.lit: Lit | None = None
        """What is lit, unless it is a part beside the graph."""
        self.pen: bool | None = None
        """Whether it draws in the accent rather than in ink; None does not draw."""
        self._dragged_from: QPointF | None = None
        self._stays = False
        """Whether what is lit was drawn, so that it does not follow the mouse."""
        self._tracked = [editor.viewport(), *(one.viewport() for one in magnifiers)]
        for widget in self._tracked:
            widget.setMouseTracking(True)
        graph.moved.connect(self.veil.update)
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def close(self) -> None:
        application = QApplication.instance()
        assert application is not None
        application.removeEventFilter(self)
        self._graph.moved.disconnect(self.veil.update)
        self.set_pen(None)
        self.veil.deleteLater()

    @property
    def is_on(self) -> bool:
        return self.veil.has_spotlight

    def toggle(self) -> None:
        """Light what the mouse points at, or take the veil off."""
        if self.is_on:
            self.light(None)
        else:
            self.light(QRectF)
            self._point_at(QPointF(QCursor.pos()))

    def light(self, hole: Hole | None, lit: Lit | None = None) -> None:
        self.lit, self._stays = lit, False
        self.veil.set_spotlight(hole)

    def light_part(self, key: str) -> None:
        """Light a node or a frame of the graph."""
        self.light(lambda: self._around(self._graph_rect(key)), Lit("part", key))

    def light_line(self, line: int) -> None:
        """Light a line of the text, counted from 1."""
        self.light(
            lambda: self._around(self._line_rect(line), within=self._editor),
            Lit("line", number=line),
        )

    def set_pen(self, accent: bool | None) -> None:
        """Draw in ink or in the accent, or stop drawing."""
        self.pen = accent
        if accent is None:
            self._area.unsetCursor()
        else:
            self._area.setCursor(Qt.CursorShape.CrossCursor)

    # -------------------------------------------------------------------------------- the mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _MOUSE or not isinstance(event, QMouseEvent):
            return False
        if not isinstance(watched, QWidget) or not self._is_on_panes(watched):
            return False
        if self.pen is not None:
            return self._draw(event)
        if not self.is_on:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or self._dragged_from:
            return self._drag(event)
        if event.type() == QEvent.Type.MouseMove and not (event.buttons() or self._stays):
            self._point_at(event.globalPosition())
        return False

    def _is_on_panes(self, watched: QWidget) -> bool:
        return self._area is watched or self._area.isAncestorOf(watched)

    def _draw(self, event: QMouseEvent) -> bool:
        at = event.globalPosition()
        if event.type() == QEvent.Type.MouseButtonPress:
            self.veil.strokes.append(self._stroke_at(at))
        if self.veil.strokes and event.buttons() & Qt.MouseButton.LeftButton:
            stroke = self.veil.strokes[-1]
            point = self._area.mapFromGlobal(at)
            if stroke.to_widget == self._from_scene:
                point = self._graph.camera.to_scene(self._graph.mapFromGlobal(at))
            stroke.points.append(point)
            self.veil.update()
        return True

    def _stroke_at(self, at: QPointF) -> Stroke:
        """Begin a stroke; what is drawn on the graph moves with it."""
        is_on_graph = self._graph.isVisible() and self._graph.rect().contains(
            self._graph.mapFromGlobal(at).toPoint()
        )
        return Stroke(bool(self.pen), self._from_scene if is_on_graph else QPointF)

    def _from_scene(self, point: QPointF) -> QPointF:
        at = self._graph.camera.to_widget(point)
        return self._area.mapFromGlobal(self._graph.mapToGlobal(at))

    def _drag(self, event: QMouseEvent) -> bool:
        """Draw a free hole."""
        at = self._area.mapFromGlobal(event.globalPosition())
        if event.type() == QEvent.Type.MouseButtonPress:
            self._dragged_from = at
        elif self._dragged_from is not None:
            hole = QRectF(self._dragged_from, at).normalized()
            if min(hole.width(), hole.height()) >= _LEAST:
                self._light_free(hole)
            if event.type() == QEvent.Type.MouseButtonRelease:
                self._dragged_from = None
        return True

    def _light_free(self, hole: QRectF) -> None:
        """Light a rectangle of the panes, which moves with the graph if it lies on that."""
        corner = self._graph.mapFrom(self._area, hole.topLeft())
        on_graph = QRectF(corner, hole.size())
        if self._graph.isVisible() and QRectF(self._graph.rect()).contains(on_graph):
            self.light_free(self._graph.camera.rect_to_scene(on_graph))
        else:
            self.light(lambda: hole)
        self._stays = True

    def light_free(self, rect: QRectF) -> None:
        """Light a rectangle of the graph's scene."""

        def hole() -> QRectF:
            if rect.isEmpty() or not self._graph.isVisible():
                return QRectF()
            corner = self._from_scene(rect.topLeft())
            return self._inside(QRectF(corner, self._from_scene(rect.bottomRight())))

        self.light(hole, Lit("free", rect=rect))

    # --------------------------------------------------------------------------- what is lit

    def _point_at(self, at: QPointF) -> None:
        """Light the node, frame, line or row under a global point; else what was lit stays."""
        graph, viewport = self._graph, self._editor.viewport()
        if graph.isVisible() and graph.rect().contains(graph.mapFromGlobal(at).toPoint()):
            if (key := graph.part_at(graph.mapFromGlobal(at))) is not None:
                self.light_part(key)
        elif viewport.isVisible() and viewport.rect().contains(
            viewport.mapFromGlobal(at).toPoint()
        ):
            cursor = self._editor.cursorForPosition(viewport.mapFromGlobal(at).toPoint())
            self.light_line(cursor.blockNumber() + 1)
        else:
            self._point_at_row(at)

    def _point_at_row(self, at: QPointF) -> None:
        rows = self._table.viewport()
        for one in self._magnifiers:
            if one.is_over(at) and one.holds(rows):
                index = self._table.indexAt(one.to_held(rows, at).toPoint())
                row = self._model.line(index.row()).row if index.isValid() else None
                if row is not None:
                    self.light_row(row.gradient.tensor)

    def light_row(self, tensor: int) -> None:
        """Light the row of a tensor in the table."""
        rows = self._table.viewport()
        magnifier = next(one for one in self._magnifiers if one.holds(rows))

        def hole() -> QRectF:
            place = self._model.place_of(tensor)
            if place is None or not magnifier.isVisible():
                return QRectF()
            row = QRectF(self._table.visualRect(self._model.index(place, 0)))
            row.setLeft(0)
            row.setWidth(rows.width())
            shown = magnifier.to_global(rows, row)
            corner = self._area.mapFromGlobal(shown.topLeft())
            return self._around(QRectF(corner, shown.size()), within=magnifier)

        self.light(hole, Lit("row", number=tensor))

    def _graph_rect(self, key: str) -> QRectF:
        rect = self._graph.part_rect(key)
        if rect.isEmpty() or not self._graph.isVisible():
            return QRectF()
        return QRectF(self._graph.mapTo(self._area, QPointF()) + rect.topLeft(), rect.size())

    def _line_rect(self, line: int) -> QRectF:
        editor = self._editor
        block = editor.document().findBlockByNumber(line - 1)
        if not block.isValid() or not editor.isVisible():
            return QRectF()
        height = editor.blockBoundingGeometry(block).height()
        top = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).top()
        corner = editor.viewport().mapTo(self._area, QPoint())
        left = editor.mapTo(self._area, QPoint()).x()
        size = QSizeF(editor.width(), height)
        return QRectF(QPointF(left, corner.y() + top), size)

    def _around(self, rect: QRectF, within: QWidget | None = None) -> QRectF:
        """Return the hole for a thing: with some room around it, but nothing beside the panes."""
        if rect.isEmpty():
            return rect
        hole = rect.adjusted(-AROUND, -AROUND, AROUND, AROUND) if within is None else rect
        return self._inside(hole)

    def _inside(self, hole: QRectF) -> QRectF:
        """Return what of a hole is on the panes."""
        inset = 2
        return hole.intersected(QRectF(self._area.rect()).adjusted(inset, inset, -inset, -inset))
