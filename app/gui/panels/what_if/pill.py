"""A change of a what-if as a pill, which takes the change back."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.contract.records import Change
from app.gui.controls.tooltips import tooltip_of
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY
from app.session.language import tr
from app.session.what_if.changes import Sign

_HEIGHT: Final = 24
_GLYPH: Final = 13
_LEFT, _GAP, _RIGHT = 8, 6, 7
_CLOSE: Final = 12


class Listed(NamedTuple):
    """A change as the bar lists it; `problem` says why it applies to nothing, or is empty."""

    change: Change
    sign: Sign
    problem: str = ""


class Pill(QAbstractButton):
    def __init__(self, theme: Theme, listed: Listed) -> None:
        super().__init__()
        self.listed = listed
        self._theme = theme
        text = listed.sign.text
        self.setText(text)
        self.setFont(ui_font(FONT_SECONDARY))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("{change}: take it back").format(change=text))
        self.setAccessibleDescription(listed.problem)
        hint = tr("Take this change back")
        self.setToolTip(tooltip_of("\n".join(filter(None, (listed.problem, hint)))))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        around = _LEFT + _GLYPH + _GAP + _GAP + _CLOSE + _RIGHT
        return QSize(round(width) + around + 2, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = self.underMouse() or self.hasFocus()
        painter.setPen(
            QPen(self._theme.tone("gradient").graphic if self.hasFocus() else colors.ink, 1.5)
        )
        painter.setBrush(colors.hover if over else colors.panel)
        area = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        middle = area.center().y()
        glyph = "warning" if self.listed.problem else self.listed.sign.icon
        place = QRectF(_LEFT, middle - _GLYPH / 2, _GLYPH, _GLYPH)
        ink = self._theme.tone("cut").graphic if self.listed.problem else colors.text
        paint_glyph(painter, glyph, place, ink)
        painter.setPen(colors.text)
        painter.setFont(self.font())
        text = area.adjusted(_LEFT + _GLYPH + _GAP - 1, 0, 0, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.text())
        close = QRectF(area.right() - _RIGHT - _CLOSE, middle - _CLOSE / 2, _CLOSE, _CLOSE)
        paint_glyph(painter, "close", close, colors.text_secondary)
