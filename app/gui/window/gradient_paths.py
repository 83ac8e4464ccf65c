"""A row of the table of gradients marks the path that its gradient took, in graph and editor.

Where there is no gradient, the row's reason says what to mark, which `SelectionLink` has done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.background import IsWanted, Latest
from app.session.run import Run

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class GradientPaths(QObject):
    """Looked for in a thread of its own: that takes time in proportion to the trace."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._thread = Latest("gradient paths", self)
        self._thread.answered.connect(lambda _, path: self._mark(path))
        window.gradients.tensorChosen.connect(self._ask)
        window.graph.selectionChanged.connect(self._thread.forget)
        window.display.changed.connect(self._thread.forget)

    def close(self) -> None:
        self._thread.close()

    def _ask(self, tensor: int) -> None:
        prepared = self._window.display.prepared
        if prepared is None:
            return
        rows = (row for row in prepared.run.trace.gradients if row.tensor == tensor)
        if any(row.grad is not None for row in rows):
            self._thread.ask(partial(_path, prepared.run, tensor))

    def _mark(self, path: list[int]) -> None:
        window, prepared = self._window, self._window.display.prepared
        if prepared is None or not path:
            return
        operations = prepared.run.operations
        window.graph.select_operations(path)
        lines = {operations[id_].line for id_ in path}
        now = {window.editor.line_now(line) for line in lines if line is not None}
        window.editor.set_selected_lines(frozenset(line for line in now if line is not None))


def _path(run: Run, tensor: int, _: IsWanted) -> list[int]:
    from app.session.explain.connection import connection

    found = connection(run, tensor)
    return [] if found.cuts else sorted(found.operations)
