"""A switch for the toolbar: a track with a knob, and its word beside it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.gui.commands import plain
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import BUTTON_HEIGHT, FONT_BASE

_TRACK_WIDTH, _TRACK_HEIGHT, _KNOB = 26, 14, 10
_GAP, _INSET = 6, 6


class ToggleSwitch(QAbstractButton):
    """Shows a checkable action and toggles it."""

    def __init__(self, theme: Theme, action: QAction) -> None:
        super().__init__()
        self._theme = theme
        self._action = action
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: action.trigger())
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        self.setText(plain(action.text()))
        self.setAccessibleName(self.text())
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
        self.setChecked(action.isChecked())
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def nextCheckState(self) -> None:
        """Do nothing: the state follows the action."""

    def sizeHint(self) -> QSize:
        text = QFontMetrics(ui_font(FONT_BASE)).horizontalAdvance(self.text())
        return QSize(2 * _INSET + _TRACK_WIDTH + _GAP + text + 2, BUTTON_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, is_on = self._theme.colors, self.isChecked()
        track = QRectF(_INSET, (self.height() - _TRACK_HEIGHT) / 2, _TRACK_WIDTH, _TRACK_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.tone("gradient").graphic if is_on else colors.text_tertiary)
        painter.drawRoundedRect(track, _TRACK_HEIGHT / 2, _TRACK_HEIGHT / 2)
        gap = (_TRACK_HEIGHT - _KNOB) / 2
        left = track.right() - gap - _KNOB if is_on else track.left() + gap
        painter.setBrush(colors.on_accent if is_on else colors.panel)
        painter.drawEllipse(QRectF(left, track.top() + gap, _KNOB, _KNOB))
        painter.setFont(ui_font(FONT_BASE))
        painter.setPen(colors.text)
        words = QRectF(self.rect()).adjusted(_INSET + _TRACK_WIDTH + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.tone("gradient").graphic, 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
