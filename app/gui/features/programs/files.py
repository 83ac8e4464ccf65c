"""Opening snippets and traces, saving, exporting, and the window's title."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QStatusBar, QWidget

from app.contract.records import ENDINGS
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.graph.view import GraphView
from app.gui.panels.banner import Banner
from app.gui.running.run_controller import RunController
from app.gui.toolbar import Toolbar
from app.session.language import tr
from app.session.lectures.files import is_lecture

if TYPE_CHECKING:
    from app.gui.files.outputs import Outputs
    from app.gui.running.prepared import Prepared
    from app.session.run import Run
    from app.session.scenes.records import Beside
    from app.session.workspace import Workspace

_TITLE = "Tapescope"
_TOLD_MS = 8000


class Files(Feature):
    def __init__(
        self,
        workspace: Workspace[Prepared],
        window: QWidget,
        documents: Documents,
        controller: RunController,
        editor: CodeEditor,
        graph: GraphView,
        banner: Banner,
        status: QStatusBar,
        toolbar: Toolbar,
        open_lecture: Callable[[Path], object],
        other_runs: Callable[[Run], Callable[[Beside], Run | None]],
        do: Actions,
    ) -> None:
        """`other_runs` returns what returns the runs beside those of scenes."""
        super().__init__(window)
        self._workspace, self._window, self._documents = workspace, window, documents
        self._controller, self._editor, self._graph = controller, editor, graph
        self._banner, self._status, self._toolbar = banner, status, toolbar
        self._open_lecture, self._other_runs = open_lecture, other_runs
        self.hear(documents.changed, self.show_name)
        self.hear(documents.failed, banner.show_message)
        for action, work in (
            (do.new, self._new), (do.open, self._choose),
            (do.save, documents.save), (do.save_as, documents.save_as),
            (do.save_as_python, documents.save_as_python),
            (do.open_trace, self._choose_trace), (do.save_trace, self._save_trace),
            (do.export, self._export), (do.quit, window.close),
        ):  # fmt: skip
            self.on(action, work)
        self._do = do
        self.show_name()

    @cached_property
    def _outputs(self) -> Outputs:
        from app.gui.files.outputs import Outputs  # what writes pictures: not at the start

        outputs = Outputs(self._window, self._graph)
        outputs.failed.connect(self._banner.show_message)
        outputs.written.connect(self._tell)
        return outputs

    def close(self) -> None:
        """End the threads that write."""
        super().close()
        if "_outputs" in self.__dict__:
            self._outputs.close()

    def _tell(self, path: str) -> None:
        said = tr("{path} is written.").format(path=path)
        self._status.showMessage(said, _TOLD_MS)

    def show_name(self) -> None:
        window, current, modified = (
            self._window,
            self._documents.current,
            self._documents.is_modified,
        )
        program, names = self._documents.program, self._documents.names
        for action in (self._do.save, self._do.save_as):
            action.setEnabled(not current.sheet.is_read_only)
        self._do.save_as_python.setEnabled(current.notebook is not None)
        name = names.get(program.number, program.name)  # its tab goes before those of its files
        self._toolbar.set_file_name(name, modified=program.is_modified)
        window.setWindowTitle(f"{names[current.number]}[*] — {_TITLE}")
        window.setWindowModified(modified)

    def _new(self) -> None:
        self._documents.new()
        self._editor.setFocus()

    def _choose(self) -> None:
        if (path := self._documents.choose()) is not None:
            self.open([path])

    def open(self, paths: Sequence[Path]) -> None:
        """Open snippets, lectures, and traces (.json, .json.gz) together."""
        traces = [path for path in paths if path.name.lower().endswith(ENDINGS)]
        for path in paths:
            if is_lecture(path):
                self._open_lecture(path)
            elif path not in traces:
                self._documents.open(path)
        if traces:
            self.open_traces(traces)

    def open_traces(self, paths: Sequence[Path]) -> None:
        """Show the first of some traces; the others are further processes of the run.

        It takes the place of the snippet; the window's `traceReady` follows.
        """
        found = tuple(path.absolute() for path in paths)
        self._controller.open_traces(found, self._workspace.fresh_choice)

    def _choose_trace(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self._window, tr("Open a trace"), "", tr("Traces (*.json *.json.gz)")
        )
        if names:
            self.open_traces([Path(name) for name in names])

    def _save_trace(self) -> None:
        shown = self._workspace.shown
        self._outputs.save_trace(
            None if shown is None else shown.run.trace, self._documents.program.beside
        )

    def _export(self) -> None:
        shown, moment = self._workspace.shown, self._workspace.moment
        scenes = self._documents.program.scenes
        beside = self._documents.program.beside
        other = self._other_runs(shown.run) if shown is not None and scenes else lambda _: None
        self._outputs.export_graph(shown, moment, scenes, beside, other)
