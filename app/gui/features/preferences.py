"""Edit > Settings: stores and applies the choices."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from app.gui.actions import Actions
from app.gui.controls.interpreter_box import InterpreterFinder
from app.gui.controls.motion import animate
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.exploring.arrangement import Arrangement
from app.gui.features.feature import Feature
from app.gui.features.programs.how_to_run import HowToRun
from app.gui.running.run_controller import RunController
from app.gui.settings import Settings
from app.session.language import choose, tr


class Preferences(Feature):
    def __init__(
        self,
        window: QWidget,
        settings: Settings,
        editor: CodeEditor,
        appearance: Appearance,
        arrangement: Arrangement,
        how_to_run: HowToRun,
        controller: RunController,
        do: Actions,
    ) -> None:
        super().__init__(window)
        self._window, self._settings, self._editor = window, settings, editor
        self._appearance, self._arrangement = appearance, arrangement
        self._how_to_run, self._controller = how_to_run, controller
        self._finder = InterpreterFinder(self)
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        animate(settings.animations)
        self.on(do.settings, self._open)

    def _open(self) -> None:
        from app.gui.dialogs.settings_dialog import SettingsDialog  # seldom opened

        store, size = self._settings, self._editor.font_size
        dialog = self._dialog = SettingsDialog(self._window, store, size, self._finder)
        dialog.languageChosen.connect(self._choose_language)
        dialog.themeChosen.connect(self._appearance.choose_theme)
        dialog.textSizeChosen.connect(self._appearance.choose_text_size)
        dialog.interfaceSizeChosen.connect(lambda value: setattr(store, "interface_size", value))
        dialog.pythonChosen.connect(self._use_python)
        dialog.timeLimitChosen.connect(lambda value: setattr(store, "time_limit", float(value)))
        dialog.memoryLimitChosen.connect(lambda value: setattr(store, "memory_limit", value))
        dialog.livePauseChosen.connect(lambda value: setattr(store, "live_pause", value))
        dialog.engineChosen.connect(self._arrangement.choose_engine)
        dialog.animationsChosen.connect(self._choose_animations)
        dialog.open()

    def _choose_animations(self, choice: str) -> None:
        self._settings.animations = choice != "off"
        animate(self._settings.animations)

    def _choose_language(self, language: str) -> None:
        try:
            choose(language or None)
        except OSError as error:
            from app.gui.dialogs.notice import Notice  # seldom shown

            text = tr("The language was not kept: {error}.").format(error=error.strerror)
            Notice(self._window, tr("Settings"), text, [tr("Close")]).open()

    def _use_python(self, path: str) -> None:
        self._settings.interpreter = path
        how = self._how_to_run.effective
        self._controller.use_interpreter(how.interpreter)
