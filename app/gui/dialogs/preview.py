"""A small picture of what will be written, on squares where it is transparent."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.session.language import tr

_WIDTH: Final = 330
_HEIGHT: Final = 420
_SQUARE: Final = 8
_MARGIN: Final = 8
_LIGHT, _DARK = QColor("#FFFFFF"), QColor("#D9DDE2")


class Preview(QWidget):
    resized = Signal()
    """Another picture may fit."""

    def __init__(self) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setMinimumSize(_WIDTH // 3, _HEIGHT // 3)
        self.setAccessibleName(tr("Preview"))

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, _HEIGHT)

    def scale_of(self, size: QSize) -> float:
        """Return device pixels per logical pixel at which a picture fits in here."""
        room = self._room
        fitting = min(room.width() / size.width(), room.height() / size.height(), 1.0)
        return fitting * self.devicePixelRatioF()

    @property
    def image(self) -> QImage | None:
        """What is shown; None before it has been drawn."""
        return self._image

    def show_image(self, image: QImage) -> None:
        """Show an image of as many device pixels as `scale_of` asked for."""
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self._image = image
        self.update()

    @property
    def _room(self) -> QRect:
        return self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is not None:
            place = QRect(QPoint(), self._image.deviceIndependentSize().toSize())
            place.moveCenter(self.rect().center())
            if self._image.hasAlphaChannel():
                _paint_squares(painter, place)
            painter.drawImage(place.topLeft(), self._image)


def _paint_squares(painter: QPainter, place: QRect) -> None:
    """Paint what picture programs show behind what is transparent."""
    painter.save()
    painter.setClipRect(place)
    painter.fillRect(place, _LIGHT)
    for row, top in enumerate(range(place.top(), place.bottom() + 1, _SQUARE)):
        for left in range(place.left() + row % 2 * _SQUARE, place.right() + 1, 2 * _SQUARE):
            painter.fillRect(left, top, _SQUARE, _SQUARE, _DARK)
    painter.restore()
