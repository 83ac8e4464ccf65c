"""The outline panel: the graph as a tree of rows, for the keyboard and for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.gui.panels.header import Header
from app.gui.panels.outline_model import Index, OutlineColumn, OutlineModel
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, TABLE_HEADER_HEIGHT, TREE_ROW_HEIGHT
from app.session.graph.grouping.groups import ROOT
from app.session.graph.outline import Filtered, Outline, Thing
from app.session.language import tr, translatable

EMPTY: Final = translatable("Nothing traced yet. Press Run to list the operations.")
NOTHING_FOUND: Final = translatable("No row of the outline matches the search.")
_MOST_OPENED: Final = 200
"""The number of found rows that are opened at once; others are opened by the user."""
_LINE_WIDTH: Final = 60
_INSET: Final = "   "
"""Between a line's number and the border."""


class _Rows(QStyledItemDelegate):
    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if index.column() == OutlineColumn.LINE:
            option.text += _INSET

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), TREE_ROW_HEIGHT)


class _Tree(QTreeView):
    activatedRow = Signal(QModelIndex)
    """Enter was pressed on a row; for a double click there is `doubleClicked`."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.activatedRow.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class OutlinePanel(QWidget):
    thingChosen = Signal(object)
    """A row was chosen by mouse or keys: a `Thing`."""
    thingActivated = Signal(object)
    """A double click or Enter on a row."""
    opened = Signal(str, bool)
    """The user opened (or closed) the row of a group, by its key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.header = Header(tr("Outline"))
        self._quiet = False
        self._expanded: frozenset[str] = frozenset()
        self._model = OutlineModel(theme, self)
        self.tree = self._make_tree()
        self._hint = QLabel(tr(EMPTY), wordWrap=True)
        self._hint.setProperty("hint", True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._hint.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        self._stack.addWidget(self.tree)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def _make_tree(self) -> _Tree:
        tree = _Tree()
        tree.setObjectName("outlineTree")
        tree.setAccessibleName(tr("Outline of operations"))
        tree.setModel(self._model)
        tree.setItemDelegate(_Rows(tree))
        tree.setUniformRowHeights(True)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setExpandsOnDoubleClick(False)
        tree.setAllColumnsShowFocus(True)
        tree.setIndentation(16)
        tree.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = tree.header()
        header.setFixedHeight(TABLE_HEADER_HEIGHT)
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(OutlineColumn.NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(OutlineColumn.STATUS, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(OutlineColumn.LINE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(OutlineColumn.STATUS, 170)
        header.resizeSection(OutlineColumn.LINE, _LINE_WIDTH)
        tree.selectionModel().currentChanged.connect(self._on_current)
        tree.expanded.connect(lambda index: self._on_opened(index, True))
        tree.collapsed.connect(lambda index: self._on_opened(index, False))
        tree.doubleClicked.connect(self._on_activated)
        tree.activatedRow.connect(self._on_activated)
        return tree

    # ---------------------------------------------------------------------------- what it shows

    def set_theme(self, theme: Theme) -> None:
        self._model.set_theme(theme)

    def show_outline(self, outline: Outline | None, filtered: Filtered | None = None) -> None:
        """Show another outline; with `filtered`, only what a search found."""
        with self._silence():
            self._expanded = frozenset()
            self._model.show(outline, filtered)
        rows = self._model.rowCount()
        self._hint.setText(tr(NOTHING_FOUND if filtered is not None else EMPTY))
        self._stack.setCurrentWidget(self.tree if rows else self._hint)
        if filtered is not None:
            self._open_found()

    @property
    def outline(self) -> Outline | None:
        return self._model.outline

    @property
    def filtered(self) -> Filtered | None:
        return self._model.filtered

    @property
    def hint(self) -> str:
        """The text shown instead of rows."""
        return self._hint.text() if self._stack.currentWidget() is self._hint else ""

    @property
    def current(self) -> Thing | None:
        """The thing in the selected row, or None."""
        return self._model.thing(self.tree.currentIndex().siblingAtColumn(0))

    def set_open(self, keys: frozenset[str]) -> None:
        """Open exactly these groups."""
        with self._silence():
            for key in self._expanded - keys:
                self._set_expanded(key, False)
            for key in keys - self._expanded:
                self._set_expanded(key, True)
        self._expanded = keys

    def select(self, thing: Thing | None) -> None:
        """Mark a row, or the closed group around it, without emitting a signal."""
        with self._silence():
            index = self._visible_row(thing) if thing is not None else QModelIndex()
            if not index.isValid():
                self.tree.selectionModel().clear()
                return
            flags = QItemSelectionModel.SelectionFlag
            self.tree.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.tree.scrollTo(index)

    def _visible_row(self, thing: Thing) -> QModelIndex:
        """Return the row of a thing, or of the outermost closed group around it."""
        index = self._model.row_of(thing)
        step = index.parent()
        while step.isValid():
            if not self.tree.isExpanded(step):
                index = step
            step = step.parent()
        return index

    def _set_expanded(self, key: str, expanded: bool) -> None:
        if self.outline is not None and key in self.outline:
            index = self._model.row_of(key)
            if index.isValid():
                self.tree.setExpanded(index, expanded)

    def _open_found(self) -> None:
        """Open the found rows, outer ones first, until there are enough to read."""
        waiting, shown = [QModelIndex()], 0
        with self._silence():
            while waiting and shown < _MOST_OPENED:
                index = waiting.pop(0)
                if index.isValid():
                    self.tree.setExpanded(index, True)
                rows = self._model.rowCount(index)
                shown += rows
                inside = (self._model.index(row, 0, index) for row in range(rows))
                waiting.extend(child for child in inside if self._model.hasChildren(child))

    @contextmanager
    def _silence(self) -> Iterator[None]:
        """Emit no signals for changes in this block, which are not the user's."""
        before, self._quiet = self._quiet, True
        yield
        self._quiet = before

    # ------------------------------------------------------------------------- what the user does

    def _on_current(self, index: QModelIndex) -> None:
        thing = self._model.thing(index)
        if thing is not None and not self._quiet:
            self.thingChosen.emit(thing)

    def _on_activated(self, index: QModelIndex) -> None:
        thing = self._model.thing(index.siblingAtColumn(0))
        if thing is not None:
            self.thingActivated.emit(thing)

    def _on_opened(self, index: QModelIndex, expanded: bool) -> None:
        key = self._model.thing(index)
        if isinstance(key, str) and key != ROOT and not self._quiet:
            self._expanded = self._expanded | {key} if expanded else self._expanded - {key}
            self.opened.emit(key, expanded)
