"""Names in as many columns as fit; the container scrolls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.gui.theme.fonts import mono_font
from app.gui.theme.metrics import FONT_SECONDARY, SPACE_SMALL

_GAP = 24


class NameColumns(QWidget):
    resized = Signal()

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = list(names)
        self._font = mono_font(FONT_SECONDARY)
        metrics = QFontMetrics(self._font)
        self._line = metrics.lineSpacing()
        self._widest = max(map(metrics.horizontalAdvance, self.names), default=0) + _GAP
        self._columns: list[QLabel] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, SPACE_SMALL)
        self._row.setSpacing(_GAP)
        self._row.addStretch(1)
        self._fill(1)

    @property
    def columns(self) -> int:
        return len(self._columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.contentsRect().width() + _GAP
        wanted = max(1, min(room // self._widest, len(self.names)))
        if wanted != self.columns:
            self._fill(wanted)
            self.resized.emit()

    def _fill(self, count: int) -> None:
        for label in self._columns:
            self._row.removeWidget(label)
            label.deleteLater()
        each = -(-len(self.names) // count)
        parts = [self.names[at : at + each] for at in range(0, len(self.names), each)]
        self._columns = [self._label(part) for part in parts]
        for place, label in enumerate(self._columns):
            self._row.insertWidget(place, label, 0, Qt.AlignmentFlag.AlignTop)
        self.setFixedHeight(self._line * each + SPACE_SMALL)

    def _label(self, names: Sequence[str]) -> QLabel:
        label = QLabel("\n".join(names))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("code", True)
        label.setFont(self._font)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
