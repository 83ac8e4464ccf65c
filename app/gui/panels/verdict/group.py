"""A group of the verdict: a sentence, and below it the names of its parameters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.contract.records import TrainingGroup
from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.name_columns import NameColumns
from app.gui.panels.parameter_tile import ParameterTile
from app.gui.panels.verdict.chips import place_link
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import number, tr
from app.session.source.code_marks import unmarked

_HEIGHT = 32
_NAMES_LEFT = 72
"""The left margin of the names, below the count."""
_MOST_PLACES = 3


class VerdictGroup(QWidget):
    toggled = Signal(object, bool)
    """This group, and whether its names are shown now."""
    lineChosen = Signal(int)
    resized = Signal()

    def __init__(self, theme: Theme, group: TrainingGroup) -> None:
        super().__init__()
        self._group = group
        self._theme = theme
        self.tensors = group.tensors
        self.opener = QToolButton()
        self.opener.setCheckable(True)
        self.opener.setProperty("flat", True)
        self.opener.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        text = unmarked(group.text)
        self.opener.setAccessibleName(text)
        self.opener.setToolTip(tr("Show their names, and only them in the table"))
        self.opener.toggled.connect(self._on_toggle)
        self._tile = ParameterTile(theme, group.state)
        self._names: NameColumns | None = None
        """Made when the group is first opened."""
        self._build(text)
        self.set_theme(theme)

    def _build(self, text: str) -> None:
        count = QLabel(number(len(self._group.names)))
        count.setProperty("heading", True)
        count.setMinimumWidth(28)
        said = ElidedLabel()
        said.setText(text)
        said.setToolTip(tooltip_of(text))
        line = QWidget()
        line.setFixedHeight(_HEIGHT)
        row = QHBoxLayout(line)
        row.setContentsMargins(SPACE_SMALL, 0, SPACE, 0)
        row.setSpacing(SPACE_SMALL)
        for part in (self.opener, self._tile, count):
            row.addWidget(part)
        row.addWidget(said, 1)
        self.links = [self._link(place.spot) for place in self._group.places[:_MOST_PLACES]]
        for link in self.links:
            row.addWidget(link)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line)
        self._column = column

    def _link(self, line: int) -> QToolButton:
        link = place_link(line)
        link.clicked.connect(lambda: self.lineChosen.emit(line))
        return link

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._tile.set_theme(theme)
        self.opener.setIcon(
            theme.icon("chevron_down" if self.opener.isChecked() else "chevron_right", size=12)
        )

    @property
    def names(self) -> list[str]:
        """The names that are shown; empty while the group is closed."""
        shown = self._names
        return [] if shown is None or shown.isHidden() else shown.names

    @property
    def wanted_height(self) -> int:
        shown = self._names
        return _HEIGHT + (0 if shown is None or shown.isHidden() else shown.height())

    def set_open(self, on: bool) -> None:
        """Show its names or hide them; `toggled` does not follow."""
        self.opener.blockSignals(True)
        self.opener.setChecked(on)
        self.opener.blockSignals(False)
        self.opener.setIcon(self._theme.icon("chevron_down" if on else "chevron_right", size=12))
        if on and self._names is None:
            self._names = NameColumns(self._group.names)
            self._names.setAccessibleName(self.opener.accessibleName())
            self._names.setContentsMargins(_NAMES_LEFT, 0, SPACE, 0)
            self._names.resized.connect(self.resized)
            self._column.addWidget(self._names)
        if self._names is not None:
            self._names.setVisible(on)
        self.resized.emit()

    def _on_toggle(self, on: bool) -> None:
        self.toggled.emit(self, on)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open or close the group on a click anywhere in its line."""
        event.accept()
        self.opener.toggle()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # else the release goes elsewhere
