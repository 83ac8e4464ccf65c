"""Which part of the scene the window shows: zoom and position, without any widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

from graphviz_render import Direction

MIN_ZOOM: Final = 0.02
MAX_ZOOM: Final = 4.0
_ABOVE: Final = 100.0
"""What a first look that does not start at the top (or left) shows before the first operation."""
_SHRINKING: Final = 1.04
"""The factor from one size that is tried to the next."""


@dataclass(frozen=True, slots=True)
class Camera:
    """`x`, `y` is the scene point in the widget's top left corner."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_scene(self, point: QPointF) -> QPointF:
        return QPointF(self.x + point.x() / self.zoom, self.y + point.y() / self.zoom)

    def to_widget(self, point: QPointF) -> QPointF:
        return QPointF((point.x() - self.x) * self.zoom, (point.y() - self.y) * self.zoom)

    def rect_to_widget(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_widget(rect.topLeft()), rect.size() * self.zoom)

    def rect_to_scene(self, rect: QRectF) -> QRectF:
        return QRectF(self.to_scene(rect.topLeft()), rect.size() / self.zoom)

    def area(self, size: QSizeF) -> QRectF:
        """Return the part of the scene that a widget of this size shows."""
        return QRectF(self.x, self.y, size.width() / self.zoom, size.height() / self.zoom)

    def panned(self, by: QPointF) -> Camera:
        """Return a camera moved so that the content follows a drag of `by` widget pixels."""
        return replace(self, x=self.x - by.x() / self.zoom, y=self.y - by.y() / self.zoom)

    def zoomed(self, factor: float, at: QPointF) -> Camera:
        """Return a zoomed camera that keeps the scene point under the widget point `at`."""
        zoom = min(MAX_ZOOM, max(MIN_ZOOM, self.zoom * factor))
        fixed = self.to_scene(at)
        return Camera(zoom, fixed.x() - at.x() / zoom, fixed.y() - at.y() / zoom)

    def centred(self, on: QPointF, room: QRectF) -> Camera:
        """Return a camera with a scene point in the middle of the widget rectangle `room`."""
        middle = room.center()
        return replace(self, x=on.x() - middle.x() / self.zoom, y=on.y() - middle.y() / self.zoom)

    def within(self, bounds: QRectF, room: QRectF) -> Camera:
        """Return a camera with no free margin in `room` while `bounds` go on beyond it."""
        seen = self.rect_to_scene(room)
        left = _start(bounds.left(), bounds.right(), seen.left(), seen.width())
        top = _start(bounds.top(), bounds.bottom(), seen.top(), seen.height())
        return replace(self, x=self.x + left - seen.left(), y=self.y + top - seen.top())

    def toward(self, other: Camera, share: float) -> Camera:
        """Return a camera between this one (`share` 0) and another (1)."""
        zoom = self.zoom * (other.zoom / self.zoom) ** share
        if abs(other.zoom - self.zoom) < 1e-6:
            along = share
        else:  # positions move with the inverse of the zoom, so that one point stays fixed
            along = (1 / zoom - 1 / self.zoom) / (1 / other.zoom - 1 / self.zoom)
        return Camera(
            zoom, self.x + (other.x - self.x) * along, self.y + (other.y - self.y) * along
        )

    def aligned(self, ratio: float) -> Camera:
        """Return a camera at whole device pixels, so that things on whole pixels are sharp."""
        scale = self.zoom * ratio
        return replace(self, x=round(self.x * scale) / scale, y=round(self.y * scale) / scale)


def fitting(bounds: QRectF, room: QRectF, most: float = 1.0) -> Camera:
    """Return the camera that shows all of `bounds` in the middle of `room`, at most `most`."""
    zoom = most
    if bounds.width() and bounds.height():
        zoom = min(most, room.width() / bounds.width(), room.height() / bounds.height())
    if zoom > 0.97 * most:  # the margins shrink: what is drawn on whole pixels is sharper
        zoom = most
    zoom = max(MIN_ZOOM, zoom)
    return Camera(zoom).centred(bounds.center(), room)


def fitting_around(
    bounds: QRectF,
    room: QRectF,
    everywhere: QRectF,
    is_clear: Callable[[Camera], bool],
    most: float = 1.0,
) -> Camera:
    """As `fitting` in `room`; larger where the middle of `everywhere` `is_clear` of cards.

    The shape of a graph often leaves the corners free, where the cards are.  It stays in the
    middle: beside a card it would be a little larger, and look misplaced.
    """
    beside, around = fitting(bounds, room, most), fitting(bounds, everywhere, most)
    while around.zoom > beside.zoom * _SHRINKING:
        if is_clear(around):
            return around
        around = Camera(around.zoom / _SHRINKING).centred(bounds.center(), everywhere)
    return beside


def opening(
    whole: Camera,
    bounds: QRectF,
    first: QRectF,
    room: QRectF,
    least: float,
    direction: Direction = "TB",
    most: float = 1.0,
) -> Camera:
    """The first look at a graph: the `whole` of it, or its beginning where that is too small.

    The beginning is where the rectangle `first` is, from the very top (or left) if that shows it;
    it is shown as large as lets the graph fit across its flow, between `least` and `most`.
    """
    if whole.zoom >= least:
        return whole
    across = room.width() / bounds.width()
    if direction == "LR":
        across = room.height() / bounds.height()
    zoom = min(most, max(least, across))
    width, height = room.width() / zoom, room.height() / zoom
    across, down = first.center().x() - width / 2, first.center().y() - height / 2
    if direction == "TB":
        from_the_top = first.bottom() <= bounds.top() + height
        down = bounds.top() if from_the_top else first.top() - _ABOVE
    else:
        from_the_left = first.center().x() <= bounds.left() + width
        across = bounds.left() if from_the_left else first.left() - _ABOVE
    left = _start(bounds.left(), bounds.right(), across, width)
    top = _start(bounds.top(), bounds.bottom(), down, height)
    return Camera(zoom, left - room.left() / zoom, top - room.top() / zoom)


def _start(least: float, most: float, wanted: float, length: float) -> float:
    """Return the start of a range of `length`, inside `least` to `most` or around its middle."""
    if length >= most - least:
        return (least + most - length) / 2
    return min(max(wanted, least), most - length)
