"""The table of both runs' gradients: value, norm and reason of each, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView

from app.gui.controls.shortened import cut_name
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.comparing.pairs import EqualRows, PairRow, Row
from app.gui.panels.gradients.delegate import MAP_WIDTH, GradientDelegate, map_height
from app.gui.panels.gradients.rows import GradientRow, norm_text, tooltip
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import Glyph, paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, FONT_SMALL, TABLE_HEADER_HEIGHT, TABLE_ROW_HEIGHT
from app.session.comparing.sides import Sides, pinned_and_now
from app.session.language import tr

_INSET, _TOP, _GAP, _WHY = 12, 7, 4, 14
_PILL, _GLYPH = 18, 13
_MOST_LEAF, _PINNED_SHARE = 0.32, 0.46
"""The widest column of names; how much of the rest the pinned run gets if that cuts no reason."""
_AFTER_NAME, _AFTER_GLYPH, _AFTER_SIDE = 6, 5, 6
_MOST_FITTED, _ROW = 200, 66
"""From more rows on all are equally high: measuring them takes long."""
_BEFORE_NORM: Final = 10
_LINE = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
_Index = QModelIndex | QPersistentModelIndex


class PairModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()
        self.sides = pinned_and_now()

    def show(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 3

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Leaf"), *(side.title for side in self.sides))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken(self.sides)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, PairRow):
            side = (None, row.first, row.second)[index.column()]
            return None if side is None else tooltip_of(tooltip(side))
        return None


class PairDelegate(GradientDelegate):
    """Draws a leaf's name, and below each other its value with its norm and the reason."""

    norm_room = 0.0
    """The room for a norm beside its values."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        model = index.model()
        assert isinstance(model, PairModel)
        row = model.rows[index.row()]
        if isinstance(row, EqualRows):
            return QSize(0, TABLE_ROW_HEIGHT)
        sides = [side for side in (row.first, row.second) if side is not None]
        return QSize(0, _TOP + max(map(_value_height, sides)) + _GAP + _WHY + _TOP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        from PySide6.QtWidgets import QStyle  # brings 600 names: not at the start

        model = index.model()
        assert isinstance(model, PairModel)
        row, rect, colors = model.rows[index.row()], QRectF(option.rect), self.theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected and isinstance(row, PairRow):
            painter.fillRect(rect, colors.selected)
            if not index.column():
                painter.fillRect(QRectF(rect.left(), rect.top(), 3, rect.height()), colors.ink)
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), colors.divider)
        if isinstance(row, EqualRows):
            if not index.column():
                self._paint_equal(painter, rect, row)
        elif not index.column():
            name = QRectF(rect.left() + _INSET, rect.top() + _TOP, rect.width() - _INSET - 4, _PILL)
            width = QFontMetricsF(mono_font(FONT_SECONDARY)).horizontalAdvance
            self._paint_mono(painter, name, cut_name(row.name, width, name.width()))
        elif (side := (row.first, row.second)[index.column() - 1]) is not None:
            self._paint_side(painter, rect.adjusted(0, 0, -_AFTER_SIDE, 0), side)
        else:
            painter.setPen(colors.text_secondary)
            painter.setFont(ui_font(FONT_SMALL))
            top = QRectF(rect.left(), rect.top() + _TOP, rect.width(), _PILL)
            painter.drawText(top, _LINE, tr("not in this run"))
        painter.restore()

    def _paint_side(self, painter: QPainter, rect: QRectF, row: GradientRow) -> None:
        height = _value_height(row)
        self.map_width = int(min(MAP_WIDTH, rect.width() - self.norm_room))
        self.has_numbers = row.has_cells
        value = QRectF(rect.left(), rect.top() + _TOP, rect.width(), height)
        if row.summary is not None:
            value.setWidth(rect.width() - self.norm_room)
            self._paint_norm(
                painter, row, rect.left() + self._value_width(row) + _BEFORE_NORM, value
            )
        self._paint_grad(painter, value, row)
        why = QRectF(rect.left(), rect.top() + _TOP + height + _GAP, rect.width(), _WHY)
        tone = self.theme.tone(row.tone)
        paint_glyph(painter, row.glyph, QRectF(why.left(), why.top(), _GLYPH, _GLYPH), tone.graphic)
        font = ui_font(FONT_SMALL)
        painter.setFont(font)
        painter.setPen(tone.text)
        area = why.adjusted(_GLYPH + _AFTER_GLYPH, 0, 0, 0)
        words = QFontMetricsF(font).elidedText(
            row.short_why, Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, _LINE, words)

    def _value_width(self, row: GradientRow) -> float:
        return min(self._grad_width(row), self.map_width) if row.has_cells else self.map_width

    def _paint_norm(self, painter: QPainter, row: GradientRow, left: float, value: QRectF) -> None:
        painter.setFont(mono_font(FONT_SECONDARY))
        painter.setPen(self.theme.colors.text)
        area = QRectF(left, value.top(), self.norm_room - _BEFORE_NORM, value.height())
        painter.drawText(area, _LINE, norm_text(row))

    def _paint_equal(self, painter: QPainter, rect: QRectF, row: EqualRows) -> None:
        colors = self.theme.colors
        glyph = QRectF(rect.left() + _INSET, rect.center().y() - 7, 14, 14)
        name: Glyph = "chevron_down" if row.is_open else "chevron_right"
        paint_glyph(painter, name, glyph, colors.text_secondary)
        bold, plain, mono = (
            ui_font(FONT_SECONDARY, bold=True), ui_font(FONT_SECONDARY), mono_font(FONT_SECONDARY)
        )  # fmt: skip
        left = glyph.right() + 6
        painter.setFont(bold)
        painter.setPen(colors.text)
        painter.drawText(QRectF(left, rect.top(), rect.width(), rect.height()), _LINE, row.count)
        left += QFontMetricsF(bold).horizontalAdvance(row.count) + 8
        words = row.how
        end = rect.right() - _INSET - QFontMetricsF(plain).horizontalAdvance(words)
        painter.setPen(colors.text_secondary)
        painter.setFont(plain)
        painter.drawText(QRectF(end, rect.top(), rect.right() - end, rect.height()), _LINE, words)
        painter.setFont(mono)
        names = "  ".join(row.names)
        room = end - 12 - left
        shown = QFontMetricsF(mono).elidedText(names, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, rect.top(), max(0.0, room), rect.height()), _LINE, shown)


def _value_height(row: GradientRow) -> int:
    if row.has_cells:
        return max(_PILL, map_height(row))
    is_bar = row.summary is not None and not row.is_bad and not row.is_zero
    return 26 if is_bar else _PILL


class PairTable(QTableView):
    """Equal leaves are one row, which opens and closes."""

    leafChosen = Signal(object)
    """The `PairRow` that the user chose."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("comparedGradients")
        self.setAccessibleName(tr("Gradients of both runs"))
        self.model_ = PairModel()
        self.setModel(self.model_)
        self.delegate = PairDelegate(theme)
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        header.setFixedHeight(TABLE_HEADER_HEIGHT)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        self.clicked.connect(lambda index: self._activate(index.row()))
        self.activated.connect(lambda index: self._activate(index.row()))
        self._pairs: Sequence[PairRow] = ()
        self._only_differences = True
        self._is_open = False

    def set_theme(self, theme: Theme) -> None:
        self.delegate.theme = theme
        self.viewport().update()

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are shown."""
        return self.model_.rows

    def show_pairs(self, pairs: Sequence[PairRow], sides: Sides) -> None:
        self._pairs, self.model_.sides = pairs, sides
        self._is_open = False
        rows = (row for pair in pairs for row in (pair.first, pair.second) if row is not None)
        advance = QFontMetricsF(mono_font(FONT_SECONDARY)).horizontalAdvance
        norms = {norm_text(row) for row in rows if row.summary is not None}
        self.delegate.norm_room = _BEFORE_NORM + max(map(advance, norms), default=0.0)
        self._share_width()
        self._fill()

    def set_swapped(self, swapped: bool) -> None:
        """Show the pinned run right of the run of now, or left of it."""
        header = self.horizontalHeader()
        header.moveSection(header.visualIndex(1), 2 if swapped else 1)
        self._share_width()

    def set_only_differences(self, only: bool) -> None:
        """Fold equal leaves into one row, or show all leaves in their order."""
        self._only_differences = only
        self._fill()

    def _fill(self) -> None:
        if not self._only_differences:
            self.model_.show(self._pairs)
        else:
            equal = [row for row in self._pairs if row.is_equal]
            rows: list[Row] = [row for row in self._pairs if not row.is_equal]
            if equal:
                are_close = any(row.is_close for row in equal)
                names = tuple(row.name for row in equal)
                rows.append(EqualRows(names, self._is_open, are_close))
            self.model_.show([*rows, *(equal if self._is_open else ())])
        self.clearSpans()
        for place, row in enumerate(self.rows):
            if isinstance(row, EqualRows):
                self.setSpan(place, 0, 1, 3)
        if len(self.rows) <= _MOST_FITTED:
            self.resizeRowsToContents()

    def _activate(self, place: int) -> None:
        row = self.rows[place]
        if isinstance(row, EqualRows):
            self._is_open = not self._is_open
            self._fill()
        else:
            self.leafChosen.emit(row)

    def select_names(self, names: Iterable[str]) -> None:
        """Select the rows of these leaves.  Emits nothing."""
        wanted, model = set(names), self.selectionModel()
        model.clearSelection()
        flags = QItemSelectionModel.SelectionFlag
        for place, row in enumerate(self.rows):
            if isinstance(row, PairRow) and row.name in wanted:
                index = self.model_.index(place, 0)
                model.select(index, flags.Select | flags.Rows)
                self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        width, font = self.viewport().width(), QFontMetricsF(mono_font(FONT_SECONDARY))
        longest = max((row.name for row in self._pairs), key=len, default="")
        leaf = min(font.horizontalAdvance(longest) + _INSET + _AFTER_NAME, width * _MOST_LEAF)
        leaf = max(leaf, self.horizontalHeader().sectionSizeHint(0))
        self.setColumnWidth(0, round(leaf))
        middle = self.horizontalHeader().logicalIndex(1)
        rest, left, right = width - leaf, self._reasons(middle), self._reasons(3 - middle)
        share = rest * _PINNED_SHARE
        if left > share or right > rest - share:
            share = rest * left / (left + right)
        self.setColumnWidth(middle, round(share))

    def _reasons(self, column: int) -> float:
        """Return the width in which no reason of a run is cut."""
        sides = (pair.first if column == 1 else pair.second for pair in self._pairs)
        words = {side.short_why for side in sides if side is not None}
        advance = QFontMetricsF(ui_font(FONT_SMALL)).horizontalAdvance
        return _GLYPH + _AFTER_GLYPH + max(map(advance, words), default=0.0) + _AFTER_SIDE
