"""What is drawn above the scene, on a picture of its own."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from app.drawing.ways import way
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.marks import MarkedItems, paint_marks
from app.gui.graph.scenes.scene import PlacedEdge, PlacedNode, Scene
from app.gui.theme import Theme
from app.session.graph.payloads import CutItem, EdgeItem


def test_the_line_of_a_selected_tunnel_goes_behind_the_nodes(qtbot: QtBot) -> None:
    rects = [QRectF(20, top, 60, 30) for top in (0, 80, 170)]
    nodes = [PlacedNode(str(n), CutItem(n, ""), rect) for n, rect in enumerate(rects)]
    tunnel = way(((50, 30), (50, 40), (50, 160), (50, 170)), is_tunnel=True)
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
