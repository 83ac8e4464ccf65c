"""What is shown to a room: a bar, panes beside each other, and a foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.gui.controls.elided_label import ElidedLabel
from app.gui.presentation.bar import RoomBar
from app.gui.presentation.foot import RoomFoot
from app.gui.presentation.pane_choice import PaneChoice, most_panes

_HIGH = 900
"""Pixels; from this height on there is room for a higher bar."""
_HEAD = 54


class RoomPane(QWidget):
    """A panel with its title, which is shown where several panes are."""

    def __init__(
        self, title: str, content: QWidget, focused: QWidget, share: float,
        note: Callable[[], str] = lambda: "",
    ) -> None:  # fmt: skip
        """`share` is its width in the room's; 0 takes the rest."""
        super().__init__()
        self.setProperty("roomPane", True)
        self.share, self.focused = share, focused
        self._write_note = note
        self._head = QWidget()
        self._head.setProperty("panelHeader", True)
        self._head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._head.setFixedHeight(_HEAD)
        self._name = QLabel(title)
        self._name.setProperty("roomTitle", True)
        self._note = ElidedLabel()
        self._note.setProperty("roomNote", True)
        row = QHBoxLayout(self._head)
        row.setContentsMargins(20, 0, 20, 0)
        row.setSpacing(12)
        row.addWidget(self._name)
        row.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(content, 1)
        content.show()

    @property
    def title(self) -> str:
        return self._name.text()

    def show_other(self, title: str, focused: QWidget) -> None:
        """Say that its content is another; `focused` is what gets the keyboard in it."""
        self._name.setText(title)
        self.focused = focused

    def describe(self, *, has_head: bool) -> None:
        self._head.setVisible(has_head)
        self._note.setText(self._write_note())


class RoomView(QWidget):
    def __init__(
        self, bar: RoomBar, panes: Sequence[RoomPane], foot: RoomFoot, first: Sequence[int]
    ) -> None:
        """`first` are the panes that are shown first, in the order in which room is given."""
        super().__init__()
        self.setObjectName("room")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.bar, self.panes, self.foot = bar, panes, foot
        self.choice = PaneChoice(len(panes), first)
        self._has_two_graphs = False
        self.area = QWidget()
        """Where the panes are."""
        self._row = QHBoxLayout(self.area)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(1)
        for pane in panes:
            self._row.addWidget(pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(bar)
        column.addWidget(self.area, 1)
        column.addWidget(foot)
        bar.panePressed.connect(self.press)

    def press(self, pane: int) -> None:
        """Show a pane, or hide it where several are shown."""
        if pane < len(self.panes):
            self.choice.press(pane)
            self._show()
            if pane in self.choice.shown:
                self.panes[pane].focused.setFocus()

    def show_pane(self, pane: int) -> None:
        self.choice.show(pane)
        self._show()
        self.panes[pane].focused.setFocus()

    def show_other(self, pane: int, title: str, focused: QWidget) -> None:
        """Say in its head and on its button that the content of a pane is another."""
        self.panes[pane].show_other(title, focused)
        self.bar.panes[pane].set_title(title)

    def show_again(self, panes: Sequence[int]) -> None:
        """Show what was `choice.in_order` before."""
        self.choice.show_again(panes)
        self._show()
        self.panes[self.choice.latest].focused.setFocus()

    def turn(self, by: int) -> None:
        """Show the next pane (1) or the previous one (-1)."""
        self.choice.turn(by)
        self._show()
        self.panes[self.choice.latest].focused.setFocus()

    def describe(self) -> None:
        """Bring the notes beside the titles up to date."""
        several = len(self.choice.shown) > 1
        for pane in self.panes:
            pane.describe(has_head=several)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        most = max(1, most_panes(self.width()) - self._has_two_graphs)
        self.choice.set_most(most)
        self.bar.setFixedHeight(66 if self.height() >= _HIGH else 60)
        self.bar.set_wide(most > 1)
        self.foot.set_wide(most > 1)
        self._show()

    def set_two_graphs(self, two: bool) -> None:
        """Show a pane less while two graphs need its room."""
        if two != self._has_two_graphs:
            self._has_two_graphs = two
            self._fit()

    def _show(self) -> None:
        shown = [self.panes[place] for place in self.choice.shown]
        takes_rest = any(not pane.share for pane in shown)
        for pane in shown:
            self._row.setStretchFactor(pane, 0 if takes_rest and pane.share else 1)
            width = round(pane.share * self.width()) if takes_rest and len(shown) > 1 else 0
            pane.setMinimumWidth(width)
            pane.setMaximumWidth(width or 16_777_215)
            pane.show()  # first, so that the room is never without a pane
        for pane in self.panes:
            if pane not in shown:
                pane.hide()
        self.bar.show_panes(self.choice.shown)
        self.describe()
