"""The position and the buttons of the timeline, in the header of its dock."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.theme.metrics import SPACE_SMALL


class Transport(QWidget):
    def __init__(self, actions: list[QAction]) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._text = QLabel()
        self._text.setProperty("secondary", True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._text)
        row.addSpacing(SPACE_SMALL)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setProperty("flat", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(action.toolTip())
            row.addWidget(button)

    def set_text(self, text: str) -> None:
        self._text.setText(text)

    @property
    def text(self) -> str:
        return self._text.text()
