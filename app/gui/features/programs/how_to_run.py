"""The run settings of the file in the editor: stored, and shown if they differ."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QDialog, QWidget

from app.gui.actions import Actions
from app.gui.controls.interpreter_box import InterpreterFinder
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.running.run_controller import RunController
from app.gui.settings import Settings
from app.gui.toolbar import Toolbar
from app.session.run_settings import RunSettings


class HowToRun(Feature):
    """Keeps the settings of a text without a file by its name, until the window closes."""

    def __init__(
        self,
        window: QWidget,
        documents: Documents,
        store: Settings,
        controller: RunController,
        toolbar: Toolbar,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._documents, self._store = window, documents, store
        self._controller, self._toolbar, self._actions = controller, toolbar, do
        self._of_unsaved: dict[str, RunSettings] = {}
        self._finder = InterpreterFinder(self)
        self._sheet: QDialog | None = None
        """Qt keeps the sheet, and Python would forget what it does."""
        self.hear(documents.changed, self._show)
        self.hear(documents.opened, self._prepare)
        self.on(do.run_settings, self.ask)

    @property
    def settings(self) -> RunSettings:
        """The user's settings for this file; unset ones mean the default."""
        program = self._documents.program
        if program.path is None:
            return self._of_unsaved.get(program.name, RunSettings())
        return self._store.run_settings(program.path)

    def set_settings(self, settings: RunSettings) -> None:
        program = self._documents.program
        if program.path is None:
            self._of_unsaved[program.name] = settings
        else:
            self._store.set_run_settings(program.path, settings)
        job = self._controller.job
        if job is not None and job.owner == program.number:
            self._controller.limit(settings.iterations or None)
        self._show()

    @property
    def usual(self) -> RunSettings:
        """The defaults.  Programs that are files may run as long as they want."""
        known = self._store
        return RunSettings(
            interpreter=known.interpreter or "",
            seconds=known.time_limit if self._documents.program.path is None else 0.0,
            memory_mib=known.memory_limit,
        )

    @property
    def effective(self) -> RunSettings:
        """The settings of this file with defaults filled in."""
        mine, usual = self.settings, self.usual
        return replace(
            mine,
            interpreter=mine.interpreter or usual.interpreter,
            seconds=usual.seconds if mine.seconds is None else mine.seconds,
            memory_mib=usual.memory_mib if mine.memory_mib is None else mine.memory_mib,
        )

    def ask(self) -> None:
        """Open the dialog."""
        from app.gui.dialogs.run_sheet import (
            RunSheet,  # seldom opened: the window is there before it
        )

        path = self._documents.program.path
        sheet = self._sheet = RunSheet(self._window, self.settings, self.usual, path, self._finder)
        sheet.chosen.connect(self._take)
        sheet.open()

    def _take(self, settings: RunSettings, run: bool) -> None:
        self.set_settings(settings)
        self._controller.use_interpreter(self.effective.interpreter)
        if run:
            self._actions.run.trigger()

    def _prepare(self) -> None:
        """Start the Python of another file, which imports torch while the user reads."""
        self._controller.use_interpreter(self.effective.interpreter)
        self._show()

    def _show(self) -> None:
        self._toolbar.show_run_settings(self.settings)
