"""The reasons of the verdict side by side: a tile, a count, a word, and a line."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from app.contract.records import TrainingGroup
from app.gui.controls.tooltips import tooltip_of
from app.gui.panels.parameter_tile import ParameterTile
from app.gui.theme import Theme
from app.gui.theme.metrics import SPACE
from app.session.language import ngettext, number, tr
from app.session.source.code_marks import unmarked
from app.session.training.short_words import short_words
from app.session.words import line_words

_GAP = 4


class _PlaceLink(QToolButton):
    """As wide as its text, so that the line below it is."""

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(width, super().sizeHint().height())


def place_link(line: int) -> QToolButton:
    """Return a link to a line of the program, a spot."""
    link = _PlaceLink()
    link.setProperty("place", True)
    link.setText(line_words(line))
    link.setToolTip(tr("Go to the line. Alt and click shows it in the graph."))
    link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    link.setCursor(Qt.CursorShape.PointingHandCursor)
    return link


class VerdictChip(QWidget):
    chosen = Signal(bool)
    """Whether only its parameters are shown now."""
    lineChosen = Signal(int)

    def __init__(self, theme: Theme, group: TrainingGroup) -> None:
        super().__init__()
        self.words = short_words(group.state, len(group.names))
        self._tile = ParameterTile(theme, group.state)
        self.button = QToolButton()
        self.button.setProperty("chip", True)
        self.button.setCheckable(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.setText(self.words)
        self.button.setAccessibleDescription(unmarked(group.text))
        hint = tr("Show only these, in the table and in the graph. Click again to show all.")
        self.button.setToolTip(tooltip_of(f"{unmarked(group.text)}\n{hint}"))
        self.button.clicked.connect(self.chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self._tile)
        row.addWidget(self.button)
        self.link: QToolButton | None = None
        if group.places:
            line = group.places[0].spot
            self.link = place_link(line)
            self.link.clicked.connect(lambda: self.lineChosen.emit(line))
            row.addWidget(self.link)

    def set_theme(self, theme: Theme) -> None:
        self._tile.set_theme(theme)


class VerdictChips(QWidget):
    """Shows the reasons that fit; the others are counted if that fits, and in the open bar."""

    chosen = Signal(int, bool)
    """The place of a group, and whether only it is shown now."""
    lineChosen = Signal(int)
    moreWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.chips: dict[int, VerdictChip] = {}
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.more = QToolButton(self)
        self.more.setProperty("flat", True)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.clicked.connect(self.moreWanted)
        self.more.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for chip in self.chips.values():
            chip.set_theme(theme)

    def set_groups(self, groups: Sequence[TrainingGroup]) -> None:
        """Show a chip for each group that did not train."""
        for chip in self.chips.values():
            chip.deleteLater()
        self.chips = {
            place: self._chip(place, group)
            for place, group in enumerate(groups)
            if group.state != "trained"
        }
        self._arrange()

    def _chip(self, place: int, group: TrainingGroup) -> VerdictChip:
        chip = VerdictChip(self._theme, group)
        chip.setParent(self)
        chip.chosen.connect(lambda on: self.chosen.emit(place, on))
        chip.lineChosen.connect(self.lineChosen)
        return chip

    def set_chosen(self, chosen: int | None) -> None:
        for place, chip in self.chips.items():
            chip.button.setChecked(place == chosen)

    def sizeHint(self) -> QSize:
        height = max((chip.sizeHint().height() for chip in self.chips.values()), default=0)
        return QSize(0, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        chips = list(self.chips.values())
        count = self._fitting([chip.sizeHint().width() for chip in chips])
        left = 0
        for place, chip in enumerate(chips):
            chip.setVisible(place < count)
            self._put(chip, left)
            if place < count:
                left += chip.width() + SPACE
        self.more.setText(self._more_text(len(chips) - count, alone=not count))
        self._put(self.more, left)
        has_room = left + self.more.width() <= self.width()
        self.more.setVisible(count < len(chips) and has_room)

    def _put(self, widget: QWidget, left: int) -> None:
        size = widget.sizeHint()
        top = (self.height() - size.height()) // 2
        widget.setGeometry(left, top, size.width(), size.height())

    def _fitting(self, widths: list[int]) -> int:
        """Return how many chips fit, with the count of the others."""
        if sum(widths) + SPACE * (len(widths) - 1) <= self.width():
            return len(widths)
        self.more.setText(self._more_text(len(widths), alone=False))
        room = self.width() - self.more.sizeHint().width()
        for count, width in enumerate(widths):
            room -= width + SPACE
            if room < 0:
                return count
        return len(widths)

    @staticmethod
    def _more_text(count: int, *, alone: bool) -> str:
        if alone:
            text = ngettext("{count} reason", "{count} reasons", count)
        else:
            text = tr("and {count} more")
        return text.format(count=number(count))
