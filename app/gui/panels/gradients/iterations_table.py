"""The table of gradients over all iterations: curves of norms and updates, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from app.gui.panels.gradients.over_iterations import IterationLine, LogSpan, OverIterations
from app.gui.panels.gradients.sparkline import HEIGHT, WIDTH, paint_sparkline, paint_usual
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import FONT_SECONDARY, TABLE_HEADER_HEIGHT, TREE_ROW_HEIGHT
from app.session.iterations.series import iteration_at
from app.session.language import number, tr, translatable
from app.session.numbers import short


class IterationColumn(IntEnum):
    LEAF = 0
    GRAD = 1
    GRAD_AT = 2
    RATIO = 3
    RATIO_AT = 4
    SINCE = 5


_TITLES = {
    IterationColumn.LEAF: translatable("Leaf"),
    IterationColumn.GRAD: translatable("Gradient norm, log"),
    IterationColumn.RATIO: translatable("Update / weight, log"),
    IterationColumn.SINCE: translatable("From when on"),
}
_VALUE_WIDTH, _LEAST_LEAF, _LEAST_SINCE = 70, 150, 110
_GLYPH, _GAP = 13, 5
_LINE = Qt.ItemDataRole.UserRole


class _Item(QTreeWidgetItem):
    """Sorted by "From when on": what is wrong first, the earliest of it."""

    def __init__(self, line: IterationLine, place: int) -> None:
        super().__init__([line.label])
        self.line, self.place = line, place
        self.setData(0, _LINE, line)
        self.setToolTip(IterationColumn.LEAF, line.name)
        self.setText(IterationColumn.SINCE, line.said)

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        if not isinstance(other, _Item) or tree is None:
            return False
        if tree.sortColumn() == IterationColumn.SINCE:
            return self._since() < other._since()
        return self.line.label < other.line.label

    def _since(self) -> tuple[bool, int, int]:
        began = self.line.began
        return began is None, 0 if began is None else began.at, self.place


class IterationsTable(QTreeWidget):
    tensorsChosen = Signal(list)
    """The tensors' ids of the line that the user chose."""
    eventChosen = Signal(int)
    """The event of the iteration to which the user moved the playhead."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("iterationsTable")
        self.setAccessibleName(tr("Gradients over all iterations"))
        self._delegate = _Delegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setColumnCount(len(IterationColumn))
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        header = self.header()
        header.setFixedHeight(TABLE_HEADER_HEIGHT)
        header.setMinimumSectionSize(24)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionsClickable(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        for column in (IterationColumn.GRAD_AT, IterationColumn.RATIO_AT):
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self.headerItem().setTextAlignment(column, right)
        self.itemActivated.connect(lambda item, _: self._choose(item))
        self.itemClicked.connect(lambda item, _: self._choose(item))

    def set_theme(self, theme: Theme) -> None:
        self._delegate.theme = theme
        self.viewport().update()

    def show_run(self, table: OverIterations | None) -> None:
        """Show the table of a run; None for none."""
        self._delegate.table = table
        self.clear()
        if table is not None:
            self.addTopLevelItems(list(_items(table.lines)))
            for place in range(self.topLevelItemCount()):
                self._open_bad(self.topLevelItem(place))
        self.set_event(None)
        self._fit()

    def _open_bad(self, item: QTreeWidgetItem | None) -> None:
        """Open groups whose members differ in what is wrong with them, and one that is alone."""
        if not isinstance(item, _Item) or not item.line.children:
            return
        is_alone = item.parent() is None and self.topLevelItemCount() == 1
        if is_alone or len({child.said for child in item.line.children}) > 1:
            item.setExpanded(True)
            for place in range(item.childCount()):
                self._open_bad(item.child(place))

    def set_event(self, event: int | None) -> None:
        """Move the playhead to the iteration of an event; None is the end of the run."""
        self._delegate.now = event
        at = self._delegate.at()
        text = "" if at is None else tr("at {iteration}").format(iteration=number(at + 1))
        titles = [tr(_TITLES[one]) if one in _TITLES else text for one in IterationColumn]
        self.setHeaderLabels(titles)
        self.viewport().update()

    @property
    def content_height(self) -> int:
        """What it takes to show every line that is not in a closed group."""
        return self.header().height() + sum(1 for _ in self._visible()) * TREE_ROW_HEIGHT

    def texts(self) -> list[tuple[str, str, str, str]]:
        """Return name, both values at the playhead, and since when, of all visible lines."""
        values = self._delegate.values
        return [(line.label, *values(line), line.said) for line in self._visible()]

    def _visible(self) -> Iterator[IterationLine]:
        """Yield the lines that are not in a closed group."""
        item = self.topLevelItem(0)
        while isinstance(item, _Item):
            yield item.line
            item = self.itemBelow(item)

    def _choose(self, item: QTreeWidgetItem) -> None:
        if isinstance(item, _Item):
            self.tensorsChosen.emit(list(item.line.tensors))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the playhead with Left, Right, Home and End; + and − open and close groups."""
        table, at = self._delegate.table, self._delegate.at()
        by = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        here = -1 if at is None else at
        last = -1 if table is None else len(table.events) - 1
        moves = {
            Qt.Key.Key_Left: here - by,
            Qt.Key.Key_Right: here + by,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if table is None or Qt.Key(event.key()) not in moves:
            super().keyPressEvent(event)
            return
        self.eventChosen.emit(table.events[max(0, min(moves[Qt.Key(event.key())], last))])

    def _fit(self) -> None:
        """Give curves their width and hide the second ones where there is no room."""
        width = self.viewport().width()
        header = self.header()
        both = 2 * (WIDTH + _VALUE_WIDTH) + _LEAST_LEAF + _LEAST_SINCE
        has_room = width >= both
        has_values = width >= WIDTH + _VALUE_WIDTH + _LEAST_LEAF + _LEAST_SINCE
        self.setColumnHidden(IterationColumn.RATIO, not has_room)
        self.setColumnHidden(IterationColumn.RATIO_AT, not has_room)
        self.setColumnHidden(IterationColumn.GRAD_AT, not has_values)
        used = (WIDTH + 12) * (1 + has_room) + _VALUE_WIDTH * (has_values + has_room)
        spare = width - used - _LEAST_SINCE - 24
        sizes = {
            IterationColumn.LEAF: max(110, min(240, spare)),
            IterationColumn.GRAD: WIDTH + 12,
            IterationColumn.GRAD_AT: _VALUE_WIDTH,
            IterationColumn.RATIO: WIDTH + 12,
            IterationColumn.RATIO_AT: _VALUE_WIDTH,
        }
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, size in sizes.items():
            header.resizeSection(column, size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def _items(lines: Iterable[IterationLine]) -> Iterable[_Item]:
    for place, line in enumerate(lines):
        item = _Item(line, place)
        item.addChildren(list(_items(line.children)))
        yield item


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: IterationsTable) -> None:
        super().__init__(parent)
        self.theme = theme
        self.table: OverIterations | None = None
        self.now: int | None = None

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(super().sizeHint(option, index).width(), TREE_ROW_HEIGHT)

    def at(self) -> int | None:
        """Return the iteration of the playhead."""
        return None if self.table is None else iteration_at(self.table.events, self.now)

    def values(self, line: IterationLine) -> tuple[str, str]:
        """Return norm and ratio of a line at the playhead."""
        series = line.series
        at = None if series is None else iteration_at(series.events, self.now)
        if series is None or at is None:
            return "–", "–"
        return _short(series.grads[at]), _short(series.ratios[at])

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        from PySide6.QtWidgets import QStyle  # brings 600 names: not at the start

        line = index.model().index(index.row(), 0, index.parent()).data(_LINE)
        column = IterationColumn(index.column())
        rect = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self.theme.colors.selected)
        painter.fillRect(
            QRectF(rect.left(), rect.bottom(), rect.width(), 1), self.theme.colors.divider
        )
        if column == IterationColumn.LEAF:
            self._text(painter, rect.adjusted(4, 0, -4, 0), line.label, mono=True)
        elif column in (IterationColumn.GRAD, IterationColumn.RATIO):
            self._paint_curve(painter, rect, line, column)
        elif column == IterationColumn.SINCE:
            self._paint_since(painter, rect.adjusted(4, 0, -2, 0), line)
        else:
            norm, ratio = self.values(line)
            text = norm if column == IterationColumn.GRAD_AT else ratio
            self._text(painter, rect.adjusted(0, 0, -8, 0), text, mono=True, right=True)
        painter.restore()

    def _paint_curve(
        self, painter: QPainter, rect: QRectF, line: IterationLine, column: IterationColumn
    ) -> None:
        area = QRectF(rect.left() + 4, rect.center().y() - HEIGHT / 2 + 2, WIDTH, HEIGHT - 4)
        if line.series is None or self.table is None:
            painter.setPen(self.theme.colors.line)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, "–")
            return
        series = line.series
        is_grad = column == IterationColumn.GRAD
        values = series.grads if is_grad else series.ratios
        span: LogSpan = self.table.grads if is_grad else self.table.ratios
        color = self.theme.tone("gradient").graphic if is_grad else self.theme.colors.text_secondary
        if not is_grad:
            paint_usual(painter, self.theme, area, span)
        at = iteration_at(series.events, self.now)
        paint_sparkline(painter, self.theme, area, values, span, color, at)

    def _paint_since(self, painter: QPainter, rect: QRectF, line: IterationLine) -> None:
        if line.began is None:
            self._text(painter, rect, line.said)
            return
        tone = self.theme.tone("no_grad" if line.began.kind in ("zero", "unchanged") else "cut")
        glyph = QRectF(rect.left(), rect.center().y() - _GLYPH / 2, _GLYPH, _GLYPH)
        paint_glyph(painter, "warning", glyph, tone.graphic)
        painter.setPen(tone.text)
        self._text(painter, rect.adjusted(_GLYPH + _GAP, 0, 0, 0), line.said, keep_pen=True)

    def _text(
        self,
        painter: QPainter,
        rect: QRectF,
        text: str,
        *,
        mono: bool = False,
        right: bool = False,
        keep_pen: bool = False,
    ) -> None:
        painter.setFont(mono_font(FONT_SECONDARY) if mono else ui_font(FONT_SECONDARY))
        if not keep_pen:
            painter.setPen(self.theme.colors.text)
        text = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, max(0, int(rect.width()))
        )
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | side, text)


def _short(value: float | None) -> str:
    if value is None:
        return "–"
    if value != value:
        return "NaN"
    return "Inf" if value == float("inf") else short(value)
