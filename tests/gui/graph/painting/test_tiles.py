from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from app.gui.graph.camera import Camera
from app.gui.graph.painting.tiles import MOST_BYTES, TILE, TileCache

pytestmark = pytest.mark.usefixtures("qapp")
SIZE = QSize(700, 500)
FOREVER = 60.0


class Drawing:
    """A scene of one large ellipse, which counts how often it was painted."""

    def __init__(self, color: str = "red") -> None:
        self.color = QColor(color)
        self.painted = 0

    def __call__(self, painter: QPainter, area: QRectF, zoom: float) -> None:
        self.painted += 1
        painter.fillRect(area, QColor("white"))
        painter.setBrush(self.color)
        painter.setPen(self.color)
        painter.drawEllipse(QRectF(50, 40, 500, 300))


def shown(tiles: TileCache, camera: Camera, ratio: float = 1.0) -> QImage:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("blue"))
    painter = QPainter(image)
    tiles.paint(painter, camera, SIZE, ratio)
    painter.end()
    return image


def directly(drawing: Drawing, camera: Camera, ratio: float = 1.0) -> QImage:
    image = QImage(SIZE * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.scale(camera.zoom, camera.zoom)
    painter.translate(-camera.x, -camera.y)
    drawing(painter, QRectF(-1e4, -1e4, 2e4, 2e4), camera.zoom)
    painter.end()
    return image


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("camera", [Camera(), Camera(1.0, -33, 17), Camera(0.5, -100, -200)])
def test_tiles_show_what_painting_at_once_shows(camera: Camera, ratio: float) -> None:
    drawing = Drawing()
    tiles = TileCache(drawing)
    camera = camera.aligned(ratio)
    assert tiles.fill(camera, SIZE, ratio, FOREVER)
    assert shown(tiles, camera, ratio) == directly(drawing, camera, ratio)


def test_panning_paints_only_what_came_into_sight() -> None:
    drawing = Drawing()
    tiles = TileCache(drawing)
    tiles.fill(Camera(), SIZE, 1.0, FOREVER)
    first = drawing.painted
    assert first == 6
    tiles.fill(Camera(1.0, 10, 5), SIZE, 1.0, FOREVER)
    assert drawing.painted == first
    tiles.fill(Camera(1.0, TILE, 0), SIZE, 1.0, FOREVER)
    assert drawing.painted == first + 2


def test_without_time_one_tile_is_painted_each_turn() -> None:
    drawing = Drawing()
    tiles = TileCache(drawing)
    turns = 1
    while not tiles.fill(Camera(), SIZE, 1.0, 0.0):
        turns += 1
        assert turns < 20
    assert drawing.painted == 6


def test_until_the_new_picture_is_complete_the_old_one_stays() -> None:
    drawing = Drawing("red")
    tiles = TileCache(drawing)
    tiles.fill(Camera(), SIZE, 1.0, FOREVER)
    before = shown(tiles, Camera())
    drawing.color = QColor("green")
    tiles.replace(Camera(), SIZE, 1.0)
    moved = Camera(1.0, 40, 40)
    assert not tiles.fill(moved, SIZE, 1.0, 0.0)
    assert shown(tiles, moved) == before
    assert tiles.is_frozen
    tiles.fill(moved, SIZE, 1.0, FOREVER)
    assert shown(tiles, moved) == directly(drawing, moved)
    assert not tiles.is_frozen


def test_while_zooming_the_last_picture_is_stretched() -> None:
    tiles = TileCache(Drawing())
    tiles.fill(Camera(), SIZE, 1.0, FOREVER)
    tiles.remember(Camera(), SIZE, 1.0)
    stretched = shown(tiles, Camera(2.0))
    assert stretched.pixelColor(600, 380) == QColor("red")
    assert stretched.pixelColor(4, 4) == QColor("white")


def test_memory_stays_bounded() -> None:
    drawing = Drawing()
    tiles = TileCache(drawing)
    for step in range(40):
        tiles.fill(Camera(1.0, step * 3000, 0), SIZE, 4.0, FOREVER)
    assert tiles.bytes_held <= MOST_BYTES
    assert shown(tiles, Camera(1.0, 39 * 3000, 0), 4.0).pixelColor(10, 10) != QColor("blue")


def test_an_empty_widget_needs_nothing() -> None:
    drawing = Drawing()
    assert TileCache(drawing).fill(Camera(), QSize(0, 0), 1.0, 0.0)
    assert drawing.painted == 0
