"""What trains: the line above graph and gradients, and what its groups mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from app.gui.panels.verdict_bar import VerdictBar

if TYPE_CHECKING:
    from app.gui.main_window import MainWindow
    from app.gui.prepared import Prepared


class Verdict(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.bar = VerdictBar(window.look.theme)
        window.themed = (*window.themed, self.bar)
        self.dock = self._make_dock()
        self.bar.groupChosen.connect(self._mark)
        window.gradients.allWanted.connect(lambda: self.bar.choose(None))
        self.bar.lineChosen.connect(window.places.go_to_line)
        window.display.changed.connect(self._show)
        do = window.actions_
        do.connect(do.verdict, self._toggle)
        self._is_wanted = False
        self.dock.hide()

    def _make_dock(self) -> QDockWidget:
        """Over graph and gradients, and beside the text: the left corner is the text's."""
        window, area = self._window, Qt.DockWidgetArea.TopDockWidgetArea
        window.setCorner(Qt.Corner.TopLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        dock = QDockWidget(window)
        dock.setObjectName("dock.verdict")
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(self.bar)
        window.addDockWidget(area, dock)
        return dock

    def _show(self, prepared: Prepared | None) -> None:
        training = None if prepared is None else prepared.run.trace.training
        self._is_wanted = training is not None
        if training is not None:
            self.bar.show_training(training)
        self._window.actions_.verdict.setEnabled(self._is_wanted)
        self.follow()

    def follow(self) -> None:
        """Show the line if there is a verdict, whatever a saved state of the window says."""
        self.dock.setVisible(self._is_wanted and not self._window.presentation.is_on)

    def _toggle(self) -> None:
        self.bar.opener.toggle()
        if self.bar.opener.isChecked():
            self.bar.opener.setFocus()

    def _mark(self, tensors: list[int], words: str) -> None:
        self._window.gradients.show_only(tensors, words)
        if (layout := self._window.layout()) is not None:
            layout.activate()  # the graph brings nodes into the sight that is left
        if tensors:
            self._window.link.select_parameters(tensors)
        else:
            self._window.graph.clear_selection()
            self._window.link.clear()
