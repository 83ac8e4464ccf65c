"""What to do after the first example, below its text: open a file, the first lesson, examples."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.gui.theme.metrics import SPACE, SPACE_SMALL
from app.session.language import tr


class NextSteps(QWidget):
    """A row of buttons; hidden until it is shown."""

    fileWanted = Signal()
    lessonWanted = Signal()
    examplesWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nextSteps")
        self.setProperty("lineFoot", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE_SMALL, SPACE, SPACE_SMALL)
        row.setSpacing(SPACE_SMALL)
        for words, wanted in (
            (tr("Open a file"), self.fileWanted),
            (tr("Lesson 1"), self.lessonWanted),
            (tr("More examples"), self.examplesWanted),
        ):
            button = QPushButton(words)
            button.clicked.connect(wanted)
            row.addWidget(button)
        row.addStretch(1)
        self.hide()
