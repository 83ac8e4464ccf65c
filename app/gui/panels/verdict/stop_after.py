"""After how many iterations a run ends, to choose while it runs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from app.gui.controls.segments import as_segments, titled_row
from app.session.language import ngettext, number, tr

_OFFERED: Final = (1, 2, 10)


class StopAfter(QWidget):
    """A row of buttons: those numbers, the one that is set, and never."""

    chosen = Signal(object)
    """int | None"""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Stop after iteration"))
        self.buttons: dict[int | None, QToolButton] = {}
        self._limit: int | None = None
        self._row = titled_row(self, tr("Stop after iteration"))
        self.show_limit(None)

    def show_limit(self, limit: int | None) -> None:
        """Show which number is set; None is never."""
        self._limit = limit
        numbers = sorted({*_OFFERED, *(() if limit is None else (limit,))})
        offered: list[int | None] = [*numbers, None]
        if offered != list(self.buttons):
            self._build(offered)
        for value, button in self.buttons.items():
            button.setChecked(value == limit)

    def _build(self, offered: list[int | None]) -> None:
        for button in self.buttons.values():
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = {}
        for value in offered:
            button = self.buttons[value] = QToolButton()
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setText(tr("never") if value is None else number(value))
            button.setToolTip(_hint(value))
            button.setAccessibleName(button.toolTip())
            button.clicked.connect(lambda _=False, value=value: self._choose(value))
        as_segments([*self.buttons.values()])
        for button in self.buttons.values():
            self._row.addWidget(button)

    def _choose(self, value: int | None) -> None:
        self.show_limit(self._limit)  # a click has toggled the button
        self.chosen.emit(value)


def _hint(value: int | None) -> str:
    if value is None:
        return tr("Let the program run to its end")
    text = ngettext(
        "End the run after {count} optimizer step, and keep what was recorded",
        "End the run after {count} optimizer steps, or with the next one, "
        "and keep what was recorded",
        value,
    )
    return text.format(count=number(value))
