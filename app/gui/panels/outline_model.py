"""The outline as a Qt tree model; rows are made when they are looked at."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, overload

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from app.gui.controls.tooltips import tooltip_of
from app.gui.theme import Theme
from app.session.graph.grouping.groups import ROOT
from app.session.graph.outline import Filtered, Outline, OutlineRow, Thing
from app.session.graph.payloads import StatusKey
from app.session.language import tr, translatable
from app.session.numbers import hits_counted

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


class OutlineColumn(IntEnum):
    NAME = 0
    STATUS = 1
    LINE = 2


_TITLES: Final = {
    OutlineColumn.NAME: translatable("Operation"),
    OutlineColumn.STATUS: translatable("Status"),
    OutlineColumn.LINE: translatable("Line"),
}


class OutlineModel(QAbstractItemModel):
    """An index holds only the number of the group around its row."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._outline: Outline | None = None
        self._filtered: Filtered | None = None
        self._keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._rows: dict[Thing, OutlineRow] = {}
        """The rows that were looked at."""
        self._icons: dict[StatusKey, QIcon] = {}

    # ------------------------------------------------------------------------- what it shows

    @property
    def outline(self) -> Outline | None:
        return self._outline

    def show(self, outline: Outline | None, filtered: Filtered | None = None) -> None:
        """Show another outline, or a filtered one."""
        self.beginResetModel()
        self._outline, self._filtered = outline, filtered
        self._keys = list(outline.keys()) if outline is not None else []
        self._numbers = {key: number for number, key in enumerate(self._keys)}
        self._places, self._rows = {}, {}
        self.endResetModel()

    @property
    def filtered(self) -> Filtered | None:
        return self._filtered

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._icons.clear()
        self.layoutChanged.emit()

    def thing(self, index: Index) -> Thing | None:
        """Return the thing in a row; None for no row."""
        if not index.isValid():
            return None
        return self._contents(self._keys[index.internalId()])[index.row()]

    def row_of(self, thing: Thing) -> QModelIndex:
        """Return the row of a thing, or an invalid index if it is not shown."""
        if self._outline is None:
            return _NOWHERE
        around = self._outline.parent(thing)
        place = self._place(thing, around)
        return _NOWHERE if place is None else self.createIndex(place, 0, self._numbers[around])

    def _contents(self, key: str) -> tuple[Thing, ...]:
        if self._outline is None:
            return ()
        return (self._filtered or self._outline).contents(key)

    def _place(self, thing: Thing, around: str) -> int | None:
        """Return the place of a thing in the group around it."""
        if isinstance(thing, str) and (known := self._places.get(thing)) is not None:
            return known
        contents = self._contents(around)
        if thing not in contents:
            return None
        place = contents.index(thing)
        if isinstance(thing, str):
            self._places[thing] = place
        return place

    # ------------------------------------------------------------------------- what Qt asks

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        around = self.thing(parent) if parent.isValid() else ROOT
        if not isinstance(around, str) or row >= len(self._contents(around)):
            return _NOWHERE
        return self.createIndex(row, column, self._numbers[around])

    @overload
    def parent(self) -> QObject | None: ...
    @overload
    def parent(self, index: Index) -> QModelIndex: ...
    def parent(self, index: Index | None = None) -> QObject | QModelIndex | None:
        if index is None:
            return super().parent()
        if not index.isValid():
            return _NOWHERE
        around = self._keys[index.internalId()]
        return _NOWHERE if around == ROOT else self.row_of(around)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        if parent.column() > 0:
            return 0
        around = self.thing(parent) if parent.isValid() else ROOT
        return len(self._contents(around)) if isinstance(around, str) else 0

    def hasChildren(self, parent: Index = _NOWHERE) -> bool:
        if not parent.isValid():
            return self._outline is not None
        return parent.column() == 0 and isinstance(self.thing(parent), str)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return len(OutlineColumn)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(_TITLES[OutlineColumn(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        thing = self.thing(index)
        if thing is None or self._outline is None:
            return None
        row, column = self._row(thing), OutlineColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(thing, row, column)
        if role == Qt.ItemDataRole.DecorationRole and column is OutlineColumn.STATUS:
            return self._icon(row.status)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._color(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column is OutlineColumn.LINE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip_of(row.spoken)
        return None

    def _row(self, thing: Thing) -> OutlineRow:
        row = self._rows.get(thing)
        if row is None:
            assert self._outline is not None
            row = self._rows[thing] = self._outline.row(thing)
        return row

    def _icon(self, status: StatusKey) -> QIcon:
        if status not in self._icons:
            glyph, tone = self._theme.style(status).glyph, self._theme.tone(status)
            self._icons[status] = self._theme.icon(glyph, tone.graphic, 14)
        return self._icons[status]

    def _text(self, thing: Thing, row: OutlineRow, column: OutlineColumn) -> str:
        if column is OutlineColumn.LINE:
            return "" if row.line is None else str(row.line)
        if column is OutlineColumn.STATUS:
            if self._filtered is not None and isinstance(thing, str):
                count = self._filtered.count(thing)
                return hits_counted(count)
            return row.words
        return f"{row.title}  {row.detail}".rstrip()

    def _color(self, row: OutlineRow, column: OutlineColumn) -> object:
        if column is OutlineColumn.STATUS:
            return self._theme.tone(row.status).text
        if column is OutlineColumn.LINE:
            return self._theme.colors.text_tertiary
        return self._theme.colors.text
