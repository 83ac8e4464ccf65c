"""What-if runs: the mode that is chosen for each text, and the sign over a graph that it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gui.panels.chip import Chip
from app.gui.theme import Theme
from app.session.comparison import NOT_COMPARED, SIGNS
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared


class WhatIf(QObject):
    """A mode is a question about the text that is open, and is forgotten with it."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self.chip = Chip(theme)
        self.chip.setObjectName("whatIf")
        self.chip.hide()
        window.graph_header.add_widget(self.chip)
        window.themed = (*window.themed, self.chip)
        window.toolbar.mode.activated.connect(lambda _: self._choose())
        window.documents.opened.connect(self._show_mode)
        window.display.changed.connect(self._show)

    def _choose(self) -> None:
        self._window.documents.current.mode = self._window.toolbar.mode.value
        if self._window.live.is_on:
            self._window.runs.run_live()

    def _show_mode(self) -> None:
        self._window.toolbar.mode.choose(self._window.documents.current.mode)

    def _show(self, prepared: Prepared | None) -> None:
        sign = None if prepared is None else SIGNS.get(prepared.run.trace.run.mode)
        self.chip.setVisible(sign is not None)
        if sign is None or prepared is None:
            return
        style = self._window.theme.style(sign.icon)
        self.chip.set_status(style.glyph, sign.icon, tr(sign.text))
        found = prepared.comparison
        told = [tr(NOT_COMPARED)] if found is None else found.sentences
        self.chip.setToolTip("\n".join([tr(sign.text), *told]))
