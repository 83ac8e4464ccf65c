"""Which panes are shown in front of a room: as many as fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

_ROOM = ((1800, 3), (1500, 2))
"""From these widths on there is room for so many panes."""


def most_panes(width: int) -> int:
    """
    >>> most_panes(1280), most_panes(1500), most_panes(1920)
    (1, 2, 3)
    """
    return next((most for least, most in _ROOM if width >= least), 1)


class PaneChoice:
    """Panes by number, in the order of the room from left to right.

    >>> choice = PaneChoice(4, wanted=(1, 0, 2))
    >>> choice.set_most(2)
    >>> choice.shown
    (0, 1)
    >>> choice.press(3)
    >>> choice.shown
    (1, 3)
    """

    def __init__(self, panes: int, wanted: Sequence[int]) -> None:
        """`wanted` are those that are shown first, in the order in which room is given."""
        rest = (pane for pane in range(panes) if pane not in wanted)
        self._order = [*wanted, *rest]
        self._most = 1
        self._shown = [self._order[0]]

    @property
    def shown(self) -> tuple[int, ...]:
        return tuple(sorted(self._shown))

    @property
    def in_order(self) -> tuple[int, ...]:
        """The panes that are shown, in the order in which they were chosen."""
        return tuple(self._shown)

    @property
    def latest(self) -> int:
        """The pane that was chosen last."""
        return self._shown[-1]

    def set_most(self, most: int) -> None:
        """Show as many panes as there is room for: the latest ones, and others where room grew."""
        if most == self._most:
            return
        self._most = most
        self._shown = self._shown[-most:]
        others = (pane for pane in self._order if pane not in self._shown)
        self._shown = [*others][: most - len(self._shown)][::-1] + self._shown

    def press(self, pane: int) -> None:
        """Show a pane in place of the one shown longest; hide it again if others are shown."""
        if pane in self._shown and self._most > 1:
            if len(self._shown) > 1:
                self._shown.remove(pane)
        else:
            self.show(pane)

    def show(self, pane: int) -> None:
        """Show a pane, in place of the one shown longest if there is no room."""
        self._shown = [*(one for one in self._shown if one != pane), pane][-self._most :]

    def show_again(self, panes: Sequence[int]) -> None:
        """Show what was `in_order` before, as far as there is room."""
        self._shown = [*panes][-self._most :]

    def turn(self, by: int) -> None:
        """Show the pane after (1) or before (-1) the latest one."""
        panes = len(self._order)
        after = ((self.latest + by * step) % panes for step in count(1))
        self.show(next(pane for pane in after if pane not in self._shown or panes <= self._most))
