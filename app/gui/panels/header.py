"""The header of a panel: its title, a note and buttons."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.controls.elided_button import ElidedButton
from app.gui.controls.elided_label import ElidedLabel
from app.gui.theme.metrics import DOCK_HEADER_HEIGHT, SPACE, SPACE_SMALL


class Header(QWidget):
    """36 px high.  Mouse presses reach the dock, so that it can be dragged by the header."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFixedHeight(DOCK_HEADER_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("panelHeader", True)
        self._title = QLabel(title)
        self._title.setProperty("heading", True)
        self._note = ElidedLabel()
        self._note.setProperty("subtitle", True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, 0, SPACE, 0)
        self._row.setSpacing(SPACE_SMALL)
        self._row.addWidget(self._title)
        self._row.addWidget(self._note, 1)

    def sizeHint(self) -> QSize:
        """Return the fixed height: a dock asks its title bar for the size hint only."""
        return QSize(super().sizeHint().width(), DOCK_HEADER_HEIGHT)

    def set_title(self, title: str) -> None:
        self._title.setText(title)

    @property
    def title(self) -> str:
        return self._title.text()

    def set_note(self, text: str, short: str = "") -> None:
        """Set the note; `short` is shown where there is no room for the text."""
        self._note.short = short
        self._note.setText(text)
        self._note.setToolTip(text)

    @property
    def note(self) -> str:
        return self._note.text()

    @property
    def shown_note(self) -> str:
        """The note as far as there is room for it."""
        return self._note.shown

    def add_action(self, action: QAction) -> QToolButton:
        """Put an action's button at the right end, and return it."""
        button = ElidedButton(action)
        button.setProperty("flat", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_widget(button)
        return button

    def insert_widget(self, widget: QWidget) -> None:
        """Put a widget before all others at the right end."""
        self._row.insertWidget(self._row.indexOf(self._note) + 1, widget)

    def add_widget(self, widget: QWidget) -> None:
        """Put a widget at the right end."""
        self._row.addWidget(widget)
