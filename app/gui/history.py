"""A history of visited places with back and forward, as in a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

_MOST: Final = 200
Place = TypeVar("Place")


class Visits(Generic[Place]):
    """Places in the order in which they were visited, and where one is among them.

    >>> history = Visits[str]()
    >>> for place in "abc":
    ...     history.visit(place)
    >>> history.back(), history.back(), history.back(), history.forward()
    ('b', 'a', None, 'b')
    >>> history.visit("d")
    >>> history.can_go_forward
    False
    """

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, place: Place) -> None:
        """Go to a new place and forget the places ahead."""
        del self._places[self._at + 1 :]
        self._places.append(place)
        del self._places[:-_MOST]
        self._at = len(self._places) - 1

    def replace(self, place: Place) -> None:
        """Replace the current place."""
        if self._places:
            self._places[self._at] = place

    @property
    def here(self) -> Place | None:
        """The current place, or None."""
        return self._places[self._at] if self._places else None

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at + 1 < len(self._places)

    def back(self) -> Place | None:
        """Go back and return the place, or None if there is none."""
        return self._step(-1) if self.can_go_back else None

    def forward(self) -> Place | None:
        """Go forward and return the place, or None if there is none."""
        return self._step(1) if self.can_go_forward else None

    def carry(self, along: Callable[[Place], Place | None]) -> None:
        """Every place as it is from now on; those that are gone (None) are forgotten.

        >>> history = Visits[str]()
        >>> for place in "abcd":
        ...     history.visit(place)
        >>> history.back()
        'c'
        >>> history.carry(lambda place: None if place == "c" else place.upper())
        >>> history.back(), history.forward(), history.forward()
        ('A', 'B', 'D')
        """
        carried = [along(place) for place in self._places]
        here = sum(place is not None for place in carried[: self._at + 1]) - 1
        self._places = [place for place in carried if place is not None]
        self._at = max(here, 0) if self._places else -1

    def clear(self) -> None:
        self._places.clear()
        self._at = -1

    def _step(self, by: int) -> Place:
        self._at += by
        return self._places[self._at]
