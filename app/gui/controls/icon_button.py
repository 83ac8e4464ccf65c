"""A button whose icon and text are in its middle together; Qt's has them at its left end."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPaintEvent
from PySide6.QtWidgets import QStyleOptionToolButton, QStylePainter, QToolButton

_GAP = 4
"""Pixels that Qt leaves between icon and text."""


class IconButton(QToolButton):
    def __init__(self, action: QAction | None = None) -> None:
        super().__init__()
        if action is not None:
            self.setDefaultAction(action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def sizeHint(self) -> QSize:
        """Return Qt's hint without the two spaces that it leaves to the right of the text."""
        spaces = 2 * self.fontMetrics().horizontalAdvance(" ") if self.has_both else 0
        return super().sizeHint() - QSize(spaces, 0)

    @property
    def has_both(self) -> bool:
        """Whether it shows an icon and a text."""
        beside = self.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        return beside and not self.icon().isNull() and bool(self.text())

    @property
    def content(self) -> QRect:
        """The area of icon and text; all of it where there is not both."""
        if not self.has_both:
            return self.rect()
        icon, text = self.iconSize().width(), self.fontMetrics().horizontalAdvance(self.text())
        area = QRect(0, 0, icon + _GAP + text, self.height())
        area.moveCenter(self.rect().center())
        return area & self.rect()

    def paintEvent(self, event: QPaintEvent) -> None:
        from PySide6.QtWidgets import QStyle  # makes 600 names: not at the start

        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        text, icon = option.text, QIcon(option.icon)
        option.text, option.icon = "", QIcon()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        option.text, option.icon = text, icon
        option.rect = self.content
        painter.drawControl(QStyle.ControlElement.CE_ToolButtonLabel, option)
