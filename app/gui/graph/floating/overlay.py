"""Cards that float on the graph: rounded, opaque; mouse presses do not reach the graph."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from app.gui.theme import Theme
from app.gui.theme import metrics as m
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph
from app.session.language import tr

WIDE: Final = 212
"""The width of the cards in the left column if there is room."""
NARROW: Final = 72
"""Their width if there is little room."""
_ICON: Final = 14
_IN_A_ROW: Final = ((0, 0, 1, 32), (0, 1, 1, 46), (0, 2, 1, 32), (0, 4, 1, 60))
_IN_TWO_ROWS: Final = ((0, 0, 1, 34), (1, 0, 2, 40), (0, 1, 2, 34), (1, 2, 1, 30))
"""Row, column, columns and width of the buttons: out, percent, in, fit."""


class Card(QWidget):
    """A panel with a border and round corners."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setCursor(Qt.CursorShape.ArrowCursor)
        # Opaque, corners included: moving the graph below does not repaint the card.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        # Every pixel, those too that the card's edge lies in on a screen of 1.5 pixels per pixel.
        painter.fillRect(self.rect().adjusted(0, 0, 1, 1), self._theme.colors.canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colors.divider, 1))
        painter.setBrush(self._theme.colors.panel)
        border = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(border, m.RADIUS_CARD, m.RADIUS_CARD)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Accept a press, so that it does not reach the graph."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


class ZoomCard(Card):
    """Buttons: zoom out, the zoom in percent (a click sets 100 %), zoom in, fit."""

    zoomed = Signal(float)
    """Zoom by this factor."""
    reset = Signal()
    fitted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("zoomCard")
        self._icons: list[tuple[QToolButton, Glyph]] = []
        self._out = self._button("zoomOut", tr("Zoom out (−)"), "minus")
        self._percent = self._button("zoomPercent", tr("Zoom to 100 % (1)"), None)
        self._in = self._button("zoomIn", tr("Zoom in (+)"), "plus")
        self._fit = self._button("zoomFit", tr("Show the whole graph (F)"), "fit")
        self._fit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 1, 1, 1)
        self._grid.setSpacing(0)
        self._out.clicked.connect(lambda: self.zoomed.emit(1 / 1.25))
        self._in.clicked.connect(lambda: self.zoomed.emit(1.25))
        self._percent.clicked.connect(self.reset)
        self._fit.clicked.connect(self.fitted)
        self.arrange(narrow=False, joined=False)
        self.set_theme(theme)
        self.set_percent(100)

    def _button(self, name: str, tip: str, glyph: Glyph | None) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedHeight(m.BUTTON_HEIGHT - 2)
        button.setIconSize(QSize(_ICON, _ICON))
        button.setFont(ui_font(m.FONT_SECONDARY))
        if glyph is not None:
            self._icons.append((button, glyph))
        return button

    def arrange(self, *, narrow: bool, joined: bool) -> None:
        """As wide as the minimap, where it is its foot (`joined`); narrow: in two rows."""
        places = _IN_TWO_ROWS if narrow else _IN_A_ROW
        buttons = (self._out, self._percent, self._in, self._fit)
        for button, (row, column, columns, width) in zip(buttons, places, strict=True):
            self._grid.addWidget(button, row, column, 1, columns)
            button.setFixedWidth(width)
        self._grid.setColumnStretch(3, 0 if narrow else 1)
        words = f" {tr('Fit')}"
        room = _IN_A_ROW[-1][-1] - _ICON - 12
        fits = self._fit.fontMetrics().horizontalAdvance(words) <= room
        self._fit.setText(words if fits and not narrow else "")
        rows = 2 if narrow else 1
        width = NARROW if narrow else WIDE if joined else self._grid.sizeHint().width()
        self.setFixedSize(width, rows * (m.BUTTON_HEIGHT - 2) + 2)

    def set_percent(self, percent: int) -> None:
        self._percent.setText(f"{percent}%")

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        colors = theme.colors
        self.setStyleSheet(
            f"QToolButton {{ background: transparent; color: {colors.text_secondary.name()};"
            " border: 1px solid transparent; border-radius: 6px; padding: 0;"
            f" min-height: {m.BUTTON_HEIGHT - 4}px; max-height: {m.BUTTON_HEIGHT - 4}px;"
            " font-size: 12px; }"
            f"QToolButton:hover {{ background: {colors.hover.name()}; }}"
            f"QToolButton:focus {{ border-color: {theme.tone('gradient').graphic.name()}; }}"
            f"QToolButton#zoomFit {{ border-left: 1px solid {colors.divider.name()};"
            " border-top-left-radius: 0; border-bottom-left-radius: 0; padding-left: 6px; }"
        )
        for button, glyph in self._icons:
            button.setIcon(theme.icon(glyph, size=_ICON))
