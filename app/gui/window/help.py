"""The help menu: what the marks mean, and about the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.gui.marks_help import marks_help

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow


class Help(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        do = window.actions_
        do.connect(do.about, self._about)
        do.connect(do.legend_help, lambda: marks_help(window, window.theme))

    def _about(self) -> None:
        from app.gui.about import About  # seldom opened

        self._dialog = About(self._window, self._window.controller.torch)
        self._dialog.open()
