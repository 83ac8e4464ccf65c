"""The banner over the graph: why it shows less than the whole run, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from app.gui.controls.shortened import shortened
from app.gui.panels.chip import GlyphLabel
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import paragraph, tr


class Banner(QWidget):
    activated = Signal()
    """It was clicked: the receiver goes to the place that it mentions."""

    def __init__(self, theme: Theme, run_settings: QAction) -> None:
        """`run_settings` is offered by messages that say to change them."""
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("banner", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._glyph = GlyphLabel(theme, "warning", "cut")
        self._title = QLabel(wordWrap=True)
        self._title.setProperty("bannerTitle", True)
        self._detail = QLabel(wordWrap=True)
        self._detail.setProperty("secondary", True)
        for label in (self._title, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._settings = QToolButton()
        self._settings.setDefaultAction(run_settings)
        self._settings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._close = QToolButton()
        self._close.setProperty("flat", True)
        self._close.setToolTip(tr("Hide this message"))
        self._close.setAccessibleName(tr("Hide this message"))
        self._close.clicked.connect(self.hide)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE, SPACE_SMALL, SPACE_SMALL, SPACE_SMALL)
        grid.setHorizontalSpacing(SPACE_SMALL)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for column, part in enumerate((self._glyph, self._title, self._close)):
            grid.addWidget(part, 0, column)
        grid.addWidget(self._detail, 1, 1)
        grid.addWidget(self._settings, 2, 1, Qt.AlignmentFlag.AlignLeft)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._glyph.set_theme(theme)
        self._close.setIcon(theme.icon("close", size=14))

    def show_message(self, title: str, detail: str = "", *, settings: bool = False) -> None:
        title, detail = shortened(title), shortened(detail.replace("`", ""))
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._settings.setVisible(settings)
        self.setAccessibleName(paragraph((title, detail)))
        self.show()

    def set_for_room(self, on: bool) -> None:
        """Have large type, in front of a room."""
        self.setProperty("room", on)
        for part in (self._title, self._detail):
            part.style().unpolish(part)
            part.style().polish(part)

    @property
    def text(self) -> str:
        """Its text; empty while it is hidden."""
        return "" if self.isHidden() else self.accessibleName()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.activated.emit()
