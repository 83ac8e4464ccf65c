"""A row of the table of gradients marks the path that its gradient took, in graph and editor.

Where there is no gradient, the row's reason says what to mark, which the workspace has done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.features.feature import Feature
from app.gui.running.background import IsWanted
from app.session.run import Run

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class GradientPaths(Feature):
    """Finds paths in a thread, because that takes time in proportion to the trace."""

    def __init__(self, workspace: Workspace[Shown], parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._thread = self.latest("gradient paths", self._mark)
        self.hear(workspace.selection_changed, self._ask)
        self.hear(workspace.changed, self._thread.forget)

    def _ask(self) -> None:
        """What else is selected meanwhile is not to be marked over."""
        self._thread.forget()
        shown, selection = self._workspace.shown, self._workspace.selection
        if shown is None or selection.origin != "table":
            return
        rows = (row for row in shown.run.trace.gradients if row.tensor == selection.row)
        if selection.row is not None and any(row.grad is not None for row in rows):
            self._thread.ask(partial(_path, shown.run, selection.row))

    def _mark(self, path: list[int]) -> None:
        if path:
            self._workspace.select_path(path)


def _path(run: Run, tensor: int, _: IsWanted) -> list[int]:
    from app.session.explain.connection import connection

    found = connection(run, tensor)
    return [] if found.cuts else sorted(found.operations)
