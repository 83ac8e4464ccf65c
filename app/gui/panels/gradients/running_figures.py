"""How long a program has been running, and how much it has done, in figures."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import number, tr


class RunningFigures(QWidget):
    """Hidden until there is progress."""

    toggled = Signal()
    """It was shown or hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Progress of the running program"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._elapsed = self._figure(tr("Elapsed"))
        self._operations = self._figure(tr("Operations"))
        self._passes = self._figure(tr("Backward passes"))
        self.hide()

    @property
    def texts(self) -> list[str]:
        return [one.text() for one in (self._elapsed, self._operations, self._passes)]

    def show_progress(self, seconds: float, operations: int, passes: int) -> None:
        """Show the time since the run was started, and the counts so far."""
        elapsed = str(timedelta(seconds=int(seconds)))  # "0:00:38"
        self._elapsed.setText(elapsed.removeprefix("0:"))
        self._operations.setText(number(operations))
        self._passes.setText(number(passes))
        self._set_shown(True)

    def clear(self) -> None:
        self._set_shown(False)

    def _set_shown(self, shown: bool) -> None:
        if self.isHidden() == shown:
            self.setVisible(shown)
            self.toggled.emit()

    def _figure(self, title: str) -> QLabel:
        if self._row.count():
            line = QFrame()
            line.setProperty("divider", True)
            line.setFixedWidth(1)
            self._row.addWidget(line)
        heading, figure = QLabel(title), QLabel()
        heading.setProperty("secondary", True)
        figure.setProperty("title", True)
        figure.setAccessibleName(title)
        column = QVBoxLayout()
        column.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
        column.setSpacing(0)
        column.addWidget(heading)
        column.addWidget(figure)
        self._row.addLayout(column, 1)
        return figure
