"""A rounded box of facts: what on the left, the value on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, RADIUS

_ROW, _TALL_ROW = 26, 42
_INSET = 10
_GAP = 12
_GLYPH = 13


@dataclass(frozen=True, slots=True)
class Fact:
    """`target` is the id of a tensor that a click on the row selects."""

    label: str
    value: str
    detail: str = ""
    mono: bool = False
    mono_label: bool = False
    glyph: Glyph | None = None
    tone: ToneKey | None = None
    tooltip: str = ""
    target: int | None = None

    @property
    def height(self) -> int:
        return _TALL_ROW if self.detail else _ROW


class FactsBox(QWidget):
    targetChosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._facts: list[Fact] = []
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_facts(self, facts: Sequence[Fact]) -> None:
        self._facts = list(facts)
        self.setAccessibleName("\n".join(f"{fact.label}: {fact.value}" for fact in facts))
        self.updateGeometry()
        self.update()

    @property
    def facts(self) -> list[Fact]:
        return self._facts

    def sizeHint(self) -> QSize:
        return QSize(240, sum(fact.height for fact in self._facts) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        painter.setPen(colors.divider)
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        top = 1.0
        for index, fact in enumerate(self._facts):
            if index:
                painter.setPen(colors.divider)
                painter.drawLine(QLineF(1, top + 0.5, self.width() - 1, top + 0.5))
            self._paint_fact(painter, top, fact)
            top += fact.height

    def _paint_fact(self, painter: QPainter, top: float, fact: Fact) -> None:
        colors = self._theme.colors
        right = self.width() - _INSET
        tone = self._theme.tone(fact.tone) if fact.tone else None
        if fact.mono:
            font = mono_font(FONT_SECONDARY)
        else:
            font = ui_font(FONT_SECONDARY, bold=tone is not None)
        label_font = mono_font(FONT_SECONDARY) if fact.mono_label else ui_font(FONT_SECONDARY)
        room = self.width() - 2 * _INSET
        sign = _GLYPH + 5 if fact.glyph else 0
        value_width = min(QFontMetricsF(font).horizontalAdvance(fact.value) + sign, room * 0.6)
        label_width = QFontMetricsF(label_font).horizontalAdvance(fact.label)
        label_width = min(label_width, room - value_width - _GAP)
        value_room = room - label_width - _GAP - sign
        value = QFontMetricsF(font).elidedText(fact.value, Qt.TextElideMode.ElideMiddle, value_room)
        width = QFontMetricsF(font).horizontalAdvance(value) + 1
        painter.setFont(font)
        painter.setPen(tone.text if tone else colors.text)
        area = QRectF(right - width, top, width, _ROW)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, value)
        if fact.glyph:
            color = tone.graphic if tone else colors.text_secondary
            left = right - width - _GLYPH - 5
            place = QRectF(left, top + (_ROW - _GLYPH) / 2, _GLYPH, _GLYPH)
            paint_glyph(painter, fact.glyph, place, color)
        self._text(painter, label_font, QRectF(_INSET, top, label_width + 1, _ROW), fact.label)
        if fact.detail:
            area = QRectF(_INSET, top + 21, room, 16)
            self._text(painter, mono_font(FONT_SMALL), area, fact.detail)

    def _text(self, painter: QPainter, font: QFont, area: QRectF, text: str) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colors.text_secondary)
        elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, elided)

    def _fact_at(self, y: float) -> Fact | None:
        top = 1.0
        for fact in self._facts:
            if top <= y < top + fact.height:
                return fact
            top += fact.height
        return None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        fact = self._fact_at(event.position().y())
        if fact is not None and fact.target is not None:
            self.targetChosen.emit(fact.target)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        fact = self._fact_at(event.position().y())
        clickable = fact is not None and fact.target is not None
        shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            fact = self._fact_at(event.pos().y())
            text = (fact.tooltip or f"{fact.label}: {fact.value}") if fact else ""
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)
