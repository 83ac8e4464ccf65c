"""Draws the cells of the gradient table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from math import ceil

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from app.drawing.tiles import tile
from app.gui.controls.shortened import cut_name, shortened
from app.gui.graph.painting.canvas import Canvas
from app.gui.panels.details.map_numbers import map_numbers
from app.gui.panels.gradients.held import HeldState
from app.gui.panels.gradients.lines import TableLine
from app.gui.panels.gradients.model import LINE_ROLE
from app.gui.panels.gradients.rows import GradientColumn, GradientRow, grad_text
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.heat import heat_color, mix, paint_heat_map, text_on
from app.gui.theme.metrics import (
    FONT_SECONDARY,
    FONT_SMALL,
    TABLE_ROW_HEIGHT,
    TREE_ROW_HEIGHT,
)
from app.gui.theme.status import pen
from app.session.details.pictures import as_rows
from app.session.language import tr
from app.session.look.marks import TRAINS
from app.session.numbers import shape
from app.session.trace.values.coarse import grid

INSET = 12
_GAP = 6
_CELL_HEIGHT, _AROUND_NUMBER = 17, 4
MAP_WIDTH, NARROW_MAP_WIDTH, _MAP_HEIGHT = 88, 70, 34
_PILL_HEIGHT = 18
_COVERED_WIDTH = 44
_STRIP_HEIGHT, _STRIP_ROWS = 12, 6
_GLYPH = 13
INDENT, _CHEVRON = 14, 16
_TILE = 16
_BAR_HEIGHT = 2
_LEAST_BAR = 2.0
_STATE_GLYPH = 12
_BUTTON = 20
_STATE_WIDTH, _STATE_AND_WORDS = 28, 56
"""Room for the state of a row; with words, for those beside them and the sign of a change."""
_NUMBERED = 2
"""The number of columns up to which heat maps have numbers in their cells."""
_GLOW = 0.3
_TEXT = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine


class GradientDelegate(QStyledItemDelegate):
    """Draws every column; `search` marks names that the search found."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.search = ""
        self.hits: frozenset[int] = frozenset()
        """The numbers of the rows whose names contain `search`."""
        self.is_large = self.is_tree = False
        self.hovered_row = -1
        self.glow = 0.0
        """The extra tint, from 1 to 0, of the row that has just been filled."""
        self.turning: frozenset[int] = frozenset()
        """The tensors whose `.grad` is turned over, and the share of its width that is seen."""
        self.turning_width = 1.0
        self.map_width = MAP_WIDTH
        self.held: Callable[[int], HeldState | None] = lambda place: None
        """Returns the state of the line at a place."""
        self.says_states = False
        """Whether states have words beside their glyphs."""
        self.has_numbers = False
        """Whether heat maps have numbers in their cells: all that are narrow enough, or none."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        line: TableLine = index.data(LINE_ROLE)
        return QSize(self.width(line, GradientColumn(index.column())), self.height(line))

    def height(self, line: TableLine) -> int:
        if self.is_large:
            return TREE_ROW_HEIGHT
        if line.row is None or not line.row.has_cells:
            return TABLE_ROW_HEIGHT
        return max(TABLE_ROW_HEIGHT, map_height(line.row) + 12)

    def width(self, line: TableLine, column: GradientColumn) -> int:
        """Return the width that shows all of a cell."""
        if column == GradientColumn.LEAF:
            width = INSET + self._indent(line) + _mono_width(shortened(line.entry.label)) + _GAP
        elif column == GradientColumn.GRAD:
            width = (0 if line.row is None else self._grad_width(line.row)) + _GAP
        elif column == GradientColumn.WHY:
            width = self._mark_width(line) + _ui_width(line.said) + INSET
        elif column == GradientColumn.COUNT:
            width = _ui_width(line.text(column)) + INSET
        elif column == GradientColumn.REQUIRES:
            width = _STATE_WIDTH
            if self.says_states:
                width = _STATE_AND_WORDS + math.ceil(_small_ui_width(tr("trainable")))
        else:
            width = _mono_width(line.text(column)) + _GAP
        return math.ceil(width)

    def name_in(self, line: TableLine, width: float) -> str:
        """Return what a cell of this width shows of a name."""
        advance = QFontMetricsF(mono_font(FONT_SECONDARY)).horizontalAdvance
        return cut_name(line.entry.label, advance, width - INSET - _GAP - self._indent(line))

    def _indent(self, line: TableLine) -> int:
        """Return the width left of a name: a tree has room for chevrons."""
        return line.depth * INDENT + (_CHEVRON if self.is_tree else 0)

    def _mark_width(self, line: TableLine) -> int:
        if line.glyph is None:
            return 0
        return (_GLYPH if line.state is None else _TILE) + 5

    def fit_numbers(self, rows: Sequence[GradientRow]) -> None:
        """Find out whether the numbers of all heat maps that are narrow enough fit their cells."""
        maps = [row for row in rows if row.has_cells]
        self.has_numbers = all(self._numbers(row) for row in maps if self._is_numbered(row))

    def _is_numbered(self, row: GradientRow) -> bool:
        assert row.summary is not None
        values = as_rows(row.summary.values)
        return len(values[0]) <= _NUMBERED and len(values) * _CELL_HEIGHT <= _MAP_HEIGHT

    def _numbers(self, row: GradientRow) -> list[list[str]] | None:
        assert row.summary is not None
        values = as_rows(row.summary.values)
        width = self._map_width(row) / len(values[0])
        return map_numbers(values, int((width - _AROUND_NUMBER) / _small_width("0")))

    def _grad_width(self, row: GradientRow) -> float:
        if row.has_cells:
            return self._map_width(row) + 2
        summary = row.summary
        if summary is not None and summary.picture and not row.is_bad and not row.is_zero:
            return self.map_width + 2
        if row.is_covered:
            return _COVERED_WIDTH
        return _small_width(_pill_text(row)) + 16 + (16 if _pill_glyph(row) else 0)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        from PySide6.QtWidgets import QStyle  # brings 600 names: not at the start

        line: TableLine = index.data(LINE_ROLE)
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, rect, index, line, selected)
        column = GradientColumn(index.column())
        if column == GradientColumn.LEAF:
            self._paint_leaf(painter, rect.adjusted(INSET, 0, -_GAP, 0), line)
        elif column == GradientColumn.GRAD and line.row is not None:
            if line.row.gradient.tensor in self.turning:
                middle = rect.left() + self.map_width / 2
                painter.translate(middle, 0)
                painter.scale(self.turning_width, 1)
                painter.translate(-middle, 0)
            self._paint_grad(painter, rect.adjusted(0, 0, -_GAP, 0), line.row)
        elif column == GradientColumn.REQUIRES:
            if (held := self.held(index.row())) is not None:
                self._paint_state(painter, rect, held)
        elif column == GradientColumn.COUNT:
            self._paint_count(painter, rect.adjusted(0, 0, -INSET, 0), line.text(column))
        elif column == GradientColumn.WHY:
            has_button = selected and can_be_nudged(line.row)
            room = -2 - (_BUTTON + _GAP if has_button else 0)
            self._paint_why(painter, rect.adjusted(0, 0, room, 0), line)
            if has_button:
                self._paint_button(painter, nudge_button(rect))
        else:
            self._paint_mono(painter, rect, line.text(column))
            if column == GradientColumn.NORM and self.is_large:
                self._paint_share(painter, rect.adjusted(0, 0, -_GAP, 0), line)
        painter.restore()

    def _paint_ground(
        self,
        painter: QPainter,
        rect: QRectF,
        index: QModelIndex | QPersistentModelIndex,
        line: TableLine,
        selected: bool,
    ) -> None:
        colors = self.theme.colors
        if line.is_now:
            tone = self.theme.tone("gradient")
            painter.fillRect(rect, mix(tone.fill, tone.graphic, _GLOW * self.glow))
        elif selected:
            painter.fillRect(rect, colors.selected)
        elif index.row() == self.hovered_row:
            painter.fillRect(rect, colors.hover)
        if selected and index.column() == GradientColumn.LEAF:
            painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), colors.ink)
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), colors.divider)

    def _paint_leaf(self, painter: QPainter, rect: QRectF, line: TableLine) -> None:
        colors = self.theme.colors
        if line.row is None:
            glyph: Glyph = "chevron_down" if line.is_open else "chevron_right"
            at = QRectF(rect.left() + line.depth * INDENT - 3, rect.center().y() - 7, 14, 14)
            paint_glyph(painter, glyph, at, colors.text_secondary)
        area = rect.adjusted(self._indent(line), 0, 0, 0)
        text = self.name_in(line, rect.width() + INSET + _GAP)
        self._paint_hit(painter, area, line, text)
        self._paint_mono(painter, area, text)

    def _paint_hit(self, painter: QPainter, area: QRectF, line: TableLine, text: str) -> None:
        """Mark the part of a name that the search found, or all of it where that is elsewhere."""
        if self.hits.isdisjoint(line.entry.rows) or line.is_open:
            return
        at = text.lower().find(self.search.lower())
        start, end = (at, at + len(self.search)) if at >= 0 else (0, len(text))
        left = area.left() + _mono_width(text[:start])
        mark = QRectF(left - 1, area.center().y() - 9, _mono_width(text[start:end]) + 2, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colors.hit)
        painter.drawRoundedRect(mark, 3, 3)

    def _paint_mono(self, painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setFont(mono_font(FONT_SECONDARY))
        painter.setPen(self.theme.colors.text)
        painter.drawText(rect, _TEXT, text)

    def _paint_count(self, painter: QPainter, rect: QRectF, text: str) -> None:
        painter.setFont(ui_font(FONT_SECONDARY))
        painter.setPen(self.theme.colors.text_secondary)
        painter.drawText(rect, _TEXT | Qt.AlignmentFlag.AlignRight, text)

    def _paint_share(self, painter: QPainter, rect: QRectF, line: TableLine) -> None:
        """Paint the norm of a parameter as a share of the largest, under the number."""
        if line.row is None or not line.row.share:
            return
        width = max(_LEAST_BAR, rect.width() * line.row.share)
        bar = QRectF(rect.left(), rect.bottom() - _BAR_HEIGHT - 3, width, _BAR_HEIGHT)
        painter.fillRect(bar, self.theme.tone("gradient").graphic)

    def _paint_why(self, painter: QPainter, rect: QRectF, line: TableLine) -> None:
        tone = self.theme.tone(line.tone)
        if line.state is not None:
            corner = (rect.left(), round(rect.center().y() - _TILE / 2))
            filled, dotted = line.state == "trained", line.state == "frozen"
            look = TRAINS[line.state]
            Canvas(painter, self.theme).play(
                tile(look, corner, _TILE, filled=filled, dotted=dotted)
            )
        elif line.glyph is not None:
            glyph = QRectF(rect.left(), rect.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
            paint_glyph(painter, line.glyph, glyph, tone.graphic)
        area = rect.adjusted(self._mark_width(line), 0, 0, 0)
        font = ui_font(FONT_SECONDARY)
        painter.setFont(font)
        painter.setPen(tone.text)
        text = QFontMetricsF(font).elidedText(line.said, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, _TEXT, text)

    def _paint_button(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the button that moves a value of the row."""
        colors = self.theme.colors
        painter.setPen(colors.line)
        painter.setBrush(colors.panel)
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        glyph = QRectF(0, 0, _STATE_GLYPH, _STATE_GLYPH)
        glyph.moveCenter(rect.center())
        paint_glyph(painter, "drag", glyph, colors.text_secondary)

    def _paint_state(self, painter: QPainter, rect: QRectF, held: HeldState) -> None:
        """Paint whether it requires grad as a pill, and after it the sign of a change."""
        colors, tone = self.theme.colors, self.theme.tone("no_input_requires_grad")
        words = held.words if self.says_states else ""
        width = _STATE_GLYPH + 10 + (_small_ui_width(words) + 4 if words else 0)
        pill = QRectF(rect.left() + 0.75, rect.center().y() - 10, width, 19.5)
        border = QPen(colors.line)
        if held.is_frozen:
            border = pen(tone.graphic, 1.5, (1.5, 3), dotted=True)
        if held.is_changed and not words:
            border = QPen(colors.ink, 1.5)
        painter.setPen(border)
        painter.setBrush(tone.fill if held.is_frozen else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        side, middle = _STATE_GLYPH, pill.center().y()
        glyph: Glyph = "padlock" if held.is_frozen else "check"
        ink = tone.graphic if held.is_frozen else colors.text_secondary
        paint_glyph(painter, glyph, QRectF(pill.left() + 5, middle - side / 2, side, side), ink)
        painter.setFont(ui_font(FONT_SMALL))
        painter.setPen(tone.text if held.is_frozen else colors.text_secondary)
        painter.drawText(pill.adjusted(side + 8, 0, 0, 0), _TEXT, words)
        if held.is_changed and words:
            fork = QRectF(pill.right() + 3, middle - _GLYPH / 2, _GLYPH, _GLYPH)
            paint_glyph(painter, "fork", fork, colors.text)

    # ----------------------------------------------------------------------------- .grad

    def _paint_grad(self, painter: QPainter, rect: QRectF, row: GradientRow) -> None:
        if row.has_cells:
            self._paint_map(painter, rect, row)
        elif row.summary is not None and not row.is_bad and not row.is_zero:
            self._paint_bar(painter, rect, row)
        else:
            self._paint_pill(painter, rect, row)

    def _paint_map(self, painter: QPainter, rect: QRectF, row: GradientRow) -> None:
        assert row.summary is not None
        rows = as_rows(row.summary.values)
        area = QRectF(0, 0, self._map_width(row), map_height(row))
        area.moveCenter(rect.center())
        area.moveLeft(rect.left() + 0.5)
        area.moveTop(round(area.top()) + 0.5)
        paint_heat_map(painter, self.theme, area, rows)
        numbers = self._numbers(row) if self.has_numbers and self._is_numbered(row) else None
        if numbers is None:
            return
        width, height = area.width() / len(rows[0]), area.height() / len(rows)
        largest = max(abs(value) for line in rows for value in line)
        painter.setFont(mono_font(FONT_SMALL))
        for line, values in enumerate(rows):
            for column, value in enumerate(values):
                cell = QRectF(
                    area.left() + column * width, area.top() + line * height, width, height
                )
                painter.setPen(text_on(heat_color(self.theme, value, largest)))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, numbers[line][column])

    def _map_width(self, row: GradientRow) -> float:
        """Return the width of a heat map: two cells have room for numbers, more do not."""
        assert row.summary is not None
        columns = len(as_rows(row.summary.values)[0])
        return min(1.0, columns / 2) * self.map_width

    def _paint_bar(self, painter: QPainter, rect: QRectF, row: GradientRow) -> None:
        """Paint a heat map, or the shape, and below it the norm as a share of the largest."""
        colors, tone = self.theme.colors, self.theme.tone("gradient")
        if row.summary is not None and row.summary.picture is not None:
            width = min(rect.width(), self.map_width)
            strip = QRectF(rect.left() + 0.5, round(rect.center().y()) - 10.5, width, _STRIP_HEIGHT)
            paint_heat_map(painter, self.theme, strip, grid(row.summary.picture, _STRIP_ROWS))
        else:
            painter.setFont(mono_font(FONT_SMALL))
            painter.setPen(colors.text_secondary)
            text = QRectF(rect.left(), rect.center().y() - 13, rect.width(), 16)
            painter.drawText(text, _TEXT, shape(row.gradient.shape or []))
        track = QRectF(rect.left(), rect.center().y() + 5, min(rect.width(), self.map_width), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.selected)
        painter.drawRoundedRect(track, 2, 2)
        track.setWidth(max(3.0, track.width() * row.share))
        painter.setBrush(tone.graphic)
        painter.drawRoundedRect(track, 2, 2)

    def _paint_pill(self, painter: QPainter, rect: QRectF, row: GradientRow) -> None:
        text, glyph = _pill_text(row), _pill_glyph(row)
        width = min(_small_width(text) + 13 + (16 if glyph else 0), rect.width() - 1)
        if row.is_covered:
            width = _COVERED_WIDTH
        pill = QRectF(rect.left() + 0.5, rect.center().y() - _PILL_HEIGHT / 2, width, _PILL_HEIGHT)
        pill.moveTop(round(pill.top()) + 0.5)
        pill.setHeight(_PILL_HEIGHT - 1)
        border, ink = self._pill_colors(row)
        painter.setPen(border)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        left = pill.left() + 6.5
        if row.is_covered:
            left = pill.center().x() - _small_width(text) / 2
        if glyph:
            paint_glyph(painter, glyph, QRectF(left, pill.center().y() - 6, 12, 12), ink)
            left += 16
        painter.setFont(mono_font(FONT_SMALL))
        painter.setPen(ink)
        room = pill.right() - 5 - left
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, ceil(room))
        painter.drawText(QRectF(left, pill.top(), pill.right() - left, pill.height()), _TEXT, text)

    def _pill_colors(self, row: GradientRow) -> tuple[QPen, QColor]:
        if row.is_bad:
            tone = self.theme.tone("cut")
            return QPen(tone.graphic, 1.5), tone.text
        if row.is_zero:
            return QPen(self.theme.tone("gradient").graphic, 1.5), self.theme.colors.text
        if row.is_covered:
            return QPen(self.theme.colors.line), self.theme.colors.text_secondary
        if row.is_waiting:
            pale = self.theme.colors
            return pen(pale.line, 1, (1.5, 3), dotted=True), pale.text_secondary
        if row.gradient.why.code == "frozen":
            tone = self.theme.tone("no_input_requires_grad")
            return pen(tone.graphic, 1.5, (1.5, 3), dotted=True), tone.text
        return pen(self.theme.colors.line, 1, (3, 2.5)), self.theme.colors.text_secondary


def can_be_nudged(row: GradientRow | None) -> bool:
    """Return whether a row has the button that moves a value: there is a gradient."""
    return row is not None and row.summary is not None


def nudge_button(cell: QRectF) -> QRectF:
    """Return where the button is in the last cell of a row."""
    return QRectF(cell.right() - _BUTTON - _GAP, cell.center().y() - _BUTTON / 2, _BUTTON, _BUTTON)


def map_height(row: GradientRow) -> int:
    assert row.summary is not None
    rows = len(as_rows(row.summary.values))
    return min(_MAP_HEIGHT, rows * _CELL_HEIGHT)


def _pill_text(row: GradientRow) -> str:
    return grad_text(row)


def _pill_glyph(row: GradientRow) -> Glyph | None:
    if row.is_bad:
        return "warning"
    return "padlock" if row.gradient.why.code == "frozen" else None


def _mono_width(text: str) -> float:
    return QFontMetricsF(mono_font(FONT_SECONDARY)).horizontalAdvance(text)


def _small_width(text: str) -> float:
    return QFontMetricsF(mono_font(FONT_SMALL)).horizontalAdvance(text)


def _small_ui_width(text: str) -> float:
    return QFontMetricsF(ui_font(FONT_SMALL)).horizontalAdvance(text)


def _ui_width(text: str) -> float:
    return QFontMetricsF(ui_font(FONT_SECONDARY)).horizontalAdvance(text)
