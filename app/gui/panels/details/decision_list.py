"""How torch decided whether to record an operation: its questions, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import ui_font
from app.gui.theme.metrics import FONT_BASE, FONT_SECONDARY, FONT_SMALL

if TYPE_CHECKING:
    from app.session.decision import DecisionStep

_ROW = 42
_CIRCLE = 18
_LEFT, _RIGHT = 14, 12
_TEXT_LEFT = _LEFT + _CIRCLE + 10


class DecisionList(QWidget):
    """Rows of 42 px: numbered circles joined by a line, dotted after the deciding question."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._steps: list[DecisionStep] = []
        self._tone: ToneKey = "neutral"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_steps(self, steps: Sequence[DecisionStep], tone: ToneKey) -> None:
        """Show the steps; `tone` colours the one that decided."""
        self._steps, self._tone = list(steps), tone
        self.setAccessibleName(
            "\n".join(f"{step.question} {step.answer}. {step.detail}" for step in steps)
        )
        self.updateGeometry()
        self.update()

    @property
    def steps(self) -> list[DecisionStep]:
        return self._steps

    def sizeHint(self) -> QSize:
        return QSize(300, _ROW * len(self._steps))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, _ROW * len(self._steps))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, following in enumerate(self._steps[1:]):
            self._paint_connector(painter, index, following)
        for index, step in enumerate(self._steps):
            self._paint_circle(painter, index, step)
            self._paint_texts(painter, index * _ROW, step)

    def _paint_connector(self, painter: QPainter, index: int, following: DecisionStep) -> None:
        line = QPen(self._theme.colors.line, 1.5)
        if following.state == "not asked" and self._steps[index].state == "not asked":
            line.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(line)
        x = _LEFT + _CIRCLE / 2
        painter.drawLine(QLineF(x, index * _ROW + _CIRCLE + 2, x, (index + 1) * _ROW))

    def _paint_circle(self, painter: QPainter, index: int, step: DecisionStep) -> None:
        tone, colors = self._theme.tone(self._tone), self._theme.colors
        decided = step.state == "decided"
        circle = QRectF(_LEFT + 0.75, index * _ROW + 1.75, _CIRCLE - 1.5, _CIRCLE - 1.5)
        painter.setPen(QPen(tone.graphic if decided else colors.line, 1.5))
        painter.setBrush(tone.fill if decided else colors.panel)
        painter.drawEllipse(circle)
        painter.setPen(tone.text if decided else colors.text_secondary)
        painter.setFont(ui_font(FONT_SMALL, bold=True))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, str(index + 1))

    def _paint_texts(self, painter: QPainter, top: float, step: DecisionStep) -> None:
        colors = self._theme.colors
        decided, skipped = step.state == "decided", step.state == "not asked"
        font = ui_font(FONT_BASE, bold=not skipped)
        width = QFontMetricsF(font).horizontalAdvance(step.answer)
        right = self.width() - _RIGHT
        painter.setFont(font)
        tone = self._theme.tone(self._tone)
        painter.setPen(tone.text if decided else colors.text_secondary if skipped else colors.text)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(right - width - 1, top, width + 1, 20), flags, step.answer)
        painter.setPen(colors.text_secondary if skipped else colors.text)
        painter.setFont(ui_font(FONT_BASE, bold=decided))
        self._line(
            painter, QRectF(_TEXT_LEFT, top, right - width - 8 - _TEXT_LEFT, 20), step.question
        )
        painter.setPen(colors.text_secondary)
        painter.setFont(ui_font(FONT_SECONDARY))
        self._line(painter, QRectF(_TEXT_LEFT, top + 19, right - _TEXT_LEFT, 16), step.detail)

    def _line(self, painter: QPainter, area: QRectF, text: str) -> None:
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
