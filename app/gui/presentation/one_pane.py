"""Shows one pane at a time, where a window has no room for all of them in large type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QWidget


class Pane(NamedTuple):
    shown: QWidget
    """What is shown or hidden."""
    focused: QWidget
    """What takes the keyboard."""


class OnePane:
    """While it is on, one of `panes` is visible; otherwise all are."""

    def __init__(self, panes: Sequence[Pane], place: int) -> None:
        self._panes, self._place = panes, place
        self.is_on = False

    def set_on(self, on: bool) -> None:
        self.is_on = on
        self._show()

    def turn(self, by: int) -> None:
        """Show the next pane (1) or the previous one (-1)."""
        self.show_pane((self._place + by) % len(self._panes))

    def show_pane(self, place: int) -> None:
        """Put the pane in front, if need be, and give it the keyboard."""
        self._place = place
        self._show()
        self._panes[place].focused.setFocus()

    def _show(self) -> None:
        here = self._panes[self._place]
        here.shown.show()  # first, so that the window is never without a pane
        for pane in self._panes:
            pane.shown.setVisible(pane is here or not self.is_on)
