"""Gradients above, details of the selection below."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.docks import stacked
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel

_LEAST_TABLE = 120


class Inspector(QWidget):
    """The table is as high as its rows, up to half of the height, until the user says otherwise."""

    def __init__(self, gradients: GradientsPanel, details: DetailsPanel) -> None:
        super().__init__()
        self._gradients = gradients
        self._splitter = stacked(gradients, details, (250, 360))
        self._splitter.splitterMoved.connect(self._keep_split)
        self._is_fitted = True
        gradients.table.heightChanged.connect(self._fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)

    def _keep_split(self) -> None:
        self._is_fitted = False

    def _fit(self) -> None:
        if self._is_fitted:
            height = self._splitter.height()
            table = max(_LEAST_TABLE, min(self._gradients.content_height, height // 2))
            self._splitter.setSizes([table, height - table])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
