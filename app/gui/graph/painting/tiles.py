"""Squares of the picture that are painted once per zoom and then only copied.

Painting a screen of nodes takes 10 to 40 ms, copying its tiles less than one.  So panning copies,
and what is missing is painted a few milliseconds at a time; until it is there, the last complete
picture is shown in its place, stretched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import floor, hypot
from time import perf_counter
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from app.gui.graph.camera import Camera

TILE: Final = 256
"""Side in logical pixels: a multiple of the distance of the canvas' dots."""
MOST_BYTES: Final = 96 * 1024 * 1024
_BYTES_PER_PIXEL: Final = 4

Key = tuple[float, float, int, int]
"""Zoom, device pixels per pixel, column, row."""
Render = Callable[[QPainter, QRectF, float], None]
"""Paints an area of the scene with a painter that is already scaled by the zoom."""


class TileCache:
    def __init__(self, render: Render) -> None:
        self._render = render
        self._tiles: dict[Key, QPixmap] = {}
        self._last: tuple[Camera, QPixmap] | None = None
        self._frozen = False

    def replace(self, camera: Camera, size: QSize, ratio: float) -> None:
        """The scene has changed: paint again, and show the old picture until that is done."""
        self.remember(camera, size, ratio)
        self._tiles.clear()
        self._frozen = self._last is not None

    def touch(self, camera: Camera, size: QSize, ratio: float, areas: Iterable[QRectF]) -> None:
        """Something in these areas of the scene has changed: paint again what touches them."""
        self.remember(camera, size, ratio)
        stale: set[tuple[int, int]] = set()
        for area in areas:
            stale.update(_places(area, camera.zoom))
        here = {key: tile for key, tile in self._tiles.items() if key[:2] == (camera.zoom, ratio)}
        self._tiles = {key: tile for key, tile in here.items() if key[2:] not in stale}
        self._frozen = self._last is not None and self._frozen

    def fill(self, camera: Camera, size: QSize, ratio: float, seconds: float) -> bool:
        """Paint missing tiles, the middle first, until time is up; whether none is missing.

        At least one is painted, so that repeated calls come to an end.
        """
        until = perf_counter() + seconds
        missing = [key for key in _keys(camera, size, ratio) if key not in self._tiles]
        middle = camera.to_scene(QPointF(size.width() / 2, size.height() / 2)) * camera.zoom / TILE
        missing.sort(key=lambda key: hypot(key[2] + 0.5 - middle.x(), key[3] + 0.5 - middle.y()))
        for done, key in enumerate(missing):
            if done and perf_counter() > until:
                return False
            self._tiles[key] = self._painted(key)
        if missing:
            self._forget_old(len(missing))
        self._frozen = False
        return True

    def paint(self, painter: QPainter, camera: Camera, size: QSize, ratio: float) -> None:
        """Copy the tiles into a widget of `size`; missing ones show what was there before."""
        keys = list(_keys(camera, size, ratio))
        if self._last is not None and not all(key in self._tiles for key in keys):
            before, picture = self._last
            area = before.area(picture.deviceIndependentSize())
            shown = before if self._frozen else camera
            painter.drawPixmap(shown.rect_to_widget(area), picture, QRectF(picture.rect()))
        if not self._frozen:
            self._copy(painter, camera, keys)

    @property
    def is_frozen(self) -> bool:
        """Whether `paint` shows the scene before."""
        return self._frozen

    def remember(self, camera: Camera, size: QSize, ratio: float) -> None:
        """Keep the picture as it is now, to be shown while another one is being painted."""
        keys = list(_keys(camera, size, ratio))
        if not keys or not all(key in self._tiles for key in keys):
            return
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        painter = QPainter(picture)
        self._copy(painter, camera, keys)
        painter.end()
        self._last = (camera, picture)

    def _copy(self, painter: QPainter, camera: Camera, keys: list[Key]) -> None:
        for key in keys:
            tile = self._tiles.get(key)
            if tile is not None:
                x, y = key[2] * TILE, key[3] * TILE
                at = QPointF(x - camera.x * camera.zoom, y - camera.y * camera.zoom)
                painter.drawPixmap(at, tile)

    def _painted(self, key: Key) -> QPixmap:
        zoom, ratio, column, row = key
        side = round(TILE * ratio)
        tile = QPixmap(side, side)
        tile.setDevicePixelRatio(ratio)
        area = QRectF(column * TILE / zoom, row * TILE / zoom, TILE / zoom, TILE / zoom)
        painter = QPainter(tile)
        painter.scale(zoom, zoom)
        painter.translate(-area.topLeft())
        self._render(painter, area, zoom)
        painter.end()
        return tile

    @property
    def bytes_held(self) -> int:
        return sum(_bytes(tile) for tile in self._tiles.values())

    def _forget_old(self, at_least: int) -> None:
        """Drop the tiles painted longest ago once all together take too much memory."""
        held = self.bytes_held
        for key in list(self._tiles)[:-at_least]:
            if held <= MOST_BYTES:
                return
            held -= _bytes(self._tiles.pop(key))


def _bytes(tile: QPixmap) -> int:
    return tile.width() * tile.height() * _BYTES_PER_PIXEL


def _places(area: QRectF, zoom: float) -> Iterator[tuple[int, int]]:
    """Column and row of the tiles that an area of the scene lies on."""
    for row in range(floor(area.top() * zoom / TILE), floor(area.bottom() * zoom / TILE) + 1):
        left, right = floor(area.left() * zoom / TILE), floor(area.right() * zoom / TILE)
        for column in range(left, right + 1):
            yield column, row


def _keys(camera: Camera, size: QSize, ratio: float) -> Iterator[Key]:
    """The tiles that a widget of `size` shows."""
    if size.isEmpty():
        return
    left, top = camera.x * camera.zoom, camera.y * camera.zoom
    for row in range(floor(top / TILE), floor((top + size.height() - 1) / TILE) + 1):
        for column in range(floor(left / TILE), floor((left + size.width() - 1) / TILE) + 1):
            yield camera.zoom, ratio, column, row
