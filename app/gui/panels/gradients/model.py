"""The Qt model of the table of gradients: sorted, filtered, at a moment of the run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.gradients.rows import (
    SORT_KEYS,
    GradientColumn,
    GradientRow,
    cell_text,
    row_then,
    tooltip,
    tooltip_then,
)
from app.session.language import tr, translatable
from app.session.timeline import Snapshot

AnyIndex = QModelIndex | QPersistentModelIndex
TITLES = {
    GradientColumn.LEAF: translatable("Leaf"),
    GradientColumn.SHAPE: translatable("Shape"),
    GradientColumn.REQUIRES: "requires_grad",
    GradientColumn.GRAD: ".grad",
    GradientColumn.NORM: translatable("Norm"),
    GradientColumn.WHY: translatable("Why"),
}
ROW_ROLE = Qt.ItemDataRole.UserRole
"""The `GradientRow` itself, for the delegates."""


class GradientsModel(QAbstractTableModel):
    """Holds all rows, and shows those that pass the filter, in the chosen order."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[GradientRow] = ()
        self._shown: list[int] = []
        self._places: dict[int, int] = {}
        self._then: Snapshot | None = None
        self._text, self._only_none = "", False
        self._only: frozenset[int] = frozenset()
        self._by: tuple[GradientColumn, Qt.SortOrder] | None = None

    @property
    def all_rows(self) -> Sequence[GradientRow]:
        """All rows, shown or not, in the order of the run."""
        return self._rows

    @property
    def total(self) -> int:
        """The number of tensors in all rows, shown or not."""
        return sum(row.count for row in self._rows)

    @property
    def rows(self) -> list[GradientRow]:
        """The shown rows, as they are at the end of the run."""
        return [self._rows[number] for number in self._shown]

    def row(self, place: int) -> GradientRow:
        """Return the row at a place, as it is shown."""
        row = self._rows[self._shown[place]]
        return row if self._then is None else row_then(row, self._then)

    def place_of(self, tensor: int) -> int | None:
        """Return the place of a tensor's row, or None if it is not shown."""
        return self._places.get(tensor)

    def place_now(self, then: Snapshot) -> int | None:
        """Return the place of the first row that a moment is about, or None."""
        tensors, leaves = then.history.run.tensors, then.leaves
        if not leaves:
            return None
        shown = enumerate(self._shown)
        return next(
            (
                place
                for place, number in shown
                if any(
                    tensors[gradient.tensor].identity in leaves
                    for gradient in (*self._rows[number].earlier, self._rows[number].gradient)
                )
            ),
            None,
        )

    # --------------------------------------------------------------------------- what is shown

    def set_rows(self, rows: Sequence[GradientRow]) -> None:
        self._rows, self._then, self._only = rows, None, frozenset()
        self._arrange()

    def set_filter(self, text: str, *, only_none: bool) -> None:
        """Show rows whose name or reason contains `text`, perhaps only those without a `.grad`."""
        self._text, self._only_none = text.strip().lower(), only_none
        self._arrange()

    def set_only(self, tensors: Iterable[int]) -> None:
        """Show only the rows of these tensors, or all rows if there are none."""
        self._only = frozenset(tensors)
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the order of the run, which equal rows keep."""
        by = None if column < 0 else (GradientColumn(column), order)
        if by != self._by:  # Qt asks for the same thing twice
            self._by = by
            self._arrange()

    def show_moment(self, then: Snapshot | None) -> None:
        """Show every `.grad` at a moment; None is the end of the run."""
        self._then = then
        if self._shown:
            last = self.index(len(self._shown) - 1, len(GradientColumn) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(
                Qt.Orientation.Horizontal, GradientColumn.WHY, GradientColumn.WHY
            )

    def _arrange(self) -> None:
        self.beginResetModel()
        self._shown = [number for number, row in enumerate(self._rows) if self._passes(row)]
        if self._by is not None:
            column, order = self._by
            key = SORT_KEYS[column]
            self._shown.sort(
                key=lambda number: key(self._rows[number]),
                reverse=order == Qt.SortOrder.DescendingOrder,
            )
        self._places = {
            gradient.tensor: place
            for place, number in enumerate(self._shown)
            for gradient in (*self._rows[number].earlier, self._rows[number].gradient)
        }
        self.endResetModel()

    def _passes(self, row: GradientRow) -> bool:
        if self._only_none and row.summary is not None:
            return False
        if self._only and row.gradient.tensor not in self._only:
            return False
        return self._text in row.searchable

    # ------------------------------------------------------------------------------ Qt's model

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(GradientColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            at_a_moment = self._then is not None and section == GradientColumn.WHY
            return tr("State") if at_a_moment else tr(TITLES[GradientColumn(section)])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == ROW_ROLE:
            return self.row(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell_text(self.row(index.row()), GradientColumn(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            row = self.row(index.row())
            return tooltip_of(tooltip(row) if self._then is None else tooltip_then(row))
        return None
