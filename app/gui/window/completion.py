"""Completion for the text in the editor, with the Python that runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.completion.completer import Completer

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Completion(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.completer = Completer(window.editor, self._path, self._tensors)
        window.documents.opened.connect(self._use_interpreter)
        window.controller.started.connect(self._use_interpreter)
        window.actions_.connect(window.actions_.complete, self.completer.complete)
        self._use_interpreter()

    def close(self) -> None:
        self.completer.close()

    def _path(self) -> str | None:
        path = self._window.documents.path
        return str(path) if path else None

    def _tensors(self) -> Iterable[str]:
        """The names that stood for tensors in the run that is shown."""
        trace = self._window.display.trace
        return {tensor.name for tensor in trace.tensors if tensor.name} if trace else ()

    def _use_interpreter(self) -> None:
        self.completer.process.use(self._window.how_to_run.effective.interpreter)
