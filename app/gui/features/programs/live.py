"""Live: traces the snippet while it is being edited."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from app.contract.records import Error
from app.gui.actions import Actions
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.graph.view import GraphView
from app.gui.panels.banner import Banner
from app.gui.running.run_controller import Job, RunController
from app.gui.settings import Settings
from app.session.graph.payloads import OperationItem, TensorItem
from app.session.language import paragraph, tr, translatable
from app.session.places import message_of
from app.session.source.effects import Effect
from app.session.source.underlines import of_error

if TYPE_CHECKING:
    from app.gui.files.tab import Tab
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace

_TOO_SLOW = translatable("Live is paused: this run takes longer than {limit:g} s.")
_WHAT_TO_DO = translatable("Press Run to trace it again, or turn Live on to try again.")
_OPEN = re.compile(r"was never closed|unterminated|unexpected EOF|expected an indented block")
"""Python's words for a text that only lacks its end."""


class Live(Feature):
    """Runs the text after a short pause in the writing, and never two at a time.

    A newer text ends the run of an older one.  The picture of the last run stays, greyed, until
    the new one is there; a text that is not Python yet changes nothing.  One that writes files or
    starts programs is not run unasked, nor is a file that the user has never run.  A run that
    takes long switches Live off: it goes on, as one that can be stopped.
    """

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        editor: CodeEditor,
        graph: GraphView,
        banner: Banner,
        controller: RunController,
        settings: Settings,
        do: Actions,
        run: Callable[[], object],
    ) -> None:
        """`run` begins a live run of the text."""
        super().__init__(editor)
        self._workspace, self._documents, self._editor = workspace, documents, editor
        self._graph, self._banner, self._controller = graph, banner, controller
        self._settings, self._action, self._begin = settings, do.live, run
        self._shows_message = False
        self._is_giving_up = False
        self._is_new = False
        """Whether the picture of a live run is being made."""
        self._gave_up = False
        """Whether Live paused itself for a slow run, and the user has not acted yet."""
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._run)
        self._slow = QTimer(self, singleShot=True)
        self._slow.timeout.connect(self._give_up)
        self._action.setChecked(settings.live)
        self.hear(self._action.toggled, self._switch)
        self.hear(editor.edited, self._on_edit)
        self.hear(editor.sheetChanged, self._pause.stop)
        self.hear(documents.saved, self._on_saved)
        self.hear(workspace.changed, self._on_run)
        self.hear(workspace.drawn_changed, self._on_picture)
        self.hear(controller.started, self._on_started)
        self.hear(controller.begun, self._on_begun)
        self.hear(controller.incomplete, self._on_incomplete)
        self.hear(controller.held, self._on_held)
        self.hear(controller.finished, self._on_finished)

    def close(self) -> None:
        super().close()
        self._pause.stop()
        self._slow.stop()

    @property
    def is_on(self) -> bool:
        return self._action.isChecked()

    def run_again(self) -> None:
        """Run the text at once, if this is on."""
        if self.is_on:
            self._begin()

    def _switch(self, on: bool) -> None:
        if self._is_giving_up:
            self._pause.stop()
            self._show_age()
            return
        self._settings.live = on
        self._gave_up = False
        if on:
            sheet = self._documents.program.sheet
            if sheet.is_stale or self._workspace.shown is None:
                self._run()
        else:
            self._stop()
        self._show_age()

    def _stop(self) -> None:
        self._pause.stop()
        self._controller.drop_live()

    def _on_edit(self) -> None:
        self._show_age()
        if not self.is_on:
            return
        program = self._documents.program
        if program.path is not None and not program.was_run:
            self._tell(
                tr("Live waits: {name} was opened and never run.").format(name=program.name),
                tr("Read it, then press Run to trace it."),
                program.number,
            )
        elif program.sheet.is_stale:
            self._pause.start(self._settings.live_pause)
        else:  # as it was when it ran
            self._stop()
            self._take_back()

    def _on_saved(self, tab: Tab) -> None:
        """Run the program again that reads a file which was saved."""
        if tab.main is not None and tab.main is self._documents.program:
            self.run_again()

    def _show_age(self) -> None:
        """Grey the picture if it no longer belongs to the text."""
        self._graph.set_outdated(self._documents.program.sheet.is_stale)

    def _on_run(self) -> None:
        self._shows_message = False
        self._show_age()
        if self._gave_up and not self._banner.text:
            self._tell_pause()

    def _run(self) -> None:
        if self._documents.program.sheet.text.strip():
            self._begin()

    def _on_started(self) -> None:
        self._slow.stop()
        self._gave_up = False

    def _on_begun(self, job: Job) -> None:
        if job is self._controller.job and job.live:
            self._slow.start(round(self._settings.live_limit * 1000))

    def _give_up(self) -> None:
        running = self._controller.job
        if running is None or not running.live or not self.is_on:
            return
        self._is_giving_up = True
        self._action.setChecked(False)
        self._is_giving_up = False
        self._gave_up = True
        self._tell_pause()

    def _tell_pause(self) -> None:
        title = _TOO_SLOW.format(limit=self._settings.live_limit)
        self._banner.show_message(title, _WHAT_TO_DO)

    def _on_finished(self, _: Prepared, job: Job | None) -> None:
        self._is_new = job is not None and job.live

    def _on_picture(self) -> None:
        """Select again what was selected in the picture, if it still exists."""
        if not self._is_new:
            return
        self._is_new = False
        graph, workspace = self._graph, self._workspace
        selected = [graph.scene.nodes[key].item for key in graph.selected_nodes]
        if len(selected) == 1 and isinstance(item := selected[0], OperationItem | TensorItem):
            if isinstance(item, TensorItem):
                workspace.select_tensor(item.tensor, "graph")
            elif item.operation is not None:
                workspace.select_operation(item.operation, "graph")

    def _on_incomplete(self, error: Error, job: Job) -> None:
        """Keep what is shown while a line is being written; the line and a banner say why."""
        self._tell(_mistake(error), "", job.owner)
        text = self._editor.sheet.text
        if text == job.text and (places := of_error(error, text)):
            self._editor.set_mistake(places[0])

    def _on_held(self, effect: Effect, job: Job) -> None:
        """Do not run a text with effects outside; a banner says why."""
        text = tr("Live waits: line {line} calls {call}().")
        if not self.is_on:
            text = tr("The what-if waits: line {line} calls {call}().")
        title = text.format(line=effect.line, call=effect.call)
        self._tell(title, tr("It acts outside of the snippet. Press Run to trace it."), job.owner)

    def _tell(self, title: str, detail: str, owner: int) -> None:
        """Show a banner that says why there is no picture of the text of this tab."""
        if self._documents.program.number == owner:
            self._shows_message = True
            if self._workspace.shown is not None:
                title = paragraph((title, tr("Showing the last run.")))
            self._banner.show_message(title, detail)

    def _take_back(self) -> None:
        if self._shows_message:
            self._shows_message = False
            self._banner.hide()


def _mistake(error: Error) -> str:
    """Return Python's own words for what is wrong, with the line."""
    words = message_of(error).split("\n")[0].rstrip(".")
    if error.spot is None:
        return f"{words[:1].upper()}{words[1:]}."
    text = tr("Line {line}: {error}.")
    if _OPEN.search(words):
        text = tr("Line {line} is not complete: {error}.")
    return text.format(line=error.spot, error=words)
