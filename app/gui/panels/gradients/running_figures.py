"""How long a program has been running, and how much it has done, in figures."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import number, tr
from app.session.numbers import rough_duration
from app.session.trace.progress import Progress


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
        self._elapsed, self._left = self._figure(tr("Elapsed"))
        self._operations, self._rate = self._figure(tr("Operations"))
        self._passes, _ = self._figure(tr("Backward passes"))
        self.hide()

    @property
    def texts(self) -> list[str]:
        figures = (self._elapsed, self._left, self._operations, self._rate, self._passes)
        return [one.text() for one in figures]

    def show_progress(self, seconds: float, progress: Progress, left: float | None) -> None:
        """Show the seconds since the program began and those that are left, and the counts."""
        elapsed = str(timedelta(seconds=int(seconds)))  # "0:00:38"
        self._elapsed.setText(elapsed.removeprefix("0:"))
        text = tr("about {time} left")
        self._left.setText("" if left is None else text.format(time=rough_duration(round(left))))
        self._operations.setText(number(progress.operations))
        if seconds >= 1 and not progress.is_full:
            rate = number(round(progress.operations / seconds))
            self._rate.setText(tr("{count} per second").format(count=rate))
        else:
            self._rate.clear()
        self._passes.setText(number(progress.backward_passes))
        self._set_shown(True)

    def clear(self) -> None:
        self._set_shown(False)

    def _set_shown(self, shown: bool) -> None:
        if self.isHidden() == shown:
            self.setVisible(shown)
            self.toggled.emit()

    def _figure(self, title: str) -> tuple[QLabel, QLabel]:
        """Add a figure; return its label and the small one below it."""
        if self._row.count():
            line = QFrame()
            line.setProperty("divider", True)
            line.setFixedWidth(1)
            self._row.addWidget(line)
        heading, figure, note = QLabel(title), QLabel(), QLabel()
        for label in (heading, note):
            label.setProperty("secondary", True)
        figure.setProperty("title", True)
        figure.setAccessibleName(title)
        column = QVBoxLayout()
        self._row.addLayout(column, 1)
        column.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
        column.setSpacing(0)
        for label in (heading, figure, note):
            column.addWidget(label)
        return figure, note
