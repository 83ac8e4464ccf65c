"""What is drawn above the scene, on a picture of its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.drawing.routes import drawn_route
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.marks import MarkedItems, paint_marks
from app.gui.graph.scenes.scene import PlacedEdge, PlacedNode, Scene
from app.gui.theme import Theme
from app.session.graph.payloads import CutItem, EdgeItem


def test_the_line_of_a_selected_tunnel_goes_behind_the_nodes(qtbot: QtBot) -> None:
    rects = [QRectF(20, top, 60, 30) for top in (0, 80, 170)]
    nodes = [PlacedNode(str(n), CutItem(n, ""), rect) for n, rect in enumerate(rects)]
    tunnel = drawn_route(((50, 30), (50, 40), (50, 160), (50, 170)), is_tunnel=True)
    edge = PlacedEdge(("0", "2", 0), EdgeItem(7, "data", "", ""), tunnel)
    image = QImage(100, 200, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    scene = Scene(nodes, [edge], [])
    marks = MarkedItems(tensors=frozenset({7}))
    paint_marks(Canvas(painter, Theme("light")), scene, QRectF(0, 0, 100, 200), marks)
    painter.end()

    def is_drawn(top: int, bottom: int) -> bool:
        """Between these two, along the line."""
        column = (QPoint(x, y) for y in range(top, bottom) for x in range(48, 53))
        return any(image.pixel(at) != 0xFFFFFFFF for at in column)

    assert is_drawn(45, 78)
    assert not is_drawn(82, 108)
    assert is_drawn(112, 158)


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.5])
def test_the_word_at_an_input_is_as_large_at_every_zoom(qtbot: QtBot, zoom: float) -> None:
    first, second = QRectF(20, 60, 160, 40), QRectF(20, 140, 160, 40)
    nodes = [PlacedNode(str(n), CutItem(n, ""), rect) for n, rect in enumerate((first, second))]
    edge = PlacedEdge(
        ("0", "1", 0),
        EdgeItem(7, "data", "", ""),
        drawn_route(((100, 100), (100, 140)), is_tunnel=False),
    )
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    canvas = Canvas(painter, Theme("light"), zoom)
    marks = MarkedItems(nodes=frozenset({"1"}))
    paint_marks(canvas, Scene(nodes, [edge], []), QRectF(0, 0, 200, 200), marks)
    painter.end()
    column = round((first.left() + 20) * zoom)
    top = round(first.top() * zoom)
    highest = next(y for y in range(top) if image.pixel(column, y) != 0xFFFFFFFF)
    assert 10 <= top - highest <= 14
