"""Draws the lanes: blocks if there is room for them, otherwise ticks."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.drawing.kept import HEIGHT, kept_lane
from app.drawing.shapes import Shapes
from app.gui.controls.shortened import ends_of
from app.gui.graph.painting.text import FACES
from app.gui.panels.timeline.blocks import Block, sign_of
from app.gui.panels.timeline.both import AnyLanes
from app.gui.panels.timeline.lanes import End, Row
from app.gui.theme import Theme
from app.gui.theme.colors import ToneKey
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, RADIUS_TICK
from app.gui.theme.status import STATUS_STYLES, pen
from app.session.language import number, tr
from app.session.numbers import size
from app.session.timeline import LANE_NAMES
from app.session.timeline.kept import KeptLane

LANE, BLOCK = 22, 17
LABELS, SLIM_LEFT, RIGHT = 164, 14, 28
_LEAST_TEXT, _LEAST_BLOCK = 60, 4
_LEAST_SIGN, _SIGN = 9, 10
_ROOMY = 18
"""Columns as wide as this have room for a glyph in each block."""
_STRETCH, _SIGN_GAP = 13, 4
_TICK = 2
_LEAST_BETWEEN = 6.0
"""Pixels between the ticks of iterations."""
_LEAST_NUMBER = 48.0
"""Pixels between the numbers of iterations."""


@dataclass(frozen=True)
class TimeScale:
    """Columns and pixels: `top` is the first row's.  A slim one has a single row for all."""

    width: float
    top: float
    columns: int
    is_slim: bool = False
    rows: int = 4
    has_kept: bool = True
    edges: Sequence[float] = ()
    """Where the edges of the columns are, as parts of the whole; empty for columns of one width."""

    @property
    def left(self) -> int:
        """The left edge of the first column."""
        return SLIM_LEFT if self.is_slim else LABELS

    @property
    def step(self) -> float:
        return max(1.0, self.width - self.left - RIGHT) / max(1, self.columns)

    def x(self, boundary: float) -> float:
        """Return the left edge of a column."""
        if self.edges:
            return self.at(self.edges[int(boundary)])
        return self.left + boundary * self.step

    def at(self, part: float) -> float:
        """Return the place after a part of the whole."""
        return self.left + part * max(1.0, self.width - self.left - RIGHT)

    def part(self, x: float) -> float:
        """Return the part of the whole that is left of a place."""
        return (x - self.left) / max(1.0, self.width - self.left - RIGHT)

    def boundary(self, x: float) -> int:
        """Return the nearest edge between columns."""
        if self.edges:
            after = min(bisect_left(self.edges, self.part(x)), self.columns)
            return min((max(0, after - 1), after), key=lambda edge: abs(self.x(edge) - x))
        return max(0, min(self.columns, round((x - self.left) / self.step)))

    def column(self, x: float) -> int:
        """Return the column at `x`, which may be outside the run."""
        if self.edges:
            return bisect_right(self.edges, self.part(x)) - 1
        return int((x - self.left) // self.step)

    def row_top(self, row: int) -> float:
        return self.top + (0 if self.is_slim else row * LANE)

    def row_at(self, y: float) -> int | None:
        row = int((y - self.top) // LANE)
        return row if 0 <= row < self.rows else None

    @property
    def kept_top(self) -> float:
        """The upper edge of the lane of what is kept for backward, below the others."""
        return self.top + LANE * self.rows

    @property
    def bottom(self) -> float:
        return self.top + LANE if self.is_slim else self.kept_top + HEIGHT * self.has_kept

    def rect(self, block: Block) -> QRectF:
        gap = min(5.0, self.step / 4) if self.step >= _LEAST_BLOCK else 0.0
        left = self.x(block.first) + gap
        width = max(float(_TICK), (block.last - block.first + 1) * self.step - 2 * gap)
        top = self.row_top(block.row) + (LANE - BLOCK) / 2
        rect = QRectF(round(left) + 0.5, round(top) + 0.5, round(width) - 1, BLOCK - 1)
        inset = min(2 * block.depth, 4)
        return rect.adjusted(0, inset, 0, -inset)


def paint_names(
    painter: QPainter,
    theme: Theme,
    scale: TimeScale,
    rows: Sequence[Row],
    kept: KeptLane | None,
) -> None:
    """Paint the names of the rows, the lines between them, and the texts of empty ones."""
    if scale.is_slim:
        return
    colors = theme.colors
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for place, row in enumerate(rows):
        top = scale.row_top(place)
        painter.setPen(colors.line if row.is_parted else colors.divider)
        painter.drawLine(QLineF(0, top + 0.5, scale.width, top + 0.5))
        color = colors.ink if row.tone is None else theme.tone(row.tone).graphic
        if row.badge:
            _paint_badge(painter, theme, row, QRectF(12.75, top + 2.75, 16.5, 16.5))
        else:
            paint_glyph(painter, row.glyph, QRectF(14, top + 4, 14, 14), color)
        painter.setPen(colors.text_secondary)
        painter.setFont(ui_font(FONT_SECONDARY))
        _write(painter, QRectF(36, top, LABELS - 40, LANE), row.title)
        if row.note:
            left = 36 + painter.fontMetrics().horizontalAdvance(row.title) + 8
            painter.setPen(color if row.tone else colors.text_tertiary)
            painter.setFont(ui_font(FONT_SMALL))
            _write(painter, QRectF(left, top, LABELS - 4 - left, LANE), row.note)
        if row.empty:
            painter.setFont(ui_font(FONT_SMALL))
            painter.setPen(colors.text_tertiary)
            _write(painter, QRectF(LABELS + 4, top, scale.width, LANE), row.empty)
    if scale.has_kept:
        _name_kept(painter, theme, scale, kept)


def _paint_badge(painter: QPainter, theme: Theme, row: Row, area: QRectF) -> None:
    """Paint the number of a rank in a circle, which a longer one makes wider."""
    colors, font = theme.colors, ui_font(FONT_SMALL, bold=True)
    wider = QFontMetricsF(font).horizontalAdvance(row.badge) + 6 - area.width()
    area = area.adjusted(-max(0.0, wider) / 2, 0, max(0.0, wider) / 2, 0)
    painter.setPen(QPen(colors.ink, 1.5))
    painter.setBrush(colors.ink if row.is_now else colors.panel)
    _round(painter, area)
    painter.setPen(colors.on_accent if row.is_now else colors.ink)
    painter.setFont(font)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, row.badge)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _name_kept(painter: QPainter, theme: Theme, scale: TimeScale, kept: KeptLane | None) -> None:
    """Paint the name of the lane of what is kept, and the most that it shows."""
    colors, top = theme.colors, scale.kept_top
    painter.setPen(colors.divider)
    painter.drawLine(QLineF(0, top + 0.5, scale.width, top + 0.5))
    paint_glyph(painter, "keep", QRectF(14, top + 4, 14, 14), theme.tone("gradient").graphic)
    painter.setPen(colors.text_secondary)
    painter.setFont(ui_font(FONT_SECONDARY))
    _write(painter, QRectF(36, top, LABELS - 40, LANE), tr("Kept for backward"))
    if kept is not None:
        painter.setFont(ui_font(FONT_SMALL))
        text = tr("{bytes} at most").format(bytes=size(kept.most))
        _write(painter, QRectF(14, top + LANE, LABELS - 18, LANE), text)


def kept_shapes(scale: TimeScale, kept: KeptLane) -> Shapes:
    """Return what is drawn in the lane of what is kept."""
    left, right = scale.x(0), scale.x(scale.columns)
    return kept_lane(kept, FACES, left, right, scale.kept_top)


def paint_ends(painter: QPainter, theme: Theme, scale: TimeScale, ends: Sequence[End]) -> None:
    """Paint where a run is over before the other one, and, with room, a sentence about it."""
    if scale.is_slim:
        return
    for end in ends:
        x, top = scale.x(end.column), scale.row_top(end.row)
        painter.setPen(QPen(theme.colors.text_secondary, 1.5))
        painter.drawLine(QLineF(x, top + 3, x, top + 2 * LANE - 3))
        room = scale.x(scale.columns) - x - 10
        if room >= _LEAST_TEXT:
            painter.setFont(ui_font(FONT_SMALL))
            _write(painter, QRectF(x + 10, top + LANE, room, LANE), end.text)


def _write(painter: QPainter, area: QRectF, text: str) -> None:
    fitting = painter.fontMetrics().elidedText(
        text, Qt.TextElideMode.ElideRight, round(area.width())
    )
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, fitting)


class _Ticks:
    """Ticks of one row by colour: painting many at once takes a tenth of the time."""

    def __init__(self, scale: TimeScale, row: int) -> None:
        self.of_tone: dict[ToneKey, list[QRect]] = {}
        self._step, self._left = scale.step, scale.left
        top = scale.row_top(row) + (LANE - BLOCK) / 2
        self._top, self._height = round(top) + 1, BLOCK - 2

    def add(self, column: int, tone: ToneKey) -> int:
        """Add a tick; return its left edge."""
        left = round(self._left + column * self._step)
        self.of_tone.setdefault(tone, []).append(QRect(left, self._top, _TICK, self._height))
        return left


class LanePainter:
    """Draws lanes in the look of past or of future steps."""

    def __init__(self, painter: QPainter, theme: Theme, scale: TimeScale, lanes: AnyLanes) -> None:
        self._painter, self._theme, self._scale, self._lanes = painter, theme, scale, lanes
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def paint_blocks(self, *, happened: bool) -> None:
        """Paint all blocks, as past if `happened`, otherwise as future."""
        if not self._scale.is_slim:
            self._paint_regions(happened)
        if self._has_stretches:
            for block in self._lanes.stretches:
                self._paint_stretch(block, happened)
        elif self._scale.step >= _LEAST_BLOCK:
            for column in range(self._lanes.columns):
                for block in self.blocks_at(column):
                    self.paint_block(block, happened=happened)
        else:
            for row in range(self._scale.rows):
                self._paint_ticks(row, happened)

    @property
    def _has_stretches(self) -> bool:
        """Whether stretches have the room for a glyph that moments do not have."""
        scale, count = self._scale, len(self._lanes.stretches)
        has_room = scale.step * scale.columns >= _STRETCH * count
        return scale.is_slim and scale.step < _ROOMY and bool(count) and has_room

    def _paint_stretch(self, block: Block, happened: bool) -> None:
        """Paint glyph and word, or the glyph, or neither."""
        scale = self._scale
        left, right = round(scale.x(block.first)) + 1, round(scale.x(block.last + 1)) - 1
        top = round(scale.top + (LANE - BLOCK) / 2)
        if right - left < _LEAST_BLOCK:
            area = QRect(left, top + 1, max(_TICK, right - left), BLOCK - 2)
            self._painter.fillRect(area, self._tick_color(block.tone, happened))
            return
        rect = QRectF(left + 0.5, top + 0.5, right - left - 1, BLOCK - 1)
        ink = self._set_colors(block, happened, running=False)
        self._painter.drawRoundedRect(rect, RADIUS_TICK, RADIUS_TICK)
        self._painter.setFont(ui_font(FONT_SMALL))
        words = self._painter.fontMetrics().horizontalAdvance(block.text)
        if not block.text or rect.width() < words + _SIGN + 3 * _SIGN_GAP:
            self._paint_sign(block, rect, ink)
            return
        begin = rect.center().x() - (words + _SIGN + _SIGN_GAP) / 2
        paint_glyph(
            self._painter,
            sign_of(block),
            QRectF(begin, rect.center().y() - _SIGN / 2, _SIGN, _SIGN),
            ink,
        )
        self._painter.setPen(ink)
        rect.setLeft(begin + _SIGN + _SIGN_GAP)
        self._painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, block.text)

    def blocks_at(self, column: int) -> Sequence[Block]:
        """Return the blocks to paint in a column: one at most where all share a row."""
        blocks = self._lanes.blocks_at(column)
        return blocks[-1:] if self._scale.is_slim else blocks

    def _paint_regions(self, happened: bool) -> None:
        """Paint the regions; those as narrow as ticks are painted as ticks."""
        step, ticks = self._scale.step, _Ticks(self._scale, LANE_NAMES.index("Region"))
        stride = max(1, round(_TICK / step))
        for block in self._lanes.regions(0, self._lanes.columns, stride):
            if (block.last - block.first + 1) * step <= _LEAST_BLOCK:
                ticks.add(block.first, block.tone)
            else:
                self.paint_block(block, happened=happened)
        self._paint_all(ticks, happened)

    def _paint_ticks(self, row: int, happened: bool) -> None:
        """Paint at most one tick for every two pixels."""
        columns, tones = self._lanes.in_row(row), self._lanes.tones_in(row)
        ticks = _Ticks(self._scale, row)
        step, place, count = self._scale.step, 0, len(columns)
        while place < count:
            left = ticks.add(columns[place], tones[place])
            reached = (left + _TICK - 0.5 - self._scale.left) / step
            place = bisect_left(columns, reached, place + 1)
        self._paint_all(ticks, happened)

    def _paint_all(self, ticks: _Ticks, happened: bool) -> None:
        self._painter.setPen(Qt.PenStyle.NoPen)
        for tone, rects in ticks.of_tone.items():
            self._painter.setBrush(self._tick_color(tone, happened))
            self._painter.drawRects(rects)

    def _tick_color(self, tone: ToneKey, happened: bool) -> QColor:
        color = QColor(self._theme.tone(tone).graphic)
        if not happened:
            color.setAlphaF(0.35)
        return color

    def paint_block(self, block: Block, *, happened: bool = True, running: bool = False) -> None:
        rect = self._scale.rect(block)
        if rect.width() <= _LEAST_BLOCK:
            self._painter.fillRect(rect, self._tick_color(block.tone, happened or running))
            return
        ink = self._set_colors(block, happened, running)
        self._painter.drawRoundedRect(rect, RADIUS_TICK, RADIUS_TICK)
        area = rect.adjusted(2, 0, -2, 0)
        if 0 <= block.free < block.last:
            area.setRight(self._scale.x(block.free + 1) - 4)
        font = mono_font(FONT_SMALL, bold=running)
        metrics = QFontMetricsF(font)
        text = ends_of(block.text, area.width())
        if metrics.horizontalAdvance(text) > area.width():
            text = shortened(text)
        if block.is_left_out and area.width() < metrics.horizontalAdvance(text):
            self._paint_sign(block, rect, ink)
            self._write_beside(block, rect)
            return
        roomy = (block.last - block.first + 1) * self._scale.step >= _LEAST_TEXT
        if not roomy and area.width() < metrics.horizontalAdvance(text) + 1:
            self._paint_sign(block, rect, ink)
            return
        self._painter.setFont(font)
        self._painter.setPen(ink)
        side = Qt.TextElideMode.ElideLeft if block.is_path else Qt.TextElideMode.ElideRight
        text = metrics.elidedText(text, side, area.width())
        self._painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _write_beside(self, block: Block, rect: QRectF) -> None:
        """Write the text of a region beside it, up to the next one, if there is room."""
        left = rect.right() + 6
        area = QRectF(left, rect.top(), self._scale.x(block.free + 1) - 4 - left, rect.height())
        if area.width() >= _LEAST_TEXT:
            self._painter.setFont(ui_font(FONT_SMALL))
            self._painter.setPen(self._theme.colors.text_secondary)
            _write(self._painter, area, block.text)

    def _paint_sign(self, block: Block, rect: QRectF, ink: QColor) -> None:
        """Paint the glyph of a block that has no room for its word."""
        if rect.width() < _LEAST_SIGN:
            return
        size = min(_SIGN, rect.width() - 1)
        area = QRectF(0, 0, size, size)
        area.moveCenter(rect.center())
        paint_glyph(self._painter, sign_of(block), area, ink)

    def _set_colors(self, block: Block, happened: bool, running: bool) -> QColor:
        """Set pen and brush of a block; return the colour of its text."""
        painter, colors, tone = self._painter, self._theme.colors, self._theme.tone(block.tone)
        if running:
            painter.setPen(QPen(tone.graphic, 1.2))
            painter.setBrush(tone.graphic)
            return colors.on_accent
        if not happened:
            painter.setPen(pen(colors.line, 1, (3, 2.5)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            return colors.text_tertiary
        if block.is_left_out:
            painter.setPen(pen(colors.line, 1.5, (0.1, 3), dotted=True))
            painter.setBrush(colors.panel)
            return colors.text
        style = STATUS_STYLES[block.status] if block.status is not None else None
        dash, dotted = (style.dash, style.dotted) if style else ((), False)
        painter.setPen(pen(tone.graphic, 1.2, dash, dotted=dotted))
        painter.setBrush(tone.fill)
        return tone.text


def shortened(text: str) -> str:
    """Return the text of a narrow block.

    >>> shortened("AddmmBackward0"), shortened("relu :10")
    ('Addmm', 'relu')
    """
    return re.sub(r"(Backward\d*| :\d+)$", "", text) or text


def paint_iterations(
    painter: QPainter, theme: Theme, scale: TimeScale, lanes: AnyLanes, middle: float
) -> None:
    """Paint where iterations end: a tick at the slider, in a slim timeline a line through it.

    At the ticks are the numbers of the iterations that begin there, as many as have room.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    dashed = pen(theme.colors.text_tertiary, 1, (2, 2))
    painter.setPen(dashed if scale.is_slim else QPen(theme.colors.text_secondary, 1))
    top, bottom = (scale.top, scale.bottom) if scale.is_slim else (middle + 5, middle + 12)
    painter.setFont(ui_font(FONT_SMALL))
    width, count = scale.at(1) - scale.at(0), len(lanes.iterations) + 1
    numbered = every(width / count, _LEAST_NUMBER, 0)
    ticked = every(width / count, _LEAST_BETWEEN, 0 if scale.is_slim else numbered)
    free = 0.0
    for begun, column in enumerate(lanes.iterations, 2):
        x = scale.x(column)
        if begun % ticked or x < free:
            continue
        painter.drawLine(QLineF(round(x), top, round(x), bottom))
        text = number(begun)
        end = x + 8 + painter.fontMetrics().horizontalAdvance(text)
        if not (scale.is_slim or begun % numbered) and end < scale.at(1):
            painter.drawText(QPointF(round(x) + 4, bottom + 1), text)
            free = end


def every(spacing: float, least: float, numbered: int) -> int:
    """Return every how many iterations, 1, 2, 5, 10, …, are `least` pixels apart.

    That is a divisor of `numbered` unless it is 0, so that each number has a tick.
    """
    steps = (step * ten for ten in (1, 10, 100, 1000, 10_000, 100_000) for step in (1, 2, 5))
    fits = (step for step in steps if step * spacing >= least and numbered % step == 0)
    return next(fits, numbered or 1_000_000)


def paint_slider(
    painter: QPainter, theme: Theme, scale: TimeScale, middle: float, here: float
) -> None:
    """Paint the track with its ticks, and the part before the playhead."""
    colors, accent = theme.colors, theme.tone("gradient").graphic
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    start, end = scale.at(0), scale.at(1)
    painter.setBrush(colors.selected)
    painter.drawRoundedRect(QRectF(start, middle - 2, end - start, 4), 2, 2)
    painter.setBrush(accent)
    painter.drawRoundedRect(QRectF(start, middle - 2, here - start, 4), 2, 2)
    if scale.step >= _LEAST_BLOCK * 2 and not scale.is_slim and not scale.edges:
        painter.setPen(QPen(colors.line, 1))
        for boundary in range(1, scale.columns):
            x = round(scale.x(boundary)) + 0.5
            painter.drawLine(QLineF(x, middle + 6, x, middle + 11))


def paint_playhead(
    painter: QPainter, theme: Theme, scale: TimeScale, at: QPointF, written: str, *, focused: bool
) -> None:
    """Paint the handle on the track, `written` in it, and a line through the lanes."""
    colors = theme.colors
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(mono_font(FONT_SMALL, bold=True))
    width = painter.fontMetrics().horizontalAdvance(written) + 10 if written else 12
    handle = QRectF(0, 0, width, 16 if written else 12)
    handle.moveCenter(at)
    painter.setPen(QPen(colors.ink, 1.5))
    ends = (at.y() - 7, scale.top) if scale.is_slim else (handle.bottom() + 1, scale.bottom)
    painter.drawLine(QLineF(at.x(), ends[0], at.x(), ends[1]))
    if focused:
        painter.setPen(QPen(theme.tone("gradient").graphic, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _round(painter, handle.adjusted(-3.5, -3.5, 3.5, 3.5))
    painter.setPen(QPen(colors.ink, 2))
    painter.setBrush(colors.ink if written else colors.panel)
    _round(painter, handle)
    painter.setPen(colors.on_accent)
    painter.drawText(handle, Qt.AlignmentFlag.AlignCenter, written)


def _round(painter: QPainter, area: QRectF) -> None:
    painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)


def moment_at(lanes: AnyLanes, row: int, column: int, reach: int) -> int | None:
    """Return the column of the row's moment nearest to `column`, at most `reach` away.

    Of a region, the innermost around `column`, it is the start.
    """
    for region in reversed(list(lanes.regions(column, column, 1))):
        if region.row == row:
            return region.first
    columns = lanes.in_row(row)
    place = bisect_right(columns, column)
    around = columns[max(0, place - 1) : place + 1]
    found = min(around, key=lambda one: abs(one - column), default=None)
    return found if found is not None and abs(found - column) <= reach else None
