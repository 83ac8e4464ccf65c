"""Round corners for popups, which are windows of their own: lists of choices, completions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QPainterPath, QRegion
from PySide6.QtWidgets import QWidget

from app.gui.theme.metrics import RADIUS


def round_corners(popup: QWidget) -> None:
    """Give a popup round corners, once."""
    if popup.findChild(_Corners, options=Qt.FindChildOption.FindDirectChildrenOnly) is None:
        _Corners(popup)


class _Corners(QObject):
    """Cuts the corners of a window where its border is round, also without a compositor."""

    def __init__(self, popup: QWidget) -> None:
        super().__init__(popup)
        popup.installEventFilter(self)
        self._cut(popup)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._cut(watched)
        return False

    @staticmethod
    def _cut(popup: QWidget) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(popup.rect()), RADIUS, RADIUS)
        popup.setMask(QRegion(path.toFillPolygon().toPolygon()))
