"""What differs in numbers: the gradients of both runs, and what can be counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.gui.actions import Actions
from app.gui.controls.icon_button import IconButton
from app.gui.panels.comparing.measure_list import MeasureList
from app.gui.panels.comparing.pairs import PairRow
from app.gui.panels.comparing.table import PairTable
from app.gui.panels.header import Header
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import ngettext, number, tr

if TYPE_CHECKING:
    from app.session.comparing.measures import Measure
    from app.session.comparing.sides import Sides


class ComparePanel(QWidget):
    """Takes the place of gradients and details while two runs are compared."""

    def __init__(self, theme: Theme, do: Actions) -> None:
        super().__init__()
        self.setObjectName("comparePanel")
        self.header = Header(tr("Gradients"))
        self.only = IconButton()
        self.only.setText(tr("Only differences"))
        self.only.setCheckable(True)
        self.only.setChecked(True)
        self.header.add_widget(self.only)
        self.message = QLabel(wordWrap=True)
        self.message.setProperty("hint", True)
        self.message.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        self.message.hide()
        self.table = PairTable(theme)
        self.only.toggled.connect(self.table.set_only_differences)
        self.only.toggled.connect(self._mark_only)
        self._sides = Header(tr("Side by side"))
        self.measures = MeasureList(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.message, self.table, self._sides, self.measures):
            column.addWidget(widget, 1 if widget is self.table else 0)
        column.addWidget(_buttons(do))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.table.set_theme(theme)
        self.measures.set_theme(theme)
        self._mark_only()

    def _mark_only(self) -> None:
        self.only.setIcon(self._theme.icon("check" if self.only.isChecked() else "dot", size=14))

    def set_swapped(self, swapped: bool) -> None:
        """Show the pinned run right of the run of now, or left of it."""
        self.table.set_swapped(swapped)
        self.measures.set_swapped(swapped)

    def show_message(self, text: str) -> None:
        """Say something above the table, or nothing."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def show_pairs(
        self, pairs: Sequence[PairRow], measures: Sequence[Measure], sides: Sides
    ) -> None:
        self.table.show_pairs(pairs, sides)
        differ = sum(not row.is_equal for row in pairs)
        text = ngettext("{count} of {total} differs", "{count} of {total} differ", differ)
        self.header.set_note(text.format(count=number(differ), total=number(len(pairs))))
        self.measures.show_measures(measures, sides)
        equal = sum(one.is_equal is True for one in measures)
        others = sum(one.is_equal is False for one in measures)
        text = ngettext("{count} differs, {equal} equal", "{count} differ, {equal} equal", others)
        self._sides.set_note(text.format(count=number(others), equal=number(equal)))


def _buttons(do: Actions) -> QWidget:
    bar = QWidget()
    row = QHBoxLayout(bar)
    row.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
    row.setSpacing(SPACE_SMALL)
    for action in (do.pin, do.back_to_pinned):
        row.addWidget(IconButton(action))
    row.addStretch(1)
    return bar
