"""A page of a lecture in the middle of the window, as students get it, while its text is edited."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.gui.panels.header import Header
from app.gui.theme.metrics import SPACE_MEDIUM
from app.session.language import tr

_PAGE: Final = 640
_PHONE: Final = 360
"""Widths in pixels."""


class PagePreview(QWidget):
    """Holds the panel with the page for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lecturePreview")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.header = Header(tr("Preview"))
        self.header.set_note(tr("as students get it"))
        switch = QWidget()
        row = QHBoxLayout(switch)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QButtonGroup(self)
        self.page = self._segment(group, row, tr("Page"), "first")
        self.phone = self._segment(group, row, tr("Phone"), "last")
        self.page.setChecked(True)
        self.header.add_widget(switch)
        self.card = QFrame()
        self.card.setProperty("card", True)
        inside = QVBoxLayout(self.card)
        inside.setContentsMargins(1, 1, 1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        around = QHBoxLayout()
        column.addLayout(around, 1)
        around.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        around.addStretch(1)
        around.addWidget(self.card, 1000)
        around.addStretch(1)
        self.phone.toggled.connect(self._fit)
        self._fit()
        self.hide()

    def _segment(self, group: QButtonGroup, row: QHBoxLayout, text: str, place: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("segment", place)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        group.addButton(button)
        row.addWidget(button)
        return button

    def _fit(self) -> None:
        self.card.setMaximumWidth(_PHONE if self.phone.isChecked() else _PAGE)

    def hold(self, page: QWidget) -> None:
        """Show a panel; its owner takes it back by giving it another parent."""
        layout = self.card.layout()
        assert layout is not None
        layout.addWidget(page)
        page.show()
