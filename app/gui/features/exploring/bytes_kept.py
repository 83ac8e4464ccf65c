"""What is kept for backward, on nodes, beside lines and by module, while that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.gradients.panel import GradientsPanel

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class BytesKept(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        graph: GraphView,
        gradients: GradientsPanel,
        editor: CodeEditor,
        do: Actions,
    ) -> None:
        super().__init__(graph)
        self._workspace, self._graph, self._gradients = workspace, graph, gradients
        self._editor, self._wanted = editor, do.bytes_kept
        self.hear(do.bytes_kept.toggled, self._show)
        self.hear(graph.bytesWanted, do.bytes_kept.toggle)
        for signal in (workspace.changed, workspace.covered_changed):
            self.hear(signal, self._show)

    def _show(self) -> None:
        """Show them, unless a room is asked: they say what was recorded."""
        on = self._wanted.isChecked() and self._workspace.covered is None
        shown = self._workspace.shown if on else None
        self._graph.show_bytes(on)
        self._editor.show_kept({} if shown is None else shown.kept_notes)
        self._gradients.show_bytes(None if shown is None else shown.run.kept.by_module)
