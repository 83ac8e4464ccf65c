"""The help menu: the user guide, and about the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from app.gui.actions import Actions
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.running.run_controller import RunController

if TYPE_CHECKING:
    from app.gui.dialogs.guide import Guide


class Help(Feature):
    def __init__(
        self, window: QWidget, appearance: Appearance, controller: RunController, do: Actions
    ) -> None:
        super().__init__(window)
        self._window, self._appearance, self._controller = window, appearance, controller
        self._dialog: QDialog | None = None
        """Qt keeps the dialog, and Python would forget what it does."""
        self._guide: Guide | None = None
        """Made when it is first opened; it keeps its page while it is closed."""
        self.hear(appearance.changed, self._set_theme)
        self.on(do.guide, self._open_guide)
        self.on(do.about, self._about)

    def _set_theme(self) -> None:
        if self._guide is not None:
            self._guide.set_theme(self._appearance.theme)

    def _open_guide(self) -> None:
        from app.gui.dialogs.guide import Guide  # seldom opened

        if self._guide is None:
            self._guide = Guide(self._window, self._appearance.theme)
        self._guide.show()
        self._guide.raise_()
        self._guide.activateWindow()

    def _about(self) -> None:
        from app.gui.dialogs.about import About  # seldom opened

        self._dialog = About(self._window, self._controller.torch)
        self._dialog.open()
