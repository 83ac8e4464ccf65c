"""The run's events in their order, in four lanes: forward, region, backward, accumulate."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.gui.panels.timeline_blocks import Block, LaneName
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, RADIUS_TICK
from app.gui.theme.status import STATUS_STYLES, pen

_LANE, _BLOCK = 22, 17
_LABELS, _RIGHT = 112, 28
_LEAST_TEXT, _LEAST_BLOCK = 60, 4

LANES: tuple[tuple[LaneName, Glyph, ToneKey], ...] = (
    ("Forward", "recorded", "recorded"),
    ("Region", "no_grad", "no_grad"),
    ("Backward", "gradient", "gradient"),
    ("Accumulate", "accumulate", "gradient"),
)


class Timeline(QWidget):
    operationChosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self._theme = theme
        self.blocks: list[Block] = []
        self._columns = 0
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_blocks(self, blocks: Sequence[Block], columns: int) -> None:
        self.blocks, self._columns = list(blocks), columns
        count = f"{columns:,} events" if columns != 1 else "1 event"
        self.setAccessibleDescription(f"{count} in the order in which they happened")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(600, _LANE * len(LANES) + 16)

    def _top(self) -> float:
        return max(4.0, (self.height() - _LANE * len(LANES)) // 2)

    def _step(self) -> float:
        return (self.width() - _LABELS - _RIGHT) / max(1, self._columns)

    def rect_of(self, block: Block) -> QRectF:
        step = self._step()
        gap = min(5.0, step / 4) if step >= _LEAST_BLOCK else 0.0
        left = _LABELS + block.first * step + gap
        width = max(2.0, (block.last - block.first + 1) * step - 2 * gap)
        lane = [name for name, _, _ in LANES].index(block.lane)
        top = self._top() + lane * _LANE + (_LANE - _BLOCK) / 2
        rect = QRectF(round(left) + 0.5, round(top) + 0.5, round(width) - 1, _BLOCK - 1)
        inset = min(2 * block.depth, 4)
        return rect.adjusted(0, inset, 0, -inset)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        for number, (name, glyph, tone) in enumerate(LANES):
            top = self._top() + number * _LANE
            painter.setPen(colors.divider)
            painter.drawLine(QLineF(0, top + 0.5, self.width(), top + 0.5))
            place = QRectF(14, top + 4, 14, 14)
            paint_glyph(painter, glyph, place, self._theme.tone(tone).graphic)
            painter.setPen(colors.text_secondary)
            painter.setFont(ui_font(FONT_SECONDARY))
            painter.drawText(
                QRectF(36, top, _LABELS - 36, _LANE), Qt.AlignmentFlag.AlignVCenter, name
            )
        seen: set[tuple[str, int]] = set()
        for block in self.blocks:
            rect = self.rect_of(block)
            key = (block.lane, int(rect.left() / 2))
            if rect.width() <= 2 and key in seen:
                continue  # ticks that would cover each other
            seen.add(key)
            self._paint_block(painter, rect, block)

    def _paint_block(self, painter: QPainter, rect: QRectF, block: Block) -> None:
        tone = self._theme.tone(block.tone)
        if rect.width() <= _LEAST_BLOCK:
            painter.fillRect(rect, tone.graphic)
            return
        if block.status is None:
            painter.setPen(QPen(tone.graphic, 1.2))
        else:
            style = STATUS_STYLES[block.status]
            painter.setPen(pen(tone.graphic, 1.2, style.dash, dotted=style.dotted))
        painter.setBrush(tone.fill)
        painter.drawRoundedRect(rect, RADIUS_TICK, RADIUS_TICK)
        area = rect.adjusted(4, 0, -4, 0)
        if block.free < block.last:
            area.setRight(_LABELS + (block.free + 1) * self._step() - 4)
        font = mono_font(FONT_SMALL)
        metrics = QFontMetricsF(font)
        if area.width() < min(_LEAST_TEXT, metrics.horizontalAdvance(block.text) + 1):
            return
        painter.setFont(font)
        painter.setPen(tone.text)
        text = metrics.elidedText(block.text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _block_at(self, place: QPoint) -> Block | None:
        for block in reversed(self.blocks):
            if self.rect_of(block).adjusted(-1, -2, 1, 2).contains(place):
                return block
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position().toPoint())
        if block is not None and block.operation is not None:
            self.operationChosen.emit(block.operation)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            block = self._block_at(event.pos())
            QToolTip.showText(event.globalPos(), block.text if block else "", self)
            return True
        return super().event(event)
