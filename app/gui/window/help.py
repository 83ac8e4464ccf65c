"""The help menu: the user guide, what the marks mean, and about the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.gui.marks_help import marks_help

if TYPE_CHECKING:
    from app.gui.guide import Guide
    from app.gui.main_window import MainWindow
    from app.gui.theme import Theme


class Help(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        self._guide: Guide | None = None
        """Made when it is first opened; it keeps its page while it is closed."""
        window.themed = (*window.themed, self)
        do = window.actions_
        do.connect(do.guide, self._open_guide)
        do.connect(do.about, self._about)
        do.connect(do.legend_help, lambda: marks_help(window, window.theme))

    def set_theme(self, theme: Theme) -> None:
        if self._guide is not None:
            self._guide.set_theme(theme)

    def _open_guide(self) -> None:
        from app.gui.guide import Guide  # seldom opened

        if self._guide is None:
            self._guide = Guide(self._window, self._window.theme)
        self._guide.show()
        self._guide.raise_()
        self._guide.activateWindow()

    def _about(self) -> None:
        from app.gui.about import About  # seldom opened

        self._dialog = About(self._window, self._window.controller.torch)
        self._dialog.open()
