"""A numbered hint beside something in the graph."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QWidget

from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr

WIDTH: Final = 172
TIP: Final = 10
_RADIUS: Final = 8


class Callout(QWidget):
    """Its tip points left (-1), right (1) or nowhere (0), at a height of its own."""

    closed = Signal()
    allClosed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, number: int, title: str, text: str) -> None:
        super().__init__(parent)
        self.setObjectName(f"callout{number}")
        self.setAccessibleName(f"{title}. {text}")
        self._theme = theme
        self._tip, self._tip_y = 0, 0.0
        self.number = number
        self._title, self._text = QLabel(title), QLabel(text, wordWrap=True)
        self._close = QToolButton()
        self._close.setToolTip(tr("Close this hint"))
        self._close.setAccessibleName(tr("Close this hint"))
        self._close.clicked.connect(self.closed)
        self._all = QPushButton(tr("Close all three"))
        self._all.clicked.connect(self.allClosed)
        for part in (self._close, self._all):
            part.setProperty("onInk", True)
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title.setProperty("onInk", True)
        self._title.setProperty("heading", True)
        self._text.setProperty("onInk", True)
        grid = QGridLayout(self)
        grid.setContentsMargins(12 + TIP, 8, 8 + TIP, 10)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, 24)
        grid.addWidget(self._title, 0, 1)
        grid.addWidget(self._close, 0, 2)
        grid.addWidget(self._text, 1, 0, 1, 3)
        if number == 3:
            grid.addWidget(self._all, 2, 0, 1, 3, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(1, 1)
        self.setFixedWidth(WIDTH + 2 * TIP)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._close.setIcon(theme.icon("close", theme.colors.panel, 14))
        self._close.setIconSize(QSize(14, 14))
        self.update()

    def point(self, tip: int, y: float = 0.0) -> None:
        self._tip, self._tip_y = tip, y
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colors.ink)
        area = QRectF(self.rect()).adjusted(TIP, 0, -TIP, 0)
        painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        if self._tip:
            edge = area.right() - 1 if self._tip > 0 else area.left() + 1
            y = self._tip_y
            tip = [QPointF(edge, y - TIP), QPointF(edge + self._tip * TIP, y),
                   QPointF(edge, y + TIP)]  # fmt: skip
            painter.drawPolygon(QPolygonF(tip))
        circle = QRectF(area.left() + 12, self._title.geometry().center().y() - 9.5, 19, 19)
        painter.setPen(self._theme.colors.panel)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        painter.setFont(ui_font(FONT_SECONDARY))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(self.number))
