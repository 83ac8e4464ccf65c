"""The question in large type below the graph, where a presentation has taken its usual place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.asking.panel import FLAT_HEIGHT, QuestionPanel

if TYPE_CHECKING:
    from app.gui.presentation.magnifier import Magnifier

_FACTOR: Final = 1.5


class QuestionStrip(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._magnifier: Magnifier | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def hold(self, panel: QuestionPanel) -> None:
        """Show the question, flat and enlarged, until the panel gets another parent."""
        from app.gui.presentation.magnifier import Magnifier  # loads Qt's graphics view

        if self._magnifier is None:
            self._magnifier = Magnifier(_FACTOR)
            self._column.addWidget(self._magnifier)
        window = self.window()
        self._magnifier.set_style(window.styleSheet(), window.palette())
        panel.set_flat(True)
        self._magnifier.hold(panel)
        self._magnifier.setFixedHeight(round(FLAT_HEIGHT * _FACTOR))
        self.show()
