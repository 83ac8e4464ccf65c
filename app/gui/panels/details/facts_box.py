"""A rounded box of facts: label on the left, value on the right, a picture below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.details.values_picture import height_of, paint_picture
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, RADIUS
from app.session.details.facts import DetailFact
from app.session.language import tr, translatable

_ROW, _TALL_ROW = 26, 42
_INSET = 10
_GAP = 12
_GLYPH = 13


def _height(fact: DetailFact) -> int:
    below = height_of(fact.picture) if fact.picture is not None else 0
    return (_TALL_ROW if fact.detail else _ROW) + below


_EMPTY = translatable("Nothing to show")
"""The accessible name of a box without rows."""


class FactsBox(QWidget):
    """Rows with a target are links; the arrow keys go from row to row."""

    linkChosen = Signal(object)
    """A `Link`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._facts: list[DetailFact] = []
        self._current = 0
        self._hovered: int | None = None
        self.setMouseTracking(True)
        self.setAccessibleName(tr(_EMPTY))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_facts(self, facts: Sequence[DetailFact]) -> None:
        self._facts = list(facts)
        self._current, self._hovered = 0, None
        said = "\n".join(f"{fact.label}: {fact.value}" for fact in facts)
        self.setAccessibleName(said or tr(_EMPTY))
        self.updateGeometry()
        self.update()

    @property
    def facts(self) -> list[DetailFact]:
        return self._facts

    def rect_of(self, number: int) -> QRectF:
        """Return the rectangle of a row in the box."""
        top = 1.0 + sum(_height(fact) for fact in self._facts[:number])
        return QRectF(1, top, self.width() - 2, _height(self._facts[number]))

    def sizeHint(self) -> QSize:
        return QSize(240, sum(_height(fact) for fact in self._facts) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    # ---------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        painter.setPen(colors.divider)
        painter.setBrush(colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        for number, fact in enumerate(self._facts):
            rect = self.rect_of(number)
            if number == self._hovered and fact.link is not None:
                painter.fillRect(rect.adjusted(0, 1, 0, 0), colors.hover)
            if number:
                painter.setPen(colors.divider)
                painter.drawLine(QLineF(1, rect.top() + 0.5, self.width() - 1, rect.top() + 0.5))
            self._paint_fact(painter, rect.top(), fact)
            if number == self._current and self.hasFocus():
                painter.setPen(QPen(self._theme.tone("gradient").graphic, 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(1.5, 1.5, -1.5, -1.5), RADIUS, RADIUS)

    def _paint_fact(self, painter: QPainter, top: float, fact: DetailFact) -> None:
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
        label_color = colors.text if fact.link else colors.text_secondary
        area = QRectF(_INSET, top, label_width + 1, _ROW)
        self._text(painter, label_font, area, fact.label, label_color)
        if fact.detail:
            area = QRectF(_INSET, top + 21, room, 16)
            self._text(painter, mono_font(FONT_SMALL), area, fact.detail, colors.text_secondary)
        if fact.picture is not None:
            below = top + _height(fact) - height_of(fact.picture)
            area = QRectF(_INSET, below, room, height_of(fact.picture))
            paint_picture(painter, self._theme, area, fact.picture)

    def _text(self, painter: QPainter, font: QFont, area: QRectF, text: str, color: QColor) -> None:
        painter.setFont(font)
        painter.setPen(color)
        elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, elided)

    # -------------------------------------------------------------------------------------- mouse

    def _number_at(self, y: float) -> int | None:
        rects = (self.rect_of(number) for number in range(len(self._facts)))
        return next((n for n, rect in enumerate(rects) if rect.top() <= y < rect.bottom()), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self._follow(number)

    def _follow(self, number: int) -> None:
        if (link := self._facts[number].link) is not None:
            self.linkChosen.emit(link)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        leads = number is not None and self._facts[number].link is not None
        shape = Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        if number != self._hovered:
            self._hovered = number
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        number = self._current
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            found = self._number_at(event.pos().y())
            number = number if found is None else found
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fact = self._facts[number]
        if fact.link is not None:
            menu.addAction(
                tr("&Go to {label}").format(label=fact.label), lambda: self._follow(number)
            )
        menu.addAction(tr("&Copy {label}").format(label=fact.label), lambda: self._copy([fact]))
        menu.addAction(tr("Copy &all of this box"), lambda: self._copy(self._facts))
        menu.popup(event.globalPos())

    def _copy(self, facts: Sequence[DetailFact]) -> None:
        """Copy the value of one fact, or several facts with their labels."""
        values = [fact.copied or fact.value for fact in facts]
        text = values[0]
        if len(facts) > 1:
            labels = (fact.label for fact in facts)
            text = "\n".join(f"{label}: {v}" for label, v in zip(labels, values, strict=True))
        QGuiApplication.clipboard().setText(text)

    # --------------------------------------------------------------------------------------- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._facts) - 1
        moves = {
            Qt.Key.Key_Up: max(0, self._current - 1),
            Qt.Key.Key_Down: min(last, self._current + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy([self._facts[self._current]])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._follow(self._current)
        elif Qt.Key(key) in moves:
            self._current = moves[Qt.Key(key)]
            self.update()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._number_at(event.pos().y())
            fact = None if number is None else self._facts[number]
            text = (fact.tooltip or f"{fact.label}: {fact.value}") if fact else ""
            QToolTip.showText(event.globalPos(), tooltip_of(text), self)
            return True
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)
