"""What can be undone and redone of something that each tab has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from app.gui.files.tab import Tab

T = TypeVar("T")

_MOST: Final = 100
"""Steps that can be undone, for each tab."""


class UndoStates(Generic[T]):
    """The earlier states of each tab, and those that were undone.

    By the number of the tab: what is opened in the same tab later begins without any.
    """

    def __init__(self) -> None:
        self._earlier: dict[int, list[T]] = {}
        self._undone: dict[int, list[T]] = {}

    def change(self, tab: Tab, before: T) -> None:
        """Note a change; `before` is the state that it ends."""
        earlier = self._earlier.setdefault(tab.number, [])
        earlier.append(before)
        del earlier[:-_MOST]
        self._undone.pop(tab.number, None)

    def can_undo(self, tab: Tab) -> bool:
        return bool(self._earlier.get(tab.number))

    def can_redo(self, tab: Tab) -> bool:
        return bool(self._undone.get(tab.number))

    def undo(self, tab: Tab, now: T) -> T:
        """Return the state before the last change; raise IndexError if there is none."""
        return _step(self._earlier, self._undone, tab.number, now)

    def redo(self, tab: Tab, now: T) -> T:
        """Return the state that was undone last; raise IndexError if there is none."""
        return _step(self._undone, self._earlier, tab.number, now)

    def update(self, tab: Tab, updated: Callable[[T], T]) -> None:
        """Replace all states of a tab, for instance after an edit of its text."""
        for states in (self._earlier, self._undone):
            if tab.number in states:
                states[tab.number] = [updated(one) for one in states[tab.number]]

    def forget(self, tab: Tab) -> None:
        self._earlier.pop(tab.number, None)
        self._undone.pop(tab.number, None)


def _step(here: dict[int, list[T]], there: dict[int, list[T]], tab: int, now: T) -> T:
    found = here.get(tab, []).pop()
    there.setdefault(tab, []).append(now)
    return found
