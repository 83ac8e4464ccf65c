"""Moves parts of the window to another place for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QBoxLayout, QDockWidget, QSplitter, QWidget


class Loan:
    """Remembers where a widget was and whether it was shown, and restores that.

    It may have been in a dock, a splitter, a row or a column; the other widgets there do not move.
    """

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self._was_hidden = widget.isHidden()
        self._put_back = _way_back(widget)

    def give_back(self) -> None:
        self._put_back()
        self._widget.setHidden(self._was_hidden)


def _way_back(widget: QWidget) -> Callable[[], None]:
    parent = widget.parentWidget()
    if isinstance(parent, QDockWidget):
        return partial(parent.setWidget, widget)
    if isinstance(parent, QSplitter):
        place, sizes = parent.indexOf(widget), parent.sizes()

        def into_splitter() -> None:
            parent.insertWidget(place, widget)
            parent.setSizes(sizes)

        return into_splitter
    layout = parent.layout() if parent else None
    if parent is None or not isinstance(layout, QBoxLayout):
        raise ValueError(
            f"{widget.objectName() or widget} lies in no splitter and no row or column."
        )
    place = layout.indexOf(widget)
    stretch = layout.stretch(place)
    followers: list[QWidget | None] = [None] * (layout.count() - place - 1)
    # Not by `itemAt`: PySide keeps what that returned for the item of a widget that has left, and
    # takes the next object at its address for it.
    for child in parent.children():
        if isinstance(child, QWidget) and layout.indexOf(child) > place:
            followers[layout.indexOf(child) - place - 1] = child

    def into_layout() -> None:
        at, gaps = layout.count(), 0
        for follower in followers:  # the first that is there; others may be lent as well
            if follower is None:
                gaps += 1
            elif layout.indexOf(follower) >= 0:
                at = layout.indexOf(follower)
                break
        layout.insertWidget(at - gaps, widget, stretch)

    return into_layout
