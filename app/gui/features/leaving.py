"""Leaving a view with Esc, where nothing in it uses the key; and coming back from a dialog."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.gui.features.feature import Feature
from app.gui.features.panes import holds


class TemporaryView(NamedTuple):
    """Something that was opened over the usual panels."""

    parts: Sequence[QWidget]
    """Esc leaves it from inside these."""
    is_open: Callable[[], bool]
    leave: Callable[[], object]
    then: QWidget
    """What has the keyboard afterwards."""


class Leaving(Feature):
    """Qt hands a key that no widget has used to the window last of all."""

    def __init__(self, window: QMainWindow, views: Sequence[TemporaryView]) -> None:
        super().__init__(window)
        self._window, self._views = window, views
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowUnblocked:
            self._window.activateWindow()  # with the focus of before: not all systems see to it
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        return event.key() == Qt.Key.Key_Escape and self._leave()

    def _leave(self) -> bool:
        focused = self._window.focusWidget()
        for view in self._views:
            if view.is_open() and any(holds(part, focused) for part in view.parts):
                view.leave()
                view.then.setFocus()
                return True
        return False
