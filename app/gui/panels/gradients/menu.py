"""The context menu of the table of gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from app.gui.panels.gradients.model import TITLES
from app.gui.panels.gradients.rows import GradientColumn
from app.session.language import tr, translatable
from app.session.summary.gradient_text import FORMATS

OPTIONAL = (GradientColumn.SHAPE,)
"""Columns that the user can show or hide."""
_COPIES = {
    "text": translatable("Copy table as &text"),
    "CSV": translatable("Copy table as &CSV"),
    "Markdown": translatable("Copy table as &Markdown"),
}


def table_menu(
    table: QTableView,
    copy: Callable[[str], None],
    show_column: Callable[[GradientColumn, bool], None],
    hold: Callable[[bool], None] | None,
    nudge: Callable[[], None] | None,
    parent: QWidget,
) -> QMenu:
    """Return the menu; `copy` takes a format of `FORMATS`, or "" for the selected rows as text.

    `hold` freezes the selected rows for the next runs, or lets them require grad; None if none can.
    `nudge` moves a value of the one selected row; None if no row, or several, are selected.
    """
    menu = QMenu(parent)
    one = menu.addAction(tr("&Copy rows"), lambda: copy(""))
    one.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    one.setEnabled(table.selectionModel().hasSelection())
    for name in FORMATS:
        menu.addAction(tr(_COPIES[name]), partial(copy, name))
    menu.addSeparator()
    menu.addActions(table.actions())
    menu.addSeparator()
    for words, frozen in ((tr("What if they were &frozen"), True),
                          (tr("What if they &required grad"), False)):  # fmt: skip
        held = menu.addAction(words)
        held.setEnabled(hold is not None)
        if hold is not None:
            held.triggered.connect(partial(hold, frozen))
    menu.addSeparator()
    move = menu.addAction(tr("N&udge a value…"))
    move.setEnabled(nudge is not None)
    if nudge is not None:
        move.triggered.connect(lambda: nudge())
    menu.addSeparator()
    menu.addMenu(_sorting(table, menu))
    columns = menu.addMenu(tr("C&olumns"))
    for column in OPTIONAL:
        action = columns.addAction(tr(TITLES[column]))
        action.setCheckable(True)
        action.setChecked(not table.isColumnHidden(column))
        action.toggled.connect(lambda on, column=column: show_column(column, on))
    return menu


def _sorting(table: QTableView, parent: QWidget) -> QMenu:
    menu, header = QMenu(tr("&Sort by"), parent), table.horizontalHeader()
    by, order = header.sortIndicatorSection(), header.sortIndicatorOrder()
    group = QActionGroup(menu)
    titles = [(column, tr(TITLES[column])) for column in GradientColumn]
    choices = [(-1, tr("The order of the run")), *titles]
    for section, title in choices:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setActionGroup(group)
        action.setChecked(section == by)
        turned = Qt.SortOrder.DescendingOrder
        if section != by or order == Qt.SortOrder.DescendingOrder:
            turned = Qt.SortOrder.AscendingOrder
        action.triggered.connect(
            lambda _=False, section=section, turned=turned: table.sortByColumn(section, turned)
        )
    return menu
