"""Edit, Settings: what is chosen there is stored and applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.gui.interpreter_box import InterpreterFinder

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Preferences(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._finder = InterpreterFinder(self)
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        window.actions_.connect(window.actions_.settings, self._open)

    def _open(self) -> None:
        from app.gui.settings_dialog import SettingsDialog  # seldom opened

        window, store = self._window, self._window.settings
        size = window.editor.font_size
        dialog = self._dialog = SettingsDialog(window, store, size, self._finder)
        dialog.themeChosen.connect(window.look.choose_theme)
        dialog.textSizeChosen.connect(window.look.choose_text_size)
        dialog.pythonChosen.connect(self._use_python)
        dialog.timeLimitChosen.connect(lambda value: setattr(store, "time_limit", float(value)))
        dialog.memoryLimitChosen.connect(lambda value: setattr(store, "memory_limit", value))
        dialog.livePauseChosen.connect(lambda value: setattr(store, "live_pause", value))
        dialog.engineChosen.connect(self._use_engine)
        dialog.open()

    def _use_engine(self, name: str) -> None:
        """As if it had been chosen in the menu, which shows it from then on."""
        for engine, action in self._window.arrangement.engines.items():
            if engine == name:
                action.trigger()

    def _use_python(self, path: str) -> None:
        self._window.settings.interpreter = path
        how = self._window.how_to_run.effective
        self._window.controller.use_interpreter(how.interpreter)
