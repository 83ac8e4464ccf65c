"""Which leaf got a gradient, which did not, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.gui.panels.gradients_delegate import (
    MAP_WIDTH,
    NARROW_MAP_WIDTH,
    GradientDelegate,
    row_height,
)
from app.gui.panels.gradients_model import (
    Column,
    GradientRow,
    GradientsModel,
    grad_text,
    norm_text,
)
from app.gui.panels.header import Header
from app.gui.panels.numbers import counted
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, TABLE_HEADER_HEIGHT, TABLE_ROW_HEIGHT
from app.session.timeline import Then

EMPTY = "Nothing traced yet. Press Run to see every .grad and the reason for it."
NO_TENSORS = "No tensor of this snippet requires grad, so there is no .grad to explain."
_LEAF_SHARE = 0.36
"""Of the table's width, at most, for the names."""
_NARROW = 380


class GradientTable(QTableView):
    rowChosen = Signal(int)
    """A row was chosen by mouse or keys."""
    heightChanged = Signal()
    """`content_height` may be another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._widest: dict[Column, list[GradientRow]] = {column: [] for column in Column}
        self.setObjectName("gradientTable")
        self.setAccessibleName("Gradients")
        self.delegate = GradientDelegate(theme)
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(TABLE_ROW_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(TABLE_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setFixedHeight(TABLE_HEADER_HEIGHT)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(24)
        self.entered.connect(lambda index: self._hover(index.row()))

    def fit_rows(self, rows: Sequence[GradientRow]) -> None:
        """Higher where a map has several lines; asking each cell would take long."""
        for number, row in enumerate(rows):
            if (height := row_height(row)) != TABLE_ROW_HEIGHT:
                self.setRowHeight(number, height)
        self._widest = {
            Column.LEAF: _longest(rows, lambda row: row.gradient.name),
            Column.GRAD: [
                *_longest([row for row in rows if not row.has_cells], grad_text),
                *_longest([row for row in rows if row.has_cells], grad_text),
            ],
            Column.NORM: _longest(rows, norm_text),
        }
        self.heightChanged.emit()

    def fit_columns(self) -> None:
        """Names, values and norms as wide as they need; the reasons get the rest."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.WHY, QHeaderView.ResizeMode.Stretch)
        width = self.viewport().width()
        self.delegate.map_width = MAP_WIDTH if width >= _NARROW else NARROW_MAP_WIDTH
        for column, least in ((Column.LEAF, 64), (Column.GRAD, 56), (Column.NORM, 40)):
            rows = self._widest[column]
            wanted = max([least, *(self.delegate.width(row, column) for row in rows)])
            if column == Column.LEAF:
                wanted = min(wanted, max(least, round(width * _LEAF_SHARE)))
            header.resizeSection(column, wanted)

    @property
    def content_height(self) -> int:
        """What it takes to show every row."""
        return self.horizontalHeader().height() + self.verticalHeader().length()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit_columns()
        super().resizeEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.rowChosen.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        now = self.currentIndex().row()
        if now not in (before, -1):
            self.rowChosen.emit(now)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        self.delegate.hovered_row = row
        self.viewport().update()


def _longest(rows: Sequence[GradientRow], text: Callable[[GradientRow], str]) -> list[GradientRow]:
    """The row with the longest text, as a list of one or none: measuring all takes long."""
    return [max(rows, key=lambda row: len(text(row)))] if rows else []


class GradientsPanel(QWidget):
    tensorChosen = Signal(int)
    """The tensor's id, of a row that the user chose."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.header = Header("Gradients")
        self.table = GradientTable(theme)
        self._model = GradientsModel()
        self._note = ""
        self.table.setModel(self._model)
        self._empty = QLabel(EMPTY, wordWrap=True)
        self._empty.setProperty("hint", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._stack)
        self.table.rowChosen.connect(self._choose)

    def set_theme(self, theme: Theme) -> None:
        self.table.delegate.theme = theme
        self.table.viewport().update()

    def show_rows(self, rows: Sequence[GradientRow] | None) -> None:
        """None: nothing has been traced yet."""
        self._model.set_rows(list(rows or ()))
        self.table.fit_rows(self._model.rows)
        self.table.fit_columns()
        self._stack.setCurrentWidget(self.table if self._model.rows else self._empty)
        self._empty.setText(EMPTY if rows is None else NO_TENSORS)
        found = [row for row in self._model.rows if row.summary is not None]
        total = counted(len(self._model.rows), "leaf")
        verb = "has" if len(self._model.rows) == 1 else "have"
        self._note = f"{len(found)} of {total} {verb} one" if self._model.rows else ""
        self.header.set_note(self._note)

    def show_moment(self, then: Then | None) -> None:
        """Every `.grad` as it was at a moment of the run; None is its end."""
        self._model.show_moment(then)
        if then is None:
            self.header.set_note(self._note)
        else:
            filled = then.history.grads.filled(then.now)
            self.header.set_note(f"{filled:,} of {len(self._model.rows):,} filled")

    @property
    def hint(self) -> str:
        """What stands there instead of a table; empty while there is one."""
        return "" if self._model.rows else self._empty.text()

    def select_tensors(self, tensors: list[int]) -> None:
        """Mark the row of the first of these that has one; none of them: mark no row."""
        rows = [row.gradient.tensor for row in self._model.rows]
        found = next((rows.index(tensor) for tensor in tensors if tensor in rows), None)
        if found is None:
            self.table.clearSelection()
            self.table.selectionModel().clearCurrentIndex()
            return
        index = self._model.index(found, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.scrollTo(index)

    def set_search(self, text: str) -> int:
        """Mark the names that contain `text`; how many do."""
        self.table.delegate.search = text
        self.table.viewport().update()
        if not text:
            return 0
        return sum(text.lower() in row.gradient.name.lower() for row in self._model.rows)

    def _choose(self, row: int) -> None:
        self.tensorChosen.emit(self._model.rows[row].gradient.tensor)
