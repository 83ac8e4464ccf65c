"""Completion for the text in the editor, with the Python that runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.gui.actions import Actions
from app.gui.completion.completer import Completer
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.features.programs.how_to_run import HowToRun
from app.gui.files.documents import Documents
from app.gui.running.run_controller import RunController
from app.session.lectures.lecture import address_of

if TYPE_CHECKING:
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class Completion(Feature):
    def __init__(
        self,
        workspace: Workspace[Shown],
        editor: CodeEditor,
        documents: Documents,
        controller: RunController,
        how_to_run: HowToRun,
        do: Actions,
    ) -> None:
        super().__init__(editor)
        self._workspace, self._documents, self._how_to_run = workspace, documents, how_to_run
        self.completer = Completer(editor, self._path, self._tensors, self._scenes)
        self.hear(documents.opened, self._use_interpreter)
        self.hear(controller.started, self._use_interpreter)
        self.on(do.complete, self.completer.complete)
        self._use_interpreter()

    def close(self) -> None:
        super().close()
        self.completer.close()

    def _path(self) -> str | None:
        path = self._documents.path
        return str(path) if path else None

    def _tensors(self) -> Iterable[str]:
        """Return the names that referred to tensors in the run that is shown."""
        shown = self._workspace.shown
        return () if shown is None else {t.name for t in shown.run.trace.tensors if t.name}

    def _scenes(self) -> Iterable[str]:
        """Return the scenes of the lecture whose text is edited, as they are written there."""
        opened = self._documents.current.lecture
        return () if opened is None else [address_of(one.name) for one in opened.lecture.scenes]

    def _use_interpreter(self) -> None:
        self.completer.process.use(self._how_to_run.effective.interpreter)
