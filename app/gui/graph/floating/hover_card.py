"""The card beside the thing under the mouse: its full description and the reason."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.gui.graph.describe import HoverText
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.text import MONO, PLAIN, SMALL, SMALL_MONO, TITLE
from app.gui.theme import Theme
from app.gui.theme import metrics as m
from app.session.look import wrapping

_MOST_WIDTH: Final = 340
_LEAST_WIDTH: Final = 160
_PADDING: Final = 12
_ROW: Final = 18
_GLYPH: Final = 14
_GAP: Final = 10
_LABEL_SHARE: Final = 0.4
_BESIDE: Final = 14
"""Pixels between the card and its target."""


class HoverCard(QWidget):
    """Ignores the mouse, and never covers its target."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("hoverCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._card = HoverText("")
        self._why: list[str] = []
        self.hide()

    @property
    def card(self) -> HoverText | None:
        """The card that is shown, or None."""
        return self._card if self.isVisible() else None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_beside(self, card: HoverText, target: QRect, within: QRect) -> None:
        """Show `card` beside a rectangle of the parent, inside of another one."""
        self._card = card
        width = min(_MOST_WIDTH, within.width(), max(_LEAST_WIDTH, self._wanted_width()))
        self._why = wrapped(card.why, width - 2 * _PADDING)
        rows = 1 + bool(card.words) + len(card.facts)
        gaps = 6 * (bool(card.facts) + bool(self._why))
        height = 2 * _PADDING - 4 + rows * _ROW + len(self._why) * 16 + gaps
        self.setGeometry(QRect(_place(QSize(width, height), target, within), QSize(width, height)))
        self.raise_()
        self.show()
        self.update()

    def _wanted_width(self) -> int:
        card = self._card
        title = TITLE.width(card.title) + _GAP + MONO.width(card.place)
        facts = [SMALL.width(label) + _GAP + SMALL_MONO.width(value) for label, value in card.facts]
        why = min(PLAIN.width(card.why), 280)
        words = _GLYPH + 8 + PLAIN.width(card.words)
        return round(max([title, words, why, *facts])) + 2 * _PADDING

    # --------------------------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas, colors = Canvas(painter, self._theme), self._theme.colors
        border = QPen(colors.line, 1)
        canvas.rounded(QRectF(self.rect()), m.RADIUS, colors.panel, border)
        y = _PADDING + 11.0
        y = self._paint_head(canvas, y)
        if self._card.facts:
            y = self._paint_facts(canvas, y)
        if self._why:
            y += 4
            for line in self._why:
                canvas.text(_PADDING, y, line, PLAIN, colors.text_secondary)
                y += 16
        painter.end()

    def _paint_head(self, canvas: Canvas, y: float) -> float:
        card, colors, room = self._card, self._theme.colors, self.width() - 2 * _PADDING
        title = TITLE.elided(card.title, room)
        canvas.text(_PADDING, y, title, TITLE, colors.text)
        left = room - TITLE.width(title) - _GAP
        if card.place and left > 24:
            place = MONO.elided(card.place, left)
            canvas.text(self.width() - _PADDING, y, place, MONO, colors.text_secondary, right=True)
        y += _ROW
        if card.words:
            start, color = float(_PADDING), colors.text_secondary
            if card.status is not None:
                tone, style = self._theme.tone(card.status), self._theme.style(card.status)
                canvas.glyph(style.glyph, start, y - 11, _GLYPH, tone.graphic)
                start, color = start + _GLYPH + 6, tone.text
            canvas.text(start, y, PLAIN.elided(card.words, room - start), PLAIN, color)
            y += _ROW
        return y

    def _paint_facts(self, canvas: Canvas, y: float) -> float:
        colors, room = self._theme.colors, self.width() - 2 * _PADDING
        canvas.painter.fillRect(QRectF(_PADDING, y - 11, room, 1), colors.divider)
        y += 6
        for label, value in self._card.facts:
            label = SMALL.elided(label, room * _LABEL_SHARE)
            canvas.text(_PADDING, y, label, SMALL, colors.text_tertiary)
            rest = room - (SMALL.width(label) + _GAP if label else 0)
            value = SMALL_MONO.elided(value, rest)
            right = self.width() - _PADDING
            canvas.text(right, y, value, SMALL_MONO, colors.text, right=True)
            y += _ROW
        return y


def wrapped(text: str, width: float) -> list[str]:
    """Break a text into at most five lines of at most `width`."""
    lines = wrapping.wrapped(text, width, PLAIN.width)
    if len(lines) > 5:
        lines = [*lines[:4], PLAIN.elided(f"{lines[4]} …", width)]
    return [PLAIN.elided(line, width) for line in lines]


def _place(size: QSize, target: QRect, within: QRect) -> QPoint:
    """Return a place right of the target, or else left, below, or above, where there is room."""
    top = min(max(target.top(), within.top()), within.bottom() - size.height())
    right = target.right() + _BESIDE
    if right + size.width() <= within.right():
        return QPoint(right, top)
    left = target.left() - _BESIDE - size.width()
    if left >= within.left():
        return QPoint(left, top)
    across = min(max(target.left(), within.left()), within.right() - size.width())
    below = target.bottom() + _BESIDE
    if below + size.height() <= within.bottom():
        return QPoint(across, below)
    return QPoint(across, max(within.top(), target.top() - _BESIDE - size.height()))
