"""Opens files that are dropped onto the window: snippets and traces, each in a tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from app.gui.features.feature import Feature

_DRAGGING = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


class Drops(Feature):
    """Handles dropped files before the editor, which would insert their names as text."""

    def __init__(
        self,
        window: QWidget,
        parts: Sequence[QWidget],
        open_paths: Callable[[Sequence[Path]], object],
    ) -> None:
        """`parts` of the window take drops themselves."""
        super().__init__(window)
        self._window, self._open = window, open_paths
        window.setAcceptDrops(True)
        for part in (window, *parts):
            part.installEventFilter(self)
            self._ends.append(partial(part.removeEventFilter, self))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in _DRAGGING or not isinstance(event, QDropEvent):
            return False
        paths = _files_in(event.mimeData())
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._open(paths)
            self._window.activateWindow()
        return True


def _files_in(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
