"""What can be undone and redone of something that each tab has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from app.gui.files.tab import Tab

T = TypeVar("T")

_MOST: Final = 100
"""Steps that can be undone, for each tab."""


@dataclass(slots=True)
class _States(Generic[T]):
    number: int
    """Of the tab, when these were its states."""
    earlier: list[T] = field(default_factory=list)
    undone: list[T] = field(default_factory=list)


class UndoStates(Generic[T]):
    """The earlier states of each tab, and those that were undone.

    What is opened in the same tab later, under another number, begins without any.
    """

    def __init__(self) -> None:
        self._of_tab: dict[Tab, _States[T]] = {}

    def change(self, tab: Tab, before: T) -> None:
        """Note a change; `before` is the state that it ends."""
        states = self._of_tab[tab] = self._states(tab)
        states.earlier.append(before)
        del states.earlier[:-_MOST]
        states.undone.clear()

    def can_undo(self, tab: Tab) -> bool:
        return bool(self._states(tab).earlier)

    def can_redo(self, tab: Tab) -> bool:
        return bool(self._states(tab).undone)

    def undo(self, tab: Tab, now: T) -> T:
        """Return the state before the last change; raise IndexError if there is none."""
        states = self._states(tab)
        found = states.earlier.pop()
        states.undone.append(now)
        return found

    def redo(self, tab: Tab, now: T) -> T:
        """Return the state that was undone last; raise IndexError if there is none."""
        states = self._states(tab)
        found = states.undone.pop()
        states.earlier.append(now)
        return found

    def update(self, tab: Tab, updated: Callable[[T], T]) -> None:
        """Replace all states of a tab, for instance after an edit of its text."""
        states = self._states(tab)
        states.earlier[:] = map(updated, states.earlier)
        states.undone[:] = map(updated, states.undone)

    def forget(self, tab: Tab) -> None:
        self._of_tab.pop(tab, None)

    def _states(self, tab: Tab) -> _States[T]:
        states = self._of_tab.get(tab)
        return states if states and states.number == tab.number else _States(tab.number)
