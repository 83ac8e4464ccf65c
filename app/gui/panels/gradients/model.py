"""The Qt model of the table of gradients: a tree, or sorted; filtered; at a moment of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.contract.patterns import covers
from app.contract.records import Change
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.gradients.held import HeldState, held_state
from app.gui.panels.gradients.lines import TableLine, line_of, with_bytes
from app.gui.panels.gradients.rows import SORT_KEYS, GradientColumn, GradientRow, row_then
from app.gui.panels.gradients.tree import Entry, flat, opened_at_first, pruned, visible
from app.session.kept import Amount
from app.session.language import tr, translatable
from app.session.timeline import Snapshot

AnyIndex = QModelIndex | QPersistentModelIndex
TITLES = {
    GradientColumn.LEAF: translatable("Leaf"),
    GradientColumn.COUNT: translatable("Count"),
    GradientColumn.SHAPE: translatable("Shape"),
    GradientColumn.REQUIRES: "requires_grad",
    GradientColumn.GRAD: ".grad",
    GradientColumn.NORM: translatable("Norm"),
    GradientColumn.WHY: translatable("Why"),
}
LINE_ROLE = Qt.ItemDataRole.UserRole
"""The `TableLine` itself, for the delegate."""
MANY = 13
"""The number of rows from which they are a tree."""


class GradientsModel(QAbstractTableModel):
    """Holds all rows, and shows those that pass the filter, in the chosen order.

    Many rows are a tree of modules, as long as they are in the order of the run.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[GradientRow] = ()
        self.total = 0
        """The number of tensors in all rows, shown or not."""
        self.says_states = False
        """Whether there is room for words beside the signs of what requires grad."""
        self.changes: tuple[Change, ...] = ()
        """The changes of the next run."""
        self._shown: list[int] = []
        self._whole: Sequence[Entry] = ()
        self._entries: Sequence[Entry] = ()
        self._lines: list[tuple[int, Entry]] = []
        self._made: dict[int, TableLine] = {}
        """Lines that were looked at, by place."""
        self._places: dict[int, int] = {}
        self._now: int | None = None
        self._is_open: dict[str, bool] = {}
        self._chosen: dict[str, bool] = {}
        """The groups that the user opened or closed, in any run."""
        self._then: Snapshot | None = None
        self._modules: Mapping[str, Amount] | None = None
        self._text, self._only_none = "", False
        self._only: frozenset[int] = frozenset()
        self._by: tuple[GradientColumn, Qt.SortOrder] | None = None

    @property
    def all_rows(self) -> Sequence[GradientRow]:
        """All rows, shown or not, in the order of the run."""
        return self._rows

    @property
    def rows(self) -> list[GradientRow]:
        """The rows that pass the filter, as they are at the end of the run."""
        return [self._rows[number] for number in self._shown]

    @property
    def is_large(self) -> bool:
        """Whether there are so many rows that each has a line of text and no more."""
        return len(self._rows) >= MANY

    @property
    def is_tree(self) -> bool:
        return self.is_large and self._by is None

    def line(self, place: int) -> TableLine:
        """Return the line at a place, at the moment that is shown."""
        if (found := self._made.get(place)) is None:
            depth, entry = self._lines[place]
            found = self._made[place] = line_of(
                self._rows,
                entry,
                depth,
                is_open=self._is_open.get(entry.key, False),
                is_now=place == self._now,
                is_large=self.is_large,
                then=self._then,
            )
            if self._modules is not None:
                found = self._made[place] = with_bytes(found, self._modules)
        return found

    def members(self, place: int) -> list[GradientRow]:
        """Return the rows of the line at a place, as they are at the end of the run."""
        return [self._rows[number] for number in self._lines[place][1].rows]

    def held(self, place: int) -> HeldState | None:
        """Return the state that the line at a place will have in the next run, None if it has no
        state."""
        states = [held_state(row, self.changes) for row in self.members(place) if row.can_be_held]
        if not states:
            return None
        return HeldState(
            all(one.is_frozen for one in states), any(one.is_changed for one in states)
        )

    def target(self, place: int) -> list[str]:
        """Return the names of what a line holds: that of a group, where it is exactly a module."""
        _, entry = self._lines[place]
        names = [row.gradient.name for row in self.members(place)]
        if not entry.children:
            return names
        inside = [one for one in self._rows if covers(entry.key, one.gradient.name)]
        return [entry.key] if len(inside) == len(names) else names

    def set_changes(self, changes: tuple[Change, ...]) -> None:
        """Show the states that these changes of the next run ask for."""
        self.changes = changes
        if self._lines:
            last = self.index(len(self._lines) - 1, GradientColumn.REQUIRES)
            self.dataChanged.emit(self.index(0, GradientColumn.REQUIRES), last)

    def rows_now(self, places: Iterable[int]) -> list[GradientRow]:
        """Return the rows of the lines at these places, each once, as they are shown."""
        found = dict.fromkeys(one for place in places for one in self._lines[place][1].rows)
        rows = (self._rows[number] for number in found)
        return [row if self._then is None else row_then(row, self._then) for row in rows]

    def place_of(self, tensor: int) -> int | None:
        """Return the place of the line that shows a tensor, or of the closed group with it."""
        return self._places.get(tensor)

    def place_of_key(self, key: str) -> int | None:
        """Return the place of an entry, or None if it is not shown."""
        return next((n for n, (_, entry) in enumerate(self._lines) if entry.key == key), None)

    def key(self, place: int) -> str:
        return self._lines[place][1].key

    def place_now(self, then: Snapshot) -> int | None:
        """Return the place of the first line that a moment is about, or None."""
        tensors, leaves = then.history.run.tensors, then.leaves
        if not leaves:
            return None
        about = (
            self._places[gradient.tensor]
            for number in self._shown
            for gradient in (*self._rows[number].earlier, self._rows[number].gradient)
            if tensors[gradient.tensor].identity in leaves
        )
        return next(about, None)

    # --------------------------------------------------------------------------- what is shown

    def set_rows(
        self, rows: Sequence[GradientRow], whole: Sequence[Entry], *, of_same_run: bool = False
    ) -> None:
        """Show other rows; `whole` is the tree of all of them.

        Those of the same run, covered or not, keep the lines of a large table as they are.
        """
        if rows is self._rows and whole is self._whole and self._then is None and not self._only:
            return
        self._rows, self._whole = rows, whole
        self.total = sum(row.count for row in rows)
        self._then, self._only = None, frozenset()
        self._arrange(keeps_lines=of_same_run and self.is_large)

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

    def show_bytes(self, modules: Mapping[str, Amount] | None) -> None:
        """Show in place of reasons what each module keeps for backward; None shows reasons."""
        self._modules = modules
        self._change_all()

    def show_moment(self, then: Snapshot | None) -> None:
        """Show every `.grad` at a moment; None is the end of the run."""
        self._then = then
        self._now = None if then is None else self.place_now(then)
        self._change_all()

    def _change_all(self) -> None:
        self._made.clear()
        if self._lines:
            last = self.index(len(self._lines) - 1, len(GradientColumn) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(
                Qt.Orientation.Horizontal, GradientColumn.WHY, GradientColumn.WHY
            )

    def _arrange(self, *, keeps_lines: bool = False) -> None:
        """Find the rows and groups that are shown.

        A view that may keep its lines is asked to paint them again, if they are the same.
        """
        shown = [number for number, row in enumerate(self._rows) if self._passes(row)]
        if self._by is not None:
            column, order = self._by
            key = SORT_KEYS[column]
            shown.sort(
                key=lambda number: key(self._rows[number]),
                reverse=order == Qt.SortOrder.DescendingOrder,
            )
        if not self.is_tree:
            entries: Sequence[Entry] = flat(self._rows, shown)
        elif len(shown) == len(self._rows):
            entries = self._whole
        else:
            entries = pruned(self._whole, frozenset(shown))
        is_open = dict.fromkeys(opened_at_first(entries), True) | self._chosen
        lines = list(visible(entries, is_open))
        if keeps_lines and [one.key for _, one in lines] == [one.key for _, one in self._lines]:
            self._shown, self._entries, self._is_open = shown, entries, is_open
            self._lay_out(lines)
            self._change_all()
            return
        self.beginResetModel()
        self._shown, self._entries, self._is_open = shown, entries, is_open
        self._lay_out(lines)
        self.endResetModel()

    def _lay_out(self, lines: list[tuple[int, Entry]]) -> None:
        """Take the lines that are not in a closed group."""
        self._lines = lines
        self._made.clear()
        self._places = {
            gradient.tensor: place
            for place, (_, entry) in enumerate(self._lines)
            for number in entry.rows
            for gradient in (*self._rows[number].earlier, self._rows[number].gradient)
        }  # a line comes after the groups that it is in
        self._now = None if self._then is None else self.place_now(self._then)

    def set_open(self, keys: Iterable[str], on: bool) -> None:
        """Open or close groups."""
        self.beginResetModel()
        for key in keys:
            self._chosen[key] = self._is_open[key] = on
        self._lay_out(list(visible(self._entries, self._is_open)))
        self.endResetModel()

    def reveal(self, tensor: int) -> None:
        """Open the groups that a tensor's row is in."""
        keys: list[str] = []
        while (place := self._places.get(tensor)) is not None:
            entry = self._lines[place][1]
            if not entry.children:
                return
            keys.append(entry.key)
            self.set_open(keys, True)

    def group_around(self, place: int) -> int | None:
        """Return the place of the group that a line is in, or None."""
        depth = self._lines[place][0]
        above = range(place - 1, -1, -1)
        return next((one for one in above if self._lines[one][0] < depth), None)

    def _passes(self, row: GradientRow) -> bool:
        if self._only_none and row.summary is not None:
            return False
        if self._only and row.gradient.tensor not in self._only:
            return False
        return self._text in row.searchable

    # ------------------------------------------------------------------------------ Qt's model

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(GradientColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(GradientColumn(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def _title(self, column: GradientColumn) -> str:
        if column == GradientColumn.WHY and self._modules is not None:
            return tr("Kept for backward")
        if column == GradientColumn.WHY and self._then is not None:
            return tr("State")
        if column == GradientColumn.WHY and self.is_large:
            return tr("State and why")
        if column == GradientColumn.WHY and any(row.as_written for row in self._rows):
            return tr("As written")
        if column == GradientColumn.REQUIRES and not self.says_states:
            return ""
        return tr(TITLES[column])

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == LINE_ROLE:
            return self.line(index.row())
        column = GradientColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self.line(index.row()).text(column)
        held = self.held(index.row()) if column == GradientColumn.REQUIRES else None
        if role == Qt.ItemDataRole.AccessibleTextRole and held is not None:
            return held.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(self.line(index.row()), column)
        if role == Qt.ItemDataRole.ToolTipRole:
            tip = self.line(index.row()).tip(is_at_end=self._then is None)
            return tooltip_of(tip if held is None else f"{held.hint}\n\n{tip}")
        return None

    def _spoken(self, line: TableLine, column: GradientColumn) -> str:
        """Return a cell for a screen reader, with the whole name."""
        if column != GradientColumn.LEAF:
            return line.text(column)
        if line.row is not None:
            return line.row.label
        text = tr("{group}, open") if line.is_open else tr("{group}, closed")
        return text.format(group=line.entry.key)
