"""Moves parts of the window to another place for a while."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QDockWidget, QSplitter, QWidget


class Loan:
    """Remembers where a widget was and whether it was shown, and restores that.

    It may have been in a dock, a splitter or a layout; the other widgets there do not move.
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
    if layout is None:
        raise ValueError(f"{widget.objectName() or widget} lies in no splitter and no layout.")
    place = layout.indexOf(widget)
    later = [layout.itemAt(number) for number in range(place, layout.count())]
    followers = [item.widget() for item in later[1:] if item is not None]

    def into_layout() -> None:
        layout.addWidget(widget)
        for follower in followers:  # what came after it comes after it again
            if follower is not None:
                layout.removeWidget(follower)
                layout.addWidget(follower)

    return into_layout
