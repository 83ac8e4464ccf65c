"""Moving between panes with F6, because the editor uses Tab, and showing which one has the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.gui.actions import Actions
from app.gui.controls.reading_order import stops
from app.gui.features.feature import Feature

_LINE: Final = 2


class FocusLine(QWidget):
    """A line along the top of the pane that has the keyboard."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("focusLine")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._pane: QWidget | None = None

    def mark(self, pane: QWidget | None) -> None:
        if pane is self._pane:
            return
        if self._pane is not None:
            self._pane.removeEventFilter(self)
        self._pane = pane
        self.hide()
        if pane is not None:
            self.setParent(pane)
            self.resize(pane.width(), _LINE)
            self.move(0, 0)
            self.raise_()
            self.show()
            pane.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._pane is not None:
            self.resize(self._pane.width(), _LINE)
        return super().eventFilter(watched, event)


class Panes(Feature):
    def __init__(self, window: QWidget, panes: Sequence[QWidget], do: Actions) -> None:
        """`panes` go from left to right, then down, then to the toolbars."""
        super().__init__(window)
        self._window, self._panes = window, panes
        self._goes: Callable[[int], None] = self._go
        self.line = FocusLine(window)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.hear(application.focusChanged, self._mark)
        self.on(do.next_pane, lambda: self._goes(1))
        self.on(do.previous_pane, lambda: self._goes(-1))

    def lend(self, goes: Callable[[int], None] | None) -> None:
        """Let the keys call this, with 1 or -1, until they are given back with None."""
        self._goes = goes or self._go

    def _mark(self, _: QWidget | None, focused: QWidget | None) -> None:
        """Move the line to the pane that got the keyboard; menus and dialogs leave it there."""
        pane = next((pane for pane in self._panes if holds(pane, focused)), None)
        if pane is not None:
            self.line.mark(pane)

    def _go(self, by: int) -> None:
        """Focus the next visible pane."""
        panes = [pane for pane in self._panes if pane.isVisible()]
        focused = self._window.focusWidget()
        here = next((at for at, pane in enumerate(panes) if holds(pane, focused)), -1)
        if here < 0 and by < 0:
            here = 0
        pane = panes[(here + by) % len(panes)]
        next(stops(pane), pane).setFocus(Qt.FocusReason.TabFocusReason)


def holds(pane: QWidget, widget: QWidget | None) -> bool:
    """Return whether a widget is a pane, or inside it."""
    return widget is not None and (widget is pane or pane.isAncestorOf(widget))
