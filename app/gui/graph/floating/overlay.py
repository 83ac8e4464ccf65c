"""Cards that float on the graph: rounded, opaque; mouse presses do not reach the graph."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.gui.theme import Theme
from app.gui.theme import metrics as m
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph
from app.session.language import tr

_ICON: Final = 14
_BESIDE: Final = 4
"""What Qt leaves between an icon and the text beside it."""
_WIDTHS: Final = {"zoomOut": 32, "zoomPercent": 46, "zoomIn": 32, "zoomFit": 56, "zoomMap": 46}


class CardFrame(QWidget):
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


class ZoomCard(CardFrame):
    """Buttons: zoom out, the zoom in percent (a click sets 100 %), zoom in, fit, the map."""

    zoomed = Signal(float)
    """Zoom by this factor."""
    reset = Signal()
    fitted = Signal()
    mapToggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setObjectName("zoomCard")
        self._icons: list[tuple[QToolButton, Glyph]] = []
        self._out = self._button("zoomOut", tr("Zoom out (−)"), "minus")
        self._percent = self._button("zoomPercent", tr("Zoom to 100 % (1)"), None)
        self._in = self._button("zoomIn", tr("Zoom in (+)"), "plus")
        self._fit = self._button("zoomFit", tr("Show the whole graph (F)"), "fit")
        self._map = self._button(
            "zoomMap", tr("Show a map where part of the graph is out of sight"), None
        )
        self._fit.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fit.setText(f" {tr('Fit')}")
        self._map.setText(tr("Map"))
        self._map.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        for button in (self._out, self._percent, self._in, self._fit, self._map):
            wide = button.fontMetrics().horizontalAdvance(button.text()) + 14
            wide += _ICON + _BESIDE if button is self._fit else 0
            button.setFixedWidth(max(_WIDTHS[button.objectName()], wide))
            row.addWidget(button)
        self._out.clicked.connect(lambda: self.zoomed.emit(1 / 1.25))
        self._in.clicked.connect(lambda: self.zoomed.emit(1.25))
        self._percent.clicked.connect(self.reset)
        self._fit.clicked.connect(self.fitted)
        self._map.clicked.connect(self.mapToggled)
        self.set_theme(theme)
        self.set_percent(100)
        self.setFixedSize(self.sizeHint().width(), m.BUTTON_HEIGHT)

    def set_map(self, shown: bool) -> None:
        """Say whether there is a map."""
        self._map.setChecked(shown)

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
            f"QToolButton:checked {{ color: {colors.text.name()};"
            f" background: {colors.selected.name()}; }}"
            "QToolButton#zoomFit, QToolButton#zoomMap {"
            f" border-left: 1px solid {colors.divider.name()};"
            " border-top-left-radius: 0; border-bottom-left-radius: 0; }"
            "QToolButton#zoomFit { padding-left: 6px; }"  # an icon with text is not centred
        )
        for button, glyph in self._icons:
            button.setIcon(theme.icon(glyph, size=_ICON))
