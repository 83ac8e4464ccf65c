"""Going from pane to pane with F6: the editor keeps Tab for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Panes(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        do = window.actions_
        do.connect(do.next_pane, lambda: self._go(1))
        do.connect(do.previous_pane, lambda: self._go(-1))

    def _go(self, by: int) -> None:
        """To the next pane that is shown, from left to right, then down, then the toolbar."""
        panes = [pane for pane in self._panes() if pane.isVisible()]
        focused = self._window.focusWidget()
        here = next((at for at, pane in enumerate(panes) if _holds(pane, focused)), -1)
        if here < 0 and by < 0:
            here = 0
        pane = panes[(here + by) % len(panes)]
        _first(pane).setFocus(Qt.FocusReason.TabFocusReason)

    def _panes(self) -> tuple[QWidget, ...]:
        window = self._window
        return (
            window.verdict.bar, window.editor, window.snippet.words, window.graph,
            window.gradients, window.details, window.bottom, window.toolbar,
        )  # fmt: skip


def _holds(pane: QWidget, widget: QWidget | None) -> bool:
    return widget is not None and (widget is pane or pane.isAncestorOf(widget))


def _first(pane: QWidget) -> QWidget:
    """What takes the keyboard in a pane: itself, or the first in it that does."""
    by_tab = Qt.FocusPolicy.TabFocus
    if pane.focusPolicy() & by_tab:
        return pane
    inside = (
        one
        for one in pane.findChildren(QWidget)
        if one.focusPolicy() & by_tab and one.isVisibleTo(pane) and one.isEnabled()
    )
    return next(inside, pane)
