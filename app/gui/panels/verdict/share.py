"""A bar that shows the share of parameters that train."""

from __future__ import annotations

from itertools import accumulate

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.contract.records import Training, TrainState
from app.gui.theme import Theme
from app.session.look.marks import TRAINS

_SIZE = QSize(120, 10)
_LEAST = 5
"""The smallest width of a part in pixels, however few parameters it has."""


class ShareBar(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[tuple[TrainState, int]] = []
        self.setFixedSize(_SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_training(self, training: Training) -> None:
        self._parts = [(group.state, len(group.names)) for group in training.groups]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._parts:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = self._widths()
        for (state, _), end, width in zip(self._parts, accumulate(widths), widths, strict=True):
            rect = QRectF(end - width, 0, width, self.height()).adjusted(1, 1, -1, -1)
            tone = self._theme.tone(TRAINS[state][1])
            if state == "trained":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tone.graphic)
            else:
                dotted = state == "frozen"
                style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine
                painter.setPen(QPen(tone.graphic, 1, style))
                painter.setBrush(tone.fill)
            painter.drawRoundedRect(rect, 2, 2)

    def _widths(self) -> list[float]:
        room = self.width() - _LEAST * len(self._parts)
        total = sum(count for _, count in self._parts)
        return [_LEAST + room * count / total for _, count in self._parts]
