"""Draws what ranks did when: a block for each pass, step and wait, ticks where there is no room."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.gui.panels.timeline.painting import BLOCK, LANE, TimeScale
from app.gui.panels.timeline.rank_lanes import RankLanes
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SMALL, RADIUS_TICK
from app.gui.theme.status import STATUS_STYLES, pen
from app.session.ranks.clock import Span, SpanKind

_LOOKS: dict[SpanKind, tuple[Glyph, ToneKey, tuple[float, ...]]] = {
    "forward": ("recorded", "recorded", ()),
    "backward": ("gradient", "gradient", ()),
    "optimizer": ("no_grad", "no_grad", STATUS_STYLES["no_grad"].dash),
    "wait": ("waiting", "neutral", (2, 4)),
    "error": ("warning", "cut", (4, 2.5)),
}
_SIGN, _GAP = 10, 5
_LEAST_WAIT = 0.5
_LEAST = 2.0
"""Pixels: what is narrower is a tick, and there is at most one tick in so many pixels."""


def paint_spans(
    painter: QPainter, theme: Theme, scale: TimeScale, lanes: RankLanes, *, happened: bool
) -> None:
    """Paint all spans, as past if `happened`, otherwise as future."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for row, lane in enumerate(lanes.lanes):
        top = scale.row_top(row) + (LANE - BLOCK) / 2
        for span, left, right in with_room(lane.spans, scale, lanes.clock.seconds):
            area = QRectF(left, round(top) + 0.5, right - left, BLOCK - 1)
            _paint(painter, theme, span, area, happened)


def with_room(
    spans: Sequence[Span], scale: TimeScale, seconds: float
) -> Iterator[tuple[Span, float, float]]:
    """Yield the spans to paint with their edges: of narrow ones, one in so many pixels."""
    place, free = 0, -_LEAST
    while place < len(spans):
        span = spans[place]
        left, right = (scale.at(time / seconds) for time in (span.begin, span.end))
        place += 1
        if right - left >= _LEAST or span.kind == "error":
            yield span, left, max(right, left + _LEAST)
        elif left >= free and (span.kind != "wait" or right - left >= _LEAST_WAIT):
            free = left + _LEAST
            yield span, left, free
            time = scale.part(free) * seconds
            place = bisect_left(spans, time, place, key=lambda one: one.end)


def _paint(painter: QPainter, theme: Theme, span: Span, area: QRectF, happened: bool) -> None:
    glyph, key, dash = _LOOKS[span.kind]
    colors, tone = theme.colors, theme.tone(key)
    line, ink = (tone.graphic, tone.text) if happened else (colors.line, colors.text_tertiary)
    if area.width() <= _LEAST:
        painter.fillRect(area, line)
        return
    painter.setBrush(tone.fill if happened and span.kind != "wait" else colors.panel)
    if happened or span.kind == "wait":
        painter.setPen(pen(line, 1.2, dash, dotted=span.kind == "wait"))
    else:
        painter.setPen(pen(line, 1, (3, 2.5)))
    painter.drawRoundedRect(area.adjusted(0.5, 0, -0.5, 0), RADIUS_TICK, RADIUS_TICK)
    _write(painter, span.text, glyph, area, ink)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _write(painter: QPainter, text: str, glyph: Glyph, area: QRectF, ink: QColor) -> None:
    """Paint glyph and word in the middle of the block, or the glyph alone, as there is room."""
    font = ui_font(FONT_SMALL)
    width = QFontMetricsF(font).horizontalAdvance(text) + 1
    both = _SIGN + _GAP + width
    if area.width() < _SIGN + 2:
        return
    has_room = both + 6 <= area.width()
    left = area.center().x() - (both if has_room else _SIGN) / 2
    sign = QRectF(left, area.center().y() - _SIGN / 2, _SIGN, _SIGN)
    paint_glyph(painter, glyph, sign, ink)
    if has_room:
        painter.setFont(font)
        painter.setPen(ink)
        rest = QRectF(sign.right() + _GAP, area.top(), width, area.height())
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, text)
