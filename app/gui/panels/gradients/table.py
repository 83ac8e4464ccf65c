"""The table of gradients: column widths, row heights, mouse and keys."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRectF,
    Qt,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.gui.controls.motion import animates
from app.gui.panels.gradients.delegate import (
    INDENT,
    INSET,
    MAP_WIDTH,
    NARROW_MAP_WIDTH,
    GradientDelegate,
    can_be_nudged,
    nudge_button,
)
from app.gui.panels.gradients.lines import TableLine
from app.gui.panels.gradients.menu import OPTIONAL, table_menu
from app.gui.panels.gradients.model import GradientsModel
from app.gui.panels.gradients.rows import GradientColumn, GradientRow
from app.gui.theme import Theme
from app.gui.theme.metrics import TABLE_HEADER_HEIGHT, TREE_ROW_HEIGHT
from app.session.language import tr
from app.session.summary.gradient_text import FORMATS, as_text

_GLOW_MS = 600
_LEAF_SHARE = 0.36
"""The largest share of the table's width for the names."""
_LEAST_LEAF_SHARE = 0.29
"""The share that names keep if reasons are long."""
_LEAST_WHY = 88
"""Norms are hidden if reasons would have less than these pixels."""
_LEAST_MAP, _LEAST_MAP_AT_A_MOMENT, _AROUND_MAP = 48, 64, 8
"""Maps may be none at the end, and there at a moment, as is the word for what is still to come."""
_LEASTS = {
    GradientColumn.LEAF: 64,
    GradientColumn.COUNT: 46,
    GradientColumn.GRAD: 56,
    GradientColumn.NORM: 40,
}
_LEAST_NORM_AT_A_MOMENT = 58
_MOST_MEASURED = 300
"""Lines whose texts decide about the widths of the columns."""
_NARROW, _WIDE = 380, 600
"""Below the first, maps are narrower and states are in the menu only; from the second on, shapes
are shown, and states in words."""


class GradientTable(QTableView):
    rowChosen = Signal(int)
    """A row was chosen by mouse or keys."""
    heightChanged = Signal()
    """`content_height` may have changed."""
    stateWanted = Signal(list, bool)
    """The names of parameters or modules, and whether they are to be frozen in the next runs."""
    nudgeWanted = Signal(int)
    """The place of the row whose values the user wants to move."""
    findWanted = Signal()
    """Ctrl+F or a slash was pressed."""

    def __init__(self, theme: Theme, model: GradientsModel) -> None:
        super().__init__()
        self.rows = model
        self._widest: dict[GradientColumn, list[TableLine]] = {
            column: [] for column in GradientColumn
        }
        self._wanted: dict[GradientColumn, bool] = {}
        self._seen: Sequence[object] = ()
        self._selected: list[tuple[str, int]] = []
        """Keys of the selected lines, and a tensor of each."""
        self._at_a_moment = False
        self._is_toggled = False
        """Whether the button that is down has toggled a state, or pressed a button."""
        self.setModel(model)
        self.setObjectName("gradientTable")
        self.setAccessibleName(tr("Gradients"))
        self.delegate = GradientDelegate(theme)
        self.delegate.held = model.held
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(TREE_ROW_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(TREE_ROW_HEIGHT)
        self._set_up_header(self.horizontalHeader())
        self._glow = QVariantAnimation(self)
        self._glow.setDuration(_GLOW_MS)
        self._glow.setStartValue(1.0)
        self._glow.setEndValue(0.0)
        self._glow.valueChanged.connect(self._glow_on)
        self.entered.connect(lambda index: self._hover(index.row()))
        model.modelAboutToBeReset.connect(self._note_selection)
        model.modelReset.connect(self._fit)

    def _set_up_header(self, header: QHeaderView) -> None:
        """Set up sorting: one click sorts up, two sort down, three restore the order of the run."""
        header.setFixedHeight(TABLE_HEADER_HEIGHT)
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setMinimumSectionSize(24)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    # ------------------------------------------------------------------------------- selection

    def _note_selection(self) -> None:
        """Remember the selection, so that sorting, filtering and folding keep it."""
        self._selected = []
        if self._seen is self.rows.all_rows:
            for place in self._selected_places():
                tensor = self.rows.members(place)[0].gradient.tensor
                self._selected.append((self.rows.key(place), tensor))
        self._seen = self.rows.all_rows

    def _selected_places(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def _select_again(self) -> None:
        """Select the lines that were selected, or the groups that they are in now."""
        model = self.rows
        places = [
            model.place_of(tensor) if (place := model.place_of_key(key)) is None else place
            for key, tensor in self._selected
        ]
        self._select([place for place in places if place is not None])

    def select_tensors(self, tensors: Sequence[int]) -> None:
        """Mark the rows of these tensors and scroll to the first; without any, mark no row."""
        for tensor in tensors:
            self.rows.reveal(tensor)
        found = (self.rows.place_of(tensor) for tensor in tensors)
        places = [place for place in found if place is not None]
        self._select(places)
        if places:
            self.scrollTo(self.rows.index(places[0], 0))

    def _select(self, places: Sequence[int]) -> None:
        model, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        model.clear()
        for place in places:
            model.select(self.rows.index(place, 0), flags.Select | flags.Rows)
        if places:
            model.setCurrentIndex(self.rows.index(places[0], 0), flags.NoUpdate)

    # --------------------------------------------------------------------------------- folding

    def _fold(self, place: int, on: bool) -> None:
        """Open or close a group; what is above it stays in its place."""
        bar = self.verticalScrollBar()
        at = bar.value()
        self.rows.set_open([self.rows.key(place)], on)
        bar.setValue(at)

    def _step_in_tree(self, key: int) -> bool:
        """Open, close, or go to the group around, as in other trees; return whether it did."""
        place, model = self.currentIndex().row(), self.rows
        if place < 0 or not model.is_tree:
            return False
        line, opens = model.line(place), key == Qt.Key.Key_Right
        if line.row is None and line.is_open != opens:
            self._fold(place, opens)
        elif not opens and (around := model.group_around(place)) is not None:
            self.selectRow(around)
            self.rowChosen.emit(around)
        return True

    def _is_on_chevron(self, place: int, x: int) -> bool:
        line = self.rows.line(place)
        left = self.columnViewportPosition(GradientColumn.LEAF) + INSET + line.depth * INDENT - 8
        return line.row is None and left <= x < left + 24

    # -------------------------------------------------------------------------------- measures

    def _fit(self) -> None:
        model, delegate = self.rows, self.delegate
        delegate.is_large, delegate.is_tree = model.is_large, model.is_tree
        self._select_again()
        lines = [model.line(place) for place in range(min(model.rowCount(), _MOST_MEASURED))]
        self._fit_rows(lines)
        self._measure(lines)
        self._order_columns()
        self.fit_columns()
        self.heightChanged.emit()

    def _fit_rows(self, lines: Sequence[TableLine]) -> None:
        """Make rows higher for heat maps with several lines; asking each cell would take long.

        A table of as many rows as before keeps their heights.
        """
        for number, line in enumerate(lines):
            if (height := self.delegate.height(line)) != self.rowHeight(number):
                self.setRowHeight(number, height)

    def _measure(self, lines: Sequence[TableLine]) -> None:
        """Find the longest text of each column: measuring all texts in pixels takes long."""
        self._widest = {column: _longest(lines, column) for column in GradientColumn}
        marked = [line for line in lines if line.glyph]
        self._widest[GradientColumn.WHY] += _longest(marked, GradientColumn.WHY)
        self._widest[GradientColumn.GRAD] = [] if self.rows.is_large else list(lines)
        if self.rows.is_tree:
            depth = max((line.depth for line in lines), default=0)
            self._widest[GradientColumn.LEAF] = [
                line
                for level in range(depth + 1)
                for line in _longest(
                    [one for one in lines if one.depth == level], GradientColumn.LEAF
                )
            ]

    def _order_columns(self) -> None:
        """Put norms last in a large table, where they are a column of numbers."""
        header = self.horizontalHeader()
        norm, why = (
            header.visualIndex(column) for column in (GradientColumn.NORM, GradientColumn.WHY)
        )
        if (norm > why) != self.rows.is_large:
            header.swapSections(norm, why)

    def fit_columns(self) -> None:
        """Make names, values and norms as wide as they need; reasons get the rest."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(GradientColumn.WHY, QHeaderView.ResizeMode.Stretch)
        width = self.viewport().width()
        for column in OPTIONAL:
            self.setColumnHidden(column, not self._wanted.get(column, width >= _WIDE))
        self.delegate.says_states = self.rows.says_states = width >= _WIDE
        self.setColumnHidden(GradientColumn.NORM, False)
        self.setColumnHidden(GradientColumn.COUNT, not self.rows.is_tree)
        self.setColumnHidden(GradientColumn.GRAD, self.rows.is_large)
        self.delegate.map_width = MAP_WIDTH if width >= _NARROW else NARROW_MAP_WIDTH
        shown = (column for column in GradientColumn if column != GradientColumn.WHY)
        widths: dict[GradientColumn, int] = {column: self._width_of(column) for column in shown}
        whole = widths[GradientColumn.LEAF]
        most = max(_LEASTS[GradientColumn.LEAF], round(width * _LEAF_SHARE))
        widths[GradientColumn.LEAF] = min(whole, most)
        if self.rows.is_large:
            spare = self._rest(widths, width) - self._width_of(GradientColumn.WHY)
            if spare < 0 and width < _NARROW and not self._at_a_moment:
                self.setColumnHidden(GradientColumn.NORM, True)
                spare += widths[GradientColumn.NORM]
            widths[GradientColumn.LEAF] = min(whole, most + max(0, spare))
        else:
            self._make_room(widths, width)
            if width < _NARROW and widths[GradientColumn.LEAF] < whole:
                self._favour_names(widths, whole)
            self._distinguish_names(widths, width)
        for column, size in widths.items():
            header.resizeSection(column, size)
        if self._rest(widths, width) < min(_LEAST_WHY, self._width_of(GradientColumn.WHY)):
            self.setColumnHidden(GradientColumn.NORM, True)
        lines = self._widest[GradientColumn.GRAD]
        self.delegate.fit_numbers([line.row for line in lines if line.row is not None])

    def _width_of(self, column: GradientColumn) -> int:
        """What it takes to show every cell of a column."""
        least = _LEASTS.get(column, 0)
        if column in OPTIONAL:
            least = self.horizontalHeader().sectionSizeHint(column) + 8
        elif column == GradientColumn.NORM and self._at_a_moment:
            least = _LEAST_NORM_AT_A_MOMENT
        elif column == GradientColumn.GRAD and self._at_a_moment:
            least = self.delegate.map_width + _AROUND_MAP
        lines = self._widest[column]
        return max([least, *(self.delegate.width(line, column) for line in lines)])

    def _make_room(self, widths: dict[GradientColumn, int], width: int) -> None:
        """Make room for the reasons: narrow maps first, then norms, then names.

        In a wide table norms stay if there are any.
        """
        missing = self._width_of(GradientColumn.WHY) - self._rest(widths, width)
        if missing <= 0:
            return
        least = _LEAST_MAP_AT_A_MOMENT if self._at_a_moment else _LEAST_MAP
        self.delegate.map_width = max(least, self.delegate.map_width - missing)
        missing -= widths[GradientColumn.GRAD] - (narrower := self._width_of(GradientColumn.GRAD))
        widths[GradientColumn.GRAD] = narrower
        if missing > 0 and not self._at_a_moment and (width < _NARROW or not self._has_norms):
            self.setColumnHidden(GradientColumn.NORM, True)
            missing -= widths[GradientColumn.NORM]
        if missing > 0 and not self._at_a_moment:  # what is said of a moment is short
            least = min(widths[GradientColumn.LEAF], round(width * _LEAST_LEAF_SHARE))
            widths[GradientColumn.LEAF] = max(least, widths[GradientColumn.LEAF] - missing)

    def _favour_names(self, widths: dict[GradientColumn, int], whole: int) -> None:
        """Give names the room of the norms: without its layer, `.weight` says nothing."""
        if not self.isColumnHidden(GradientColumn.NORM):
            self.setColumnHidden(GradientColumn.NORM, True)
            widths[GradientColumn.LEAF] = min(
                whole, widths[GradientColumn.LEAF] + widths[GradientColumn.NORM]
            )

    def _distinguish_names(self, widths: dict[GradientColumn, int], width: int) -> None:
        """Widen the names until no two of them are cut to the same text; reasons get narrower."""
        least = widths[GradientColumn.LEAF]
        most = least + max(0, self._rest(widths, width) - _LEAST_WHY)
        differ = bisect_left(range(least, most), True, key=lambda room: not self._look_alike(room))
        widths[GradientColumn.LEAF] = least + differ

    def _look_alike(self, width: int) -> bool:
        """Return whether different names are cut to the same text in this width."""
        lines = self._widest[GradientColumn.GRAD]
        shown = {self.delegate.name_in(line, width) for line in lines}
        return len(shown) < len({line.entry.label for line in lines})

    @property
    def _has_norms(self) -> bool:
        """Return whether any row has a norm."""
        return any(line.norm != "–" for line in self._widest[GradientColumn.GRAD])

    def _rest(self, widths: dict[GradientColumn, int], width: int) -> int:
        """Return the width left for the reasons."""
        return width - sum(size for one, size in widths.items() if not self.isColumnHidden(one))

    def set_at_a_moment(self, on: bool) -> None:
        """Reserve room for norms at a moment of the run, which may be longer than at its end."""
        if on != self._at_a_moment:
            self._at_a_moment = on
            self.fit_columns()

    def glow(self) -> None:
        """Tint the row that has just been filled more strongly for a moment."""
        self._glow.stop()
        if animates(self):
            self._glow.start()

    def _glow_on(self, share: float) -> None:
        self.delegate.glow = share
        self.viewport().update()

    def turn(self, tensors: frozenset[int], width: float) -> None:
        """Show the `.grad` of these tensors at a share of its width."""
        self.delegate.turning, self.delegate.turning_width = tensors, width
        self.viewport().update()

    def show_column(self, column: GradientColumn, on: bool) -> None:
        """Show or hide a column at every width, as the user chose."""
        self._wanted[column] = on
        self.fit_columns()

    @property
    def content_height(self) -> int:
        """What it takes to show every row."""
        return self.horizontalHeader().height() + self.verticalHeader().length()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit_columns()
        super().resizeEvent(event)

    # ---------------------------------------------------------------------------------- copying

    def copy(self, format_: str = "") -> None:
        """Copy the whole table in a format of `gradient_text`, or, for "", the selected rows."""
        rows = [row.cells for row in self._copied(only_selected=not format_)]
        if rows:
            QGuiApplication.clipboard().setText(FORMATS.get(format_, as_text)(rows))

    def _copied(self, *, only_selected: bool) -> list[GradientRow]:
        """Return the rows to copy, as they are shown: a group represents its members."""
        if not only_selected:
            return self.rows.rows_now(range(self.rows.rowCount()))
        return self.rows.rows_now(self._selected_places())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        can_hold = any(self.rows.held(place) for place in self._selected_places())
        hold = self._hold_selected if can_hold else None
        place = self._nudgeable()
        nudge = None if place is None else partial(self.nudgeWanted.emit, place)
        menu = table_menu(self, self.copy, self.show_column, hold, nudge, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            rect = self.visualRect(self.currentIndex())
            at = self.viewport().mapToGlobal(rect.bottomLeft() + QPoint(24, 0))
        menu.popup(at)

    # ----------------------------------------------------------------------------------- nudging

    def _nudgeable(self) -> int | None:
        """Return the place of the selected row if it is the only one, neither group nor covered."""
        places = self._selected_places()
        row = self.rows.line(places[0]).row if len(places) == 1 else None
        return None if row is None or row.is_covered else places[0]

    def _is_on_nudge(self, index: QModelIndex, point: QPoint) -> bool:
        """Return whether a point is on the button of a selected row."""
        if index.column() != GradientColumn.WHY or index.row() not in self._selected_places():
            return False
        row = self.rows.line(index.row()).row
        return can_be_nudged(row) and nudge_button(QRectF(self.visualRect(index))).contains(point)

    # ------------------------------------------------------------------------------------ states

    def _hold_selected(self, frozen: bool, *_: object) -> None:
        """Ask for a state of the selected rows."""
        self._hold(self._selected_places(), frozen)

    def _hold(self, places: Sequence[int], frozen: bool) -> None:
        model = self.rows
        can = [place for place in places if model.held(place) is not None]
        names = dict.fromkeys(name for place in can for name in model.target(place))
        if names:
            self.stateWanted.emit(list(names), frozen)

    def _toggle_state(self, place: int) -> bool:
        """Ask for the other state of a row, with the rest of the selection if it is a part of it.

        Returns whether the row has a state.
        """
        held = self.rows.held(place)
        if held is None:
            return False
        selected = self._selected_places()
        self._hold(selected if place in selected else [place], not held.is_frozen)
        return True

    # ----------------------------------------------------------------------------- mouse, keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle the state, or press the button, that is clicked; the selection stays."""
        index = self.indexAt(event.position().toPoint())
        is_state = index.isValid() and index.column() == GradientColumn.REQUIRES
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        is_click = plain and event.button() == Qt.MouseButton.LeftButton
        self._is_toggled = is_click and is_state and self._toggle_state(index.row())
        if is_click and self._is_on_nudge(index, event.position().toPoint()):
            self._is_toggled = True
            self.nudgeWanted.emit(index.row())
        if not self._is_toggled:
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_toggled:
            self._is_toggled = False
            return
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton and plain:
            if self._is_on_chevron(index.row(), round(event.position().x())):
                self._fold(index.row(), not self.rows.line(index.row()).is_open)
            else:
                self.rowChosen.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group, as a click on its chevron does."""
        place = self.indexAt(event.position().toPoint()).row()
        if place < 0 or self.rows.line(place).row is not None:
            super().mouseDoubleClickEvent(event)
        elif not self._is_on_chevron(place, round(event.position().x())):
            self._fold(place, not self.rows.line(place).is_open)

    def event(self, event: QEvent) -> bool:
        """Take the keys for copying and finding from the window while the table has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and any(event.matches(key) for key in _OWN_KEYS)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        if event.matches(QKeySequence.StandardKey.Find) or event.text() == "/":
            self.findWanted.emit()
            return
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._step_in_tree(event.key()):
            return
        before = self.currentIndex().row()
        if event.key() == Qt.Key.Key_Space and before >= 0 and self._toggle_state(before):
            return
        super().keyPressEvent(event)
        now = self.currentIndex().row()
        chosen = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if now != -1 and (now != before or chosen):
            self.rowChosen.emit(now)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        self.delegate.hovered_row = row
        self.viewport().update()


_OWN_KEYS = (
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.SelectAll,
    QKeySequence.StandardKey.Find,
)


def _longest(lines: Sequence[TableLine], column: GradientColumn) -> list[TableLine]:
    """Return the line with the longest text in a column, as a list of one or none."""
    return [max(lines, key=lambda line: len(line.text(column)))] if lines else []
