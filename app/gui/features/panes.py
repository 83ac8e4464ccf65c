"""Moving between panes with F6, because the editor uses Tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.gui.actions import Actions
from app.gui.features.feature import Feature


class Panes(Feature):
    def __init__(self, window: QWidget, panes: Sequence[QWidget], do: Actions) -> None:
        """`panes` go from left to right, then down, then to the toolbar."""
        super().__init__(window)
        self._window, self._panes = window, panes
        self._goes: Callable[[int], None] = self._go
        self.on(do.next_pane, lambda: self._goes(1))
        self.on(do.previous_pane, lambda: self._goes(-1))

    def lend(self, goes: Callable[[int], None] | None) -> None:
        """Let the keys call this, with 1 or -1, until they are given back with None."""
        self._goes = goes or self._go

    def _go(self, by: int) -> None:
        """Focus the next visible pane."""
        panes = [pane for pane in self._panes if pane.isVisible()]
        focused = self._window.focusWidget()
        here = next((at for at, pane in enumerate(panes) if _holds(pane, focused)), -1)
        if here < 0 and by < 0:
            here = 0
        pane = panes[(here + by) % len(panes)]
        _first(pane).setFocus(Qt.FocusReason.TabFocusReason)


def _holds(pane: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (widget is pane or pane.isAncestorOf(widget))


def _first(pane: QWidget) -> QWidget:
    """Return the widget that takes the focus in a pane: itself, or the first inside it."""
    by_tab = Qt.FocusPolicy.TabFocus
    if pane.focusPolicy() & by_tab:
        return pane
    inside = (
        one
        for one in pane.findChildren(QWidget)
        if one.focusPolicy() & by_tab and one.isVisibleTo(pane) and one.isEnabled()
    )
    return next(inside, pane)
