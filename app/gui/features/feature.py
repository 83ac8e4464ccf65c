"""The base class of features: their connections and their end."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from app.gui.running.background import Latest


class Heard(Protocol):
    """A signal of Qt or of a workspace."""

    def connect(self, slot: Callable[..., object], /) -> object: ...
    def disconnect(self, slot: Callable[..., object], /) -> object: ...


class Feature(QObject):
    """Something that the window does, connecting a workspace with widgets.

    After `close` its signals are disconnected and its threads have ended.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ends: list[Callable[[], object]] = []

    def hear(self, signal: Heard, work: Callable[..., object]) -> None:
        """Call `work` whenever the signal is sent."""
        signal.connect(work)
        self._ends.append(partial(signal.disconnect, work))

    def on(self, action: QAction, work: Callable[[], object]) -> None:
        """Call `work` whenever the action is triggered."""
        self.hear(action.triggered, lambda: work())

    def latest(self, name: str, answered: Callable[[Any], object]) -> Latest:
        """Return a thread for slow questions; it calls `answered` in the window's thread."""
        latest = Latest(name, self)
        latest.answered.connect(lambda _, answer: answered(answer))
        self._ends.append(latest.close)
        return latest

    def close(self) -> None:
        while self._ends:
            self._ends.pop()()
