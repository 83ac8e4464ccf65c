"""Dialogs on small screens, and in a large interface: no larger than the screen, and on it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QLayout, QScrollArea, QWidget

_LEAST_HEIGHT = 96


class Scrolled(QScrollArea):
    """Shows all of a layout where there is room, and scrolls it up and down elsewhere."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it takes the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = QWidget()
        layout.setContentsMargins(0, 0, 0, 0)
        self._content.setLayout(layout)
        self.setWidget(self._content)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        least = self._content.minimumSizeHint()
        width = least.width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, min(least.height(), _LEAST_HEIGHT))


def fit_into_screen(dialog: QDialog, size: QSize | None = None) -> None:
    """Give a dialog this size, or what its content wants, if the screen has as much room."""
    room = dialog.screen().availableGeometry().size()
    dialog.resize((size or dialog.sizeHint()).boundedTo(room))


def keep_on_screen(dialog: QDialog) -> None:
    """Move a dialog that has grown back onto its screen."""
    room, frame = dialog.screen().availableGeometry(), dialog.frameGeometry()
    left = max(room.left(), min(frame.left(), room.right() + 1 - frame.width()))
    top = max(room.top(), min(frame.top(), room.bottom() + 1 - frame.height()))
    dialog.move(left, top)
