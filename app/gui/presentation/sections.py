"""Shows one panel at a time, with tabs, instead of the inspector."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.gui.docks import TabHeader
from app.gui.presentation.loans import Loan


class Sections(QWidget):
    """Borrows the panels it shows; `give_back` returns them all."""

    def __init__(self, sections: Sequence[tuple[str, QWidget]]) -> None:
        super().__init__()
        self._loans = [Loan(panel) for _, panel in sections]
        self._pages = QStackedWidget()
        self.header = TabHeader([title for title, _ in sections])
        self.header.changed.connect(self._pages.setCurrentIndex)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._pages, 1)
        for _, panel in sections:
            self._pages.addWidget(panel)

    def show_section(self, number: int) -> None:
        self.header.set_current(number)

    def give_back(self) -> None:
        for loan in self._loans:
            loan.give_back()
