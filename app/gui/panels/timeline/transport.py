"""The header of the timeline: the key to its colours, the position, the buttons."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_SMALL
from app.session.language import listing, tr

_SWATCH = QSize(14, 10)


class KeptKey(QWidget):
    """What the two colours of the lane "Kept for backward" mean; shown where there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._is_wanted = theme, True
        self.setAccessibleName(listing(_texts()))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_wanted(self, wanted: bool) -> None:
        """Paint the key or leave its room empty: two runs have no such lane."""
        self._is_wanted = wanted
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(ui_font(FONT_SECONDARY))
        texts = sum(metrics.horizontalAdvance(text) + _SWATCH.width() + 18 for text in _texts())
        return QSize(texts, metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_wanted or self.width() < self.sizeHint().width():
            return
        painter, tone = QPainter(self), self._theme.tone("gradient")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(ui_font(FONT_SECONDARY))
        x = 0.0
        for text, filling in zip(_texts(), (tone.graphic, tone.fill), strict=True):
            swatch = QRectF(x, (self.height() - _SWATCH.height()) / 2, *_SWATCH.toTuple())
            painter.setPen(QPen(tone.graphic, 1.5))
            painter.setBrush(filling)
            painter.drawRoundedRect(swatch.adjusted(0.75, 0.75, -0.75, -0.75), 2, 2)
            x += _SWATCH.width() + 6
            painter.setPen(self._theme.colors.text_secondary)
            width = painter.fontMetrics().horizontalAdvance(text)
            area = QRectF(x, 0, width + 1, self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 12


def _texts() -> tuple[str, str]:
    return tr("only for backward"), tr("alive anyway")


class Transport(QWidget):
    def __init__(self, key: KeptKey, actions: list[QAction]) -> None:
        super().__init__()
        self.setObjectName("transport")
        self._text = QLabel()
        self._text.setProperty("secondary", True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(key)
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
        self._text.setToolTip(tooltip_of(text))  # in a narrow window its end is cut off

    @property
    def text(self) -> str:
        return self._text.text()
