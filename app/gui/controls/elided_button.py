"""A button that uses its margins, then elides its text, where it has too little room."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton

from app.gui.controls.icon_button import IconButton

_LEAST = 54


class ElidedButton(IconButton):
    """Looks like Qt's own where it has room.  Its tooltip should have the whole text."""

    def __init__(self, action: QAction | None = None) -> None:
        super().__init__(action)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QToolButton.sizeHint(self)

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        return QSize(min(_LEAST, least.width()), least.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.width() < self.sizeHint().width():
            super().paintEvent(event)
        else:
            QToolButton.paintEvent(self, event)
