"""The panel with the table of gradients: which leaf has one, which has not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.contract.records import Change
from app.gui.panels.gradients.filter import GradientsFilter
from app.gui.panels.gradients.iterations_table import IterationsTable
from app.gui.panels.gradients.model import GradientsModel
from app.gui.panels.gradients.over_iterations import OverIterations
from app.gui.panels.gradients.rows import GradientRow
from app.gui.panels.gradients.running_figures import RunningFigures
from app.gui.panels.gradients.running_losses import RunningLosses
from app.gui.panels.gradients.table import GradientTable
from app.gui.panels.gradients.tree import Entry
from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, TABLE_HEADER_HEIGHT
from app.session.kept import Amount
from app.session.language import ngettext, number, tr, translatable
from app.session.summary.leaf_grads import LeafCount
from app.session.timeline import Snapshot

EMPTY = translatable("Nothing traced yet. Press Run to see every .grad and the reason for it.")
GONE = translatable("The run ended without these parameters: they have no row here.")
_NONE = LeafCount(0, 0)
_WIDE = 460
"""Pixels at which the header has room for its whole note beside all buttons."""
_LEAST_BELOW_LOSSES = 56
"""Pixels that the curve of a running program leaves to the rows: their header and one."""


class GradientsPanel(QWidget):
    tensorChosen = Signal(int)
    """The tensor's id of the row that the user chose."""
    groupChosen = Signal(list)
    """The tensors' ids of the group of rows that the user chose."""
    spreadChanged = Signal(bool)
    """Whether all iterations are shown now, which needs more room."""
    stateWanted = Signal(list, bool)
    """Names of parameters or modules, and whether they are to be frozen in the next runs."""
    nudgeWanted = Signal(int)
    """The tensor's id of the row whose values the user wants to move."""
    allWanted = Signal()
    """The user wants all rows again, after `show_only`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.header = Header(tr("Gradients"))
        self._model = GradientsModel()
        self.table = GradientTable(theme, self._model)
        self.filter = GradientsFilter()
        self.iterations = IterationsTable(theme)
        self.figures = RunningFigures()
        self.losses = RunningLosses(theme)
        """Both above all while a program runs."""
        self._over: OverIterations | None = None
        self._is_spread = False
        self.all_iterations = QToolButton()
        self.all_iterations.setText(tr("All iterations"))
        self.all_iterations.setCheckable(True)
        self.all_iterations.setToolTip(tr("Show every gradient over all iterations of the run"))
        self.all_iterations.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.all_iterations.hide()
        self._then: Snapshot | None = None
        self._leaves = _NONE
        self._covered = 0
        """The number of tensors whose `.grad` is covered."""
        self._hint = tr(EMPTY)
        """The text if there are no rows."""
        self._opens = QToolButton()
        self._opens.setCheckable(True)
        self._opens.setProperty("flat", True)
        self._opens.setToolTip(tr("Filter by name or reason (/ in the table)"))
        self._opens.setAccessibleName(tr("Filter"))
        self._opens.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._empty = QLabel(tr(EMPTY), wordWrap=True)
        self._empty.setProperty("hint", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.iterations)
        self._build()
        self.set_theme(theme)

    def _build(self) -> None:
        self.header.add_widget(self.all_iterations)
        self.header.add_widget(self.filter.only_none)
        self.header.add_widget(self._opens)
        self.filter.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.figures)
        column.addWidget(self.losses)
        column.addWidget(self.header)
        column.addWidget(self.filter)
        self._stack.setMinimumHeight(
            TABLE_HEADER_HEIGHT
        )  # it scrolls; what is above it is shown whole
        column.addWidget(self._stack)
        self.table.rowChosen.connect(self._choose)
        self.table.stateWanted.connect(self.stateWanted)
        self.table.nudgeWanted.connect(self._nudge)
        self.iterations.tensorsChosen.connect(self._choose_tensors)
        self.all_iterations.toggled.connect(self._switch)
        self.figures.toggled.connect(self.table.heightChanged)
        self.losses.toggled.connect(self.table.heightChanged)
        self.table.findWanted.connect(self._open_filter)
        self.filter.changed.connect(self._filter)
        self.filter.left.connect(self._leave_filter)
        self.filter.group.clicked.connect(self.allWanted)
        self._opens.toggled.connect(self._show_filter)
        self._opens.clicked.connect(lambda on: self._open_filter() if on else None)

    def set_theme(self, theme: Theme) -> None:
        self.table.delegate.theme = theme
        self.iterations.set_theme(theme)
        self.losses.set_theme(theme)
        self.table.viewport().update()
        self._opens.setIcon(theme.icon("search", size=14))
        self.filter.group.setIcon(theme.icon("close", size=12))

    def show_no_progress(self) -> None:
        """Hide what is shown of a program that runs."""
        self.figures.clear()
        self.losses.show_losses(())

    # --------------------------------------------------------------------------------- the rows

    def show_rows(
        self,
        rows: Sequence[GradientRow] = (),
        tree: Sequence[Entry] = (),
        leaves: LeafCount = _NONE,
        hint: str = "",
        *,
        of_same_run: bool = False,
    ) -> None:
        """Show rows and keep filter and order; `tree` has all of them.

        `hint` is shown if there are no rows; without any, nothing was traced yet.
        """
        self._then, self._leaves = None, leaves
        self._covered = sum(row.count for row in rows if row.is_covered)
        self._hint = hint or tr(EMPTY)
        self._model.set_rows(rows, tree, of_same_run=of_same_run)
        self.filter.show_group("")
        if self.filter.is_on:
            self._opens.setChecked(True)
        self._show_line()
        self._show_state()

    def show_changes(self, changes: tuple[Change, ...]) -> None:
        """Show the states that the changes of the next run ask for."""
        self._model.set_changes(changes)

    def show_iterations(self, table: OverIterations | None) -> None:
        """Offer the table over all iterations of the run that is shown; None if it has none."""
        self._over = table
        self.iterations.show_run(table)
        self.all_iterations.setVisible(table is not None)
        self._show_state()

    @property
    def is_over_iterations(self) -> bool:
        return self._over is not None and self.all_iterations.isChecked()

    def _switch(self) -> None:
        self._show_state()
        self.table.heightChanged.emit()

    def set_hint(self, text: str) -> None:
        """Set the text for an empty table; an empty hint means that nothing was traced yet."""
        self._hint = text or tr(EMPTY)
        self._show_state()

    def show_bytes(self, modules: Mapping[str, Amount] | None) -> None:
        """Show what each module keeps for backward in place of the reasons; None shows those."""
        self._model.show_bytes(modules)

    def show_moment(self, then: Snapshot | None) -> None:
        """Show every `.grad` at a moment of the run; None is its end."""
        self._then = then
        self._model.show_moment(then)
        self.iterations.set_event(None if then is None else then.now)
        self.table.set_at_a_moment(then is not None)
        self._show_state()
        if then is not None and (place := self._model.place_now(then)) is not None:
            self.table.scrollTo(self._model.index(place, 0))
            if then.moment is not None and then.moment.kind == "accumulate":
                self.table.glow()

    def _show_state(self) -> None:
        table = self.table if self._model.rowCount() else self._empty
        self._stack.setCurrentWidget(self.iterations if self.is_over_iterations else table)
        has_rows = bool(self._model.total)
        for widget in (self.filter.only_none, self._opens):
            widget.setVisible(has_rows and not self.is_over_iterations)
        self._empty.setText(self._why_empty())
        if self.is_over_iterations != self._is_spread:
            self._is_spread = self.is_over_iterations
            self.spreadChanged.emit(self._is_spread)
        self.header.set_note(*self._note())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= _WIDE
        self.all_iterations.setText(tr("All iterations") if is_wide else tr("Iterations"))
        needed = (self.figures, self.losses)
        rest = event.size().height() - sum(one.sizeHint().height() for one in needed)
        self.losses.give_room(rest >= _LEAST_BELOW_LOSSES)

    def _note(self) -> tuple[str, str]:
        """Return what the header says, and in short."""
        found, total = self._leaves
        if self._over is not None and self.is_over_iterations:
            count = number(len(self._over.events))
            return tr("over {count} iterations").format(count=count), f"× {count}"
        if self._then is not None:
            found = self._then.history.grads.filled(self._then.now)
            text = tr("{count} of {total} filled")
        elif self._covered:
            return self._covered_note()
        elif self.filter.is_on:
            found, total = sum(row.count for row in self._model.rows), self._model.total
            text = tr("{count} of {total} shown")
        else:
            text = ngettext(
                "{count} of {total} leaf has one", "{count} of {total} leaves have one", total
            )
        if not total:
            return "", ""
        values = {"count": number(found), "total": number(total)}
        return text.format(**values), tr("{count} of {total}").format(**values)

    def _covered_note(self) -> tuple[str, str]:
        total = self._model.total
        text = ngettext("{count} leaf", "{count} leaves", total).format(count=number(total))
        if self._covered == total:
            return tr("{leaves}, covered").format(leaves=text), text
        left = tr("{count} covered").format(count=number(self._covered))
        return f"{text}, {left}", left

    def _why_empty(self) -> str:
        if not self._model.total:
            return self._hint
        text = self.filter.field.text().strip()
        if not text:
            return tr("No .grad is None.") if self.filter.only_none.isChecked() else tr(GONE)
        if self.filter.only_none.isChecked():
            said = tr("No row whose .grad is None has “{text}” in its name or reason.")
        else:
            said = tr("No name or reason contains “{text}”.")
        return said.format(text=text)

    @property
    def content_height(self) -> int:
        """The height that shows every row."""
        shown = [one for one in (self.figures, self.filter) if not one.isHidden()]
        above = sum(one.sizeHint().height() for one in shown)
        above += self.losses.sizeHint().height() if self.losses.is_wanted else 0
        table = self.iterations if self.is_over_iterations else self.table
        return above + table.content_height

    @property
    def hint(self) -> str:
        """The text shown instead of a table; empty while there is one."""
        return "" if self._model.rowCount() else self._empty.text()

    # -------------------------------------------------------------------------------- the filter

    def _filter(self, text: str, only_none: bool) -> None:
        self._model.set_filter(text, only_none=only_none)
        self._show_state()

    def _show_filter(self, on: bool) -> None:
        if not on:
            self.filter.field.clear()
        self._show_line()

    def _show_line(self) -> None:
        """Show the filter line if the user opened it or it hides rows."""
        self.filter.setVisible(self._opens.isChecked() or bool(self.filter.group_text))
        self.table.heightChanged.emit()

    def show_only(self, tensors: Sequence[int], words: str) -> None:
        """Show only the rows of these tensors, named `words`, or all rows if there are none."""
        self._model.set_only(tensors)
        self.filter.show_group(words)
        self._show_line()
        self._show_state()

    def _open_filter(self) -> None:
        self._opens.setChecked(True)
        self.filter.field.setFocus()
        self.filter.field.selectAll()

    def _leave_filter(self) -> None:
        self.table.setFocus()
        if not self.table.selectionModel().hasSelection() and self._model.rowCount():
            self.table.selectRow(0)
            self._choose(0)

    # ------------------------------------------------------------------------------- choosing

    def select_tensors(self, tensors: list[int]) -> None:
        """Mark the row of the first of these tensors that has one, or no row."""
        found = [tensor for tensor in tensors if self._model.place_of(tensor) is not None]
        self.table.select_tensors(found[:1])

    def set_search(self, text: str) -> int:
        """Mark the names that contain `text`; return their number."""
        rows = self._model.all_rows if text else ()
        found = (n for n, row in enumerate(rows) if text.lower() in row.gradient.name.lower())
        self.table.delegate.search, self.table.delegate.hits = text, frozenset(found)
        self.table.viewport().update()
        return len(self.table.delegate.hits)

    def _choose_tensors(self, tensors: list[int]) -> None:
        if len(tensors) == 1:
            self.tensorChosen.emit(tensors[0])
        else:
            self.groupChosen.emit(tensors)

    def _nudge(self, place: int) -> None:
        if (row := self._model.line(place).row) is not None:
            self.nudgeWanted.emit(row.gradient.tensor)

    def _choose(self, place: int) -> None:
        tensors = [row.gradient.tensor for row in self._model.members(place)]
        row = self._model.line(place).row
        if row is None:
            self.groupChosen.emit(tensors)
        else:
            self.tensorChosen.emit(row.gradient.tensor)
