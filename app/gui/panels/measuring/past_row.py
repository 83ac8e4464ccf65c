"""An earlier measurement in one line: what was measured, and what it showed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from app.gui.controls.written import write
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_SMALL
from app.session.language import tr

ROW = 28
_GLYPH = 14


class PastRow(QAbstractButton):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = self._answer = ""
        self.setAccessibleName(tr("An earlier measurement"))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_words(self, title: str, answer: str, *, shown: bool) -> None:
        self._title, self._answer = title, answer
        self.setChecked(shown)
        self.setAccessibleName(f"{title}: {answer}")
        self.setToolTip(f"{title}\n{answer}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, row = self._theme.colors, QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.fillRect(row, colors.selected if self.isChecked() else colors.hover)
        if self.hasFocus():
            painter.setPen(self._theme.tone("gradient").graphic)
            painter.drawRect(row.adjusted(0.5, 0.5, -0.5, -0.5))
        mark = QRectF(2, row.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
        sign: Glyph = "chevron_down" if self.isChecked() else "chevron_right"
        paint_glyph(painter, sign, mark, colors.text_secondary)
        words = row.adjusted(mark.right() + 6, 0, -4, 0)
        font, half = ui_font(FONT_SECONDARY), words.width() * 0.46
        title = QRectF(words.left(), words.top(), half, words.height())
        write(painter, title, self._title, font, colors.text_secondary)
        answer = words.adjusted(half + SPACE_SMALL, 0, 0, 0)
        right = Qt.AlignmentFlag.AlignRight
        write(painter, answer, self._answer, font, colors.text, right)
